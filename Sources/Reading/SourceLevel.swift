/// How far the content of a crate can be traced back (docs/inputs.md), the weakest first.
public enum SourceLevel: String, Sendable, CaseIterable, Comparable {
  /// Part of the source itself: as good as the commit that it is in.
  case path
  /// A vendored copy of a git package: Cargo.lock names a commit, and nothing compares the two.
  case git
  /// Files agree with `.cargo-checksum.json`, which nobody else vouches for.
  case vendored
  /// Differs from what was published, as cupel.toml declares, and is exactly the declared tree.
  case patched
  /// Every byte is that of the archive whose SHA-256 is the one in Cargo.lock.
  case archive

  public static func < (left: SourceLevel, right: SourceLevel) -> Bool {
    left.strength < right.strength
  }

  private var strength: Int { Self.allCases.firstIndex(of: self) ?? 0 }

  /// Those that a user can require of all foreign crates.
  public static let requirable: [SourceLevel] = [.archive, .patched, .vendored]
}
