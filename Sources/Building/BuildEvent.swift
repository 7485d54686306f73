/// What happens while legs are built, for whoever shows it. Events of different legs may come from
/// different threads, one at a time.
public enum BuildEvent: Sendable, Equatable {
  case started(leg: String)
  /// Units done and in all, and what cargo works on now.
  case progress(leg: String, done: Int, total: Int, current: String)
  /// A line that cargo, a compiler or a build script wrote, control characters removed.
  case line(leg: String, String)
  /// The sandbox refused a call; told once for each kind of attempt, with what cargo has said until
  /// then of the unit.
  case denied(leg: String, UnitDenial)
  case finished(leg: String, seconds: Double)
}
