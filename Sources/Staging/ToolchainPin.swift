import Linux
public import Reading

/// A `rust-toolchain.toml` or `rust-toolchain` that applies to a project.
public struct ToolchainPin: Sendable, Equatable {
  /// Where it is on disk, for messages.
  public let path: String
  public let file: RustToolchainFile

  public init(path: String, file: RustToolchainFile) {
    self.path = path
    self.file = file
  }

  /// The nearest one from the project's folder up to the source root, as rustup finds it (the
  /// rustup book, "Overrides"): the name without an ending first.
  static func find(
    project: String, root: String, tree: String
  ) throws(StagingError) -> ToolchainPin? {
    for folder in LexicalPath.upward(from: project, to: root) {
      guard let relative = LexicalPath.relative(folder, to: root) else { break }
      for name in ["rust-toolchain", "rust-toolchain.toml"] {
        let path = LexicalPath.join(folder, name)
        let staged = "\(tree)/\(LexicalPath.child(name, of: relative))"
        guard let bytes = try doing("reading \(path)", try FileSystem.readIfPresent(staged)) else {
          continue
        }
        return ToolchainPin(
          path: path, file: try reading(try RustToolchainFile(parsing: bytes, file: path)))
      }
    }
    return nil
  }

  /// Fails unless a toolchain that calls itself `version` is what the file asks for.
  public func check(version: String, notice: (Notice) -> Void) throws(StagingError) {
    let pin = file.channelText ?? file.path ?? "nothing"
    switch file.satisfied(by: version) {
    case .yes: return
    case .no: throw .pinNotSatisfied(file: path, pin: pin, version: version)
    case .unknowable: notice(.pinNotDecidable(file: path, pin: pin, version: version))
    }
  }
}
