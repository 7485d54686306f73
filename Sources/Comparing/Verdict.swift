/// What two builds of one plan say about it. Never to be shown without what was compared and
/// varied.
public enum Verdict: Sendable, Equatable {
  /// Why there is no comparison.
  public enum Reason: String, Sendable {
    /// One build was asked for (`--once`).
    case builtOnce = "built once"
    case noArtifacts = "no artifacts"
  }

  /// Every artifact is the same, byte for byte, though the second build differed in `variations`.
  case identical(variations: [String])
  /// The same, but what the artifacts were made from differs: the next change of the project may show
  /// it.
  case identicalButLatent(variations: [String])
  case different
  case notCompared(Reason)
}
