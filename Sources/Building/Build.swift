internal import Linux
public import Planning
internal import Synchronization

/// Runs the legs of a plan.
public enum Build {
  public enum Schedule: String, Sendable, CaseIterable {
    case parallel, sequential
  }

  /// Builds every leg of `plan` and copies what came out to `folder/A`, `folder/B`, ….
  ///
  /// Legs that run at the same time share the jobs that one would have, so that two builds do not
  /// fight for the CPUs: each begins with its share, and where none waits to begin, those that still
  /// run get the share of one that is done.
  ///
  /// Where cargo fails in a leg, those that were begun still tell whether that is the project's doing
  /// or comes from what the legs differ in, and no other one is begun. Any other failure stops all.
  public static func run(
    _ plan: Plan, on host: BuildHost, schedule: Schedule, folder: String,
    onEvent: @escaping @Sendable (BuildEvent) -> Void,
    onSomeBuilt: ([LegResult]) -> Void = { _ in }
  ) throws(BuildingError) -> [LegResult] {
    let atOnce = schedule == .parallel ? min(plan.legs.count, mostAtOnce) : 1
    let failure = try StopSignal()
    var builders: [LegBuilder] = []
    do throws(SystemError) {
      for leg in plan.legs {
        let legFolder = "\(folder)/\(leg.name)"
        try FileSystem.makeDirectories(legFolder)
        let tokens = try JobTokens(max(leg.conditions.jobs / atOnce, 1) - 1)
        builders.append(
          LegBuilder(
            leg: leg, inputs: plan.inputs, host: host, folder: legFolder,
            stops: [failure.descriptor] + (host.stop.map { [$0] } ?? []), tokens: tokens,
            keepsRemains: leg.name == plan.legs[0].name
              && (plan.legs.count > 1 || host.keepsRemains),
            onEvent: onEvent))
      }
    } catch {
      throw .system("preparing the build", error)
    }
    let sharing = JobSharing(builders, atOnce: atOnce)
    do throws(BuildingError) {
      let ends = try Workers.map(builders, threads: atOnce) {
        (builder: LegBuilder) throws(BuildingError) -> End in
        guard sharing.begin(builder) else { return .leftOut }
        do throws(BuildingError) {
          let result = try builder.build()
          sharing.end(builder)
          return .built(result)
        } catch {
          guard case .cargo = error, plan.legs.count > 1 else {
            failure.raise(error)
            throw error
          }
          sharing.end(builder, hasFailed: true)
          return .failed(error)
        }
      }
      return try judge(ends, plan, onSomeBuilt)
    } catch {
      throw failure.reason ?? error
    }
  }

  /// A leg takes as much memory as a build does, so more than two run at the same time only where
  /// each has a good number of CPUs.
  private static var mostAtOnce: Int { max(2, Machine.allowedCPUs.count / 8) }

  private enum End: Sendable {
    case built(LegResult)
    case failed(BuildingError)
    /// Another one had failed already.
    case leftOut
  }

  private static func judge(
    _ ends: [End], _ plan: Plan, _ onSomeBuilt: ([LegResult]) -> Void
  ) throws(BuildingError) -> [LegResult] {
    var results: [LegResult] = []
    var failures: [BuildingError] = []
    for end in ends {
      switch end {
      case .built(let result): results.append(result)
      case .failed(let error): failures.append(error)
      case .leftOut: break
      }
    }
    guard let first = failures.first else { return results }
    if results.isEmpty { throw first }
    onSomeBuilt(results)
    throw .onlySomeLegs(
      built: results.map(\.leg), variations: (plan.legs.last?.variations ?? []).map(\.summary),
      failure: first)
  }
}

/// Who may run how many jobs while several legs are built.
private final class JobSharing: Sendable {
  private struct State {
    /// Jobs of each leg that runs, by name.
    var shares: [String: Int] = [:]
    var waiting: Int
    var hasFailed = false
  }

  private let builders: [LegBuilder]
  private let atOnce: Int
  private let state: Mutex<State>

  init(_ builders: [LegBuilder], atOnce: Int) {
    self.builders = builders
    self.atOnce = atOnce
    state = Mutex(State(waiting: builders.count))
  }

  /// - Returns: false where the leg is not to be built, as another one has failed.
  func begin(_ builder: LegBuilder) -> Bool {
    state.withLock { state in
      state.waiting -= 1
      if state.hasFailed { return false }
      state.shares[builder.leg.name] = max(builder.leg.conditions.jobs / atOnce, 1)
      return true
    }
  }

  func end(_ builder: LegBuilder, hasFailed: Bool = false) {
    state.withLock { state in
      state.shares[builder.leg.name] = nil
      if hasFailed { state.hasFailed = true }
      guard state.waiting == 0 || state.hasFailed else { return }
      let running = state.shares.count
      for other in builders {
        guard let share = state.shares[other.leg.name] else { continue }
        let more = other.leg.conditions.jobs / running - share
        guard more > 0, (try? other.tokens.add(more)) != nil else { continue }
        state.shares[other.leg.name] = share + more
      }
    }
  }
}
