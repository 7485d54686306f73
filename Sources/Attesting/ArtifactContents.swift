public import Reading

/// What an artifact says of itself, without being run.
public enum ArtifactContents: Sendable, Equatable {
  /// It is no ELF file.
  case unknown
  /// It begins as an ELF file does, and is none; the words say why.
  case broken(String)
  /// It has a list of packages that cannot be read; the words say why.
  case unreadableList(String)
  /// The libraries that it needs when it starts, and its list of packages (`.dep-v0`), if it has one.
  case program(needed: [String], list: DependencyList?)
}
