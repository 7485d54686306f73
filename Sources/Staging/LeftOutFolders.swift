import Linux

/// The folders of a source that are never staged from disk: what cupel and cargo write.
struct LeftOutFolders {
  /// Absolute.
  let root: String
  /// Where this run's output goes; absolute.
  let output: String?

  private var known: [[UInt8]: Bool] = [:]

  /// The first bytes of a CACHEDIR.TAG file (Cache Directory Tagging Specification 0.6), which
  /// cargo writes into its target folder.
  private static let signature = Array("Signature: 8a477f597d28d172789f06886806bc55".utf8)

  init(root: String, output: String?) {
    self.root = root
    self.output = output
  }

  /// Whether the folder itself, relative to the root, is one.
  mutating func isLeftOut(folder: String) -> Bool {
    let key = Array(folder.utf8)
    if let answer = known[key] { return answer }
    let path = "\(root)/\(folder)"
    let answer = isOutput(path) || Self.isCache(path)
    known[key] = answer
    return answer
  }

  /// Whether an entry lies in one.
  mutating func holds(_ path: String) -> Bool {
    var folder = ""
    for component in LexicalPath.components(path).dropLast() {
      folder = LexicalPath.child(component, of: folder)
      if isLeftOut(folder: folder) { return true }
    }
    return false
  }

  /// Whether an output is there, or in the making beside its place (by another run, perhaps): of any
  /// run with the usual name, and of this one.
  private func isOutput(_ path: String) -> Bool {
    let name = LexicalPath.components(path).last ?? ""
    if Self.isOutput(name, of: "cupel-out") { return true }
    guard let output, let outputName = LexicalPath.components(output).last else { return false }
    return LexicalPath.parent(of: path) == LexicalPath.parent(of: output)
      && Self.isOutput(name, of: outputName)
  }

  private static func isOutput(_ name: String, of output: String) -> Bool {
    name == output || name.hasPrefix(".\(output).new-")
  }

  private static func isCache(_ folder: String) -> Bool {
    guard let directory = try? Directory(folder), let tag = try? directory.open("CACHEDIR.TAG"),
      (try? FileSystem.status(of: tag))?.kind == .regular
    else { return false }
    var start = [UInt8](repeating: 0, count: signature.count)
    guard let count = try? tag.read(into: &start) else { return false }
    return count == signature.count && start == signature
  }
}
