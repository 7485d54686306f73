/// Renames the sandbox's folders in what compilers write, so that no sandbox path is left in an
/// artifact.
///
/// rustc gets its flags from a wrapper (`RUSTC_WRAPPER` is no part of any hash of cargo's, unlike
/// RUSTFLAGS, whose mere presence changes file names and OUT_DIR); C compilers get theirs from
/// CFLAGS and CXXFLAGS. `env!("OUT_DIR")` is a string of the program's own and keeps the sandbox's
/// path (rust-lang/rust PR 159297).
public struct PathRemapping: Sendable, Equatable {
  public let from: String
  public let to: String

  /// One prefix for all folders, further vendor folders and the varied ones among them. With the
  /// slash, because gcc compares characters where rustc compares components.
  public static let standard = [PathRemapping(from: "/build/", to: "/")]

  /// Those of a leg: of its own root, too.
  static func all(_ relocation: Relocation) -> [PathRemapping] {
    standard + (relocation.moves ? [PathRemapping(from: "\(relocation.root)/", to: "/")] : [])
  }

  /// For rustc: the last matching prefix wins (rustc book, "Remap source paths").
  public static func rustcArguments(_ relocation: Relocation) -> [String] {
    all(relocation).flatMap { ["--remap-path-prefix", "\($0.from)=\($0.to)"] }
  }

  /// For gcc and clang: `-ffile-prefix-map` covers `__FILE__` and debug information.
  public static func cFlags(_ relocation: Relocation) -> [String] {
    all(relocation).map { "-ffile-prefix-map=\($0.from)=\($0.to)" }
  }
}
