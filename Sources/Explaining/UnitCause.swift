public import Building
public import Planning

/// Why one unit came out differently, as found by running that unit alone again under changed
/// conditions.
public struct UnitCause: Sendable, Equatable {
  public enum Certainty: String, Sendable, CaseIterable {
    /// Every trial with these variations differed, and none without them.
    case certain
    /// Trials with these variations differed more often than those without them.
    case likely
    /// Trials differed where nothing was varied: something that nobody controls decides.
    case uncontrolled
    /// No trial differed, or the unit could not be run alone.
    case unknown
  }

  /// The first result of a unit's steps that differs.
  public enum Stage: String, Sendable, CaseIterable {
    /// What a build script generated or told cargo.
    case output
    /// The source after macros.
    case expansion
    case mir
    case llvmIR = "llvm-ir"
    case object
    case link
  }

  /// The smallest set of variations that makes the unit differ; empty where none does.
  public var variations: [Variation]
  public var certainty: Certainty
  /// Of `trials` with these variations, how many differed; of an uncontrolled one, of those where
  /// nothing was varied.
  public var flips: Int
  public var trials: Int
  /// Variations that were tried alone and changed nothing.
  public var ruledOut: [Variation]
  /// Other variations that make it differ too, each alone.
  public var also: [Variation]
  /// Variations of leg B that were not tried, or could not be.
  public var untried: [Variation]
  /// What else is to be said of how it was found, or of why it was not.
  public var note: String?
  /// Nil where it was not looked for, or no stage showed it.
  public var stage: Stage?
  /// The package of the macro whose output differs, where the stage is `expansion` and it is known.
  public var macro: CargoPackage?
  /// What differs at that stage, for people; printable.
  public var lines: [String]

  public init(
    variations: [Variation], certainty: Certainty, flips: Int, trials: Int,
    ruledOut: [Variation], also: [Variation] = [], untried: [Variation] = [], note: String? = nil,
    stage: Stage? = nil, macro: CargoPackage? = nil, lines: [String] = []
  ) {
    self.variations = variations
    self.certainty = certainty
    self.flips = flips
    self.trials = trials
    self.ruledOut = ruledOut
    self.also = also
    self.untried = untried
    self.note = note
    self.stage = stage
    self.macro = macro
    self.lines = lines
  }

  /// Nothing was found: why.
  public static func unknown(_ note: String, untried: [Variation] = []) -> UnitCause {
    UnitCause(
      variations: [], certainty: .unknown, flips: 0, trials: 0, ruledOut: [], untried: untried,
      note: note)
  }
}
