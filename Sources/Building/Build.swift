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
  /// for the CPUs: each begins with its share, and the last one gets all when the other is done. A
  /// leg that fails stops the other.
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
          onEvent: onEvent)
        runs.append(Run(builder: builder, held: leg.conditions.jobs - share))
      }
    } catch {
      throw .system("preparing the build", error)
    }
    let all = runs
    do throws(BuildingError) {
      return try Workers.map(all, threads: atOnce) { (run: Run) throws(BuildingError) in
        do throws(BuildingError) {
          let result = try run.builder.build()
          for other in all where other.builder.leg.name != run.builder.leg.name {
            try? other.builder.tokens.add(other.held)
          }
          return result
        } catch {
          failure.raise(error)
          throw error
        }
      }
    } catch {
      throw failure.reason ?? error
    }
  }

  private struct Run: Sendable {
    let builder: LegBuilder
    /// Tokens that it gets when the other leg is done.
    let held: Int
  }
}
