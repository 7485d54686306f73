/// What a unit did when it was run alone.
public enum UnitTrial: Sendable, Equatable {
  /// It made these, and printed this (only where a question was asked whose answer is printed).
  case made([RecordedUnit.Output], printed: [UInt8] = [])
  /// It failed by itself.
  case failed(status: Int32)
  /// It did not end in time.
  case timedOut
  /// It could not be run: why.
  case impossible(String)

  /// What a unit is run for.
  public enum Question: Sendable, Equatable {
    /// What the build had it make.
    case outputs
    /// The source after macros, of rustc's units.
    case expansion
    /// The same with marks that tell which macro made what.
    case hygiene
    /// A form between source and machine code, of rustc's units: `mir`, `llvm-ir`, `obj`.
    case form(String)
  }
}
