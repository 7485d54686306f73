internal import Linux
public import Planning

/// Runs the legs of a plan.
public enum Build {
  public enum Mode: String, Sendable, CaseIterable {
    case parallel, sequential
  }

  /// Builds every leg of `plan` and copies what came out to `folder/A`, `folder/B`.
  ///
  /// In parallel mode a leg that fails stops the other.
  public static func run(
    _ plan: Plan, on host: BuildHost, mode: Mode, folder: String,
    onEvent: @escaping @Sendable (BuildEvent) -> Void
  ) throws(BuildingError) -> [LegResult] {
    do {
      for leg in plan.legs { try FileSystem.makeDirectories("\(folder)/\(leg.name)") }
    } catch {
      throw .system("preparing the build", error)
    }
    let inputs = plan.inputs
    let failure = try StopSignal()
    return try Workers.map(plan.legs, threads: mode == .parallel ? plan.legs.count : 1) {
      (leg: Plan.Leg) throws(BuildingError) -> LegResult in
      let builder = LegBuilder(
        leg: leg, inputs: inputs, host: host, folder: "\(folder)/\(leg.name)",
        stops: [failure.descriptor] + (host.stop.map { [$0] } ?? []), onEvent: onEvent)
      do throws(BuildingError) {
        return try builder.build()
      } catch {
        failure.raise()
        throw error
      }
    }
  }
}
