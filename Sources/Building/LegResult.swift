public import Sandboxing

/// What one leg gave.
public struct LegResult: Sendable {
  public let leg: String
  public let outcome: Outcome
  /// How long it took.
  public var seconds: Double { outcome.elapsed }
  /// Final artifacts in the order of their output names.
  public let artifacts: [CollectedArtifact]
  /// What held the memory limit, when there was one.
  public let memoryEnforcement: MemoryEnforcement?
  /// The layers that held the sandbox.
  public let isolation: Isolation
  /// What the sandbox refused.
  public let denials: Denials
  /// Whether refused calls were seen at all; not every kernel can show them.
  public let reportsDenials: Bool
  /// Calls for random numbers that were answered from the plan's seed; nil where the kernel answered
  /// them, as it could not show them.
  public let seededCalls: Int?
  /// What became of the clock that the plan moves; nil where it moves none.
  public let clock: MovedClock?
  /// What the units depended on; nil when that was not asked for.
  public let observations: [UnitObservation]?
  /// What the units' processes were seen to do; empty when that was not asked for.
  public let activities: [UnitActivity]
  /// What was seen and is in no list, because there was too much.
  public let unlistedObservations: Int
  /// What every step of the leg was given and made; nil where the kernel could not show the steps.
  public let units: UnitRecord?
  /// What is needed to run its units again; nil where there is nothing to compare it with.
  public internal(set) var remains: LegRemains? = nil
  /// What linkers wrote down of the artifacts; nil when that was not asked for, in leg B, and
  /// where the units are not known.
  public var links: [RecordedLink]?
}

/// An artifact copied out of a sandbox.
public struct CollectedArtifact: Sendable, Equatable {
  public let file: ArtifactFile
  /// The name below `artifacts/` of the output.
  public let name: String
  /// Where the copy is on the host.
  public let path: String
}
