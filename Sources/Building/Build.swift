internal import Linux
public import Planning

/// Runs the legs of a plan.
public enum Build {
  public enum Mode: String, Sendable, CaseIterable {
    case parallel, sequential
  }

  /// Builds every leg of `plan` and copies what came out to `folder/A`, `folder/B`.
  ///
  /// In parallel mode the legs share the jobs that one would have, so that two builds do not fight
  /// for the CPUs: each begins with its share, and the last one gets all when the other is done.
  ///
  /// Where cargo fails in a leg, the other one still tells whether that is the project's doing or
  /// comes from what the legs differ in. Any other failure stops both.
  public static func run(
    _ plan: Plan, on host: BuildHost, mode: Mode, folder: String,
    onEvent: @escaping @Sendable (BuildEvent) -> Void
  ) throws(BuildingError) -> [LegResult] {
    let atOnce = mode == .parallel ? plan.legs.count : 1
    let failure = try StopSignal()
    var runs: [Run] = []
    do throws(SystemError) {
      for leg in plan.legs {
        let legFolder = "\(folder)/\(leg.name)"
        try FileSystem.makeDirectories(legFolder)
        let share = max(leg.conditions.jobs / atOnce, 1)
        let tokens = try JobTokens(share - 1)
        let builder = LegBuilder(
          leg: leg, inputs: plan.inputs, host: host, folder: legFolder,
          stops: [failure.descriptor] + (host.stop.map { [$0] } ?? []), tokens: tokens,
          keepsRemains: leg.name == plan.legs[0].name && plan.legs.count > 1, onEvent: onEvent)
        runs.append(Run(builder: builder, held: leg.conditions.jobs - share))
      }
    } catch {
      throw .system("preparing the build", error)
    }
    let all = runs
    do throws(BuildingError) {
      let ends = try Workers.map(all, threads: atOnce) { (run: Run) throws(BuildingError) -> End in
        func passTokensOn() {
          for other in all where other.builder.leg.name != run.builder.leg.name {
            try? other.builder.tokens.add(other.held)
          }
        }
        do throws(BuildingError) {
          let result = try run.builder.build()
          passTokensOn()
          return .built(result)
        } catch {
          let isFirst = run.builder.leg.name == all[0].builder.leg.name
          guard case .cargo = error, atOnce > 1 || !isFirst else {
            failure.raise(error)
            throw error
          }
          passTokensOn()
          return .failed(error)
        }
      }
      return try judge(ends, plan)
    } catch {
      throw failure.reason ?? error
    }
  }

  private enum End: Sendable {
    case built(LegResult)
    case failed(BuildingError)
  }

  private static func judge(_ ends: [End], _ plan: Plan) throws(BuildingError) -> [LegResult] {
    var results: [LegResult] = []
    var failures: [BuildingError] = []
    for end in ends {
      switch end {
      case .built(let result): results.append(result)
      case .failed(let error): failures.append(error)
      }
    }
    guard let first = failures.first else { return results }
    guard let built = results.first else { throw first }
    throw .onlyOneLeg(
      built: built.leg, variations: plan.legs.flatMap(\.variations).map(\.summary), failure: first)
  }

  private struct Run: Sendable {
    let builder: LegBuilder
    /// Tokens that it gets when the other leg is done.
    let held: Int
  }
}
