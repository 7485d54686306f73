import Hashing
import Linux
import Reading
import Storing

/// Compares a staged work tree with its commit, file by file and byte by byte, whatever git's index
/// says of them: what a filter or line-end conversion changed in the work tree is a difference too.
struct SourceChanges {
  /// `100644 ID`, `100755 ID` or `120000 ID`, by path.
  private var committed: [[UInt8]: (words: String, path: String)] = [:]
  private let usesSHA256: Bool

  init(_ contents: CommitContents) {
    usesSHA256 = contents.commit.id.utf8.count == 64
    for part in contents.parts {
      for entry in part.entries {
        let mode: String
        switch entry.kind {
        case .file(let isExecutable): mode = Self.mode(isExecutable)
        case .symlink: mode = Self.symlinkMode
        case .submodule: continue
        }
        let path = LexicalPath.child(entry.path, of: part.folder)
        committed[Array(path.utf8)] = ("\(mode) \(entry.object)", path)
      }
    }
  }

  private static let symlinkMode = "120000"

  private static func mode(_ isExecutable: Bool) -> String {
    isExecutable ? "100755" : "100644"
  }

  private struct Change {
    let path: String
    let committed: String?
    let staged: String?

    var json: JSON {
      .object([
        ("path", .string(path)), ("commit", committed.map { .string($0) } ?? .null),
        ("staged", staged.map { .string($0) } ?? .null),
      ])
    }
  }

  /// The differences of a tree whose files are at `folder`.
  func find(in tree: Tree, at folder: String) throws(StagingError) -> SourceRevision.Changes {
    var left = committed
    var changes: [Change] = []
    try compare(tree, at: folder, "", &left, &changes)
    for (words, path) in left.values {
      changes.append(Change(path: path, committed: words, staged: nil))
    }
    changes.sort { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    guard let bytes = try? JSON.array(changes.map(\.json)).canonicalBytes() else {
      preconditionFailure("a list of changes holds no fractions")
    }
    return SourceRevision.Changes(digest: .hashing(bytes), count: changes.count)
  }

  private func compare(
    _ tree: Tree, at folder: String, _ prefix: String,
    _ left: inout [[UInt8]: (words: String, path: String)], _ changes: inout [Change]
  ) throws(StagingError) {
    for file in tree.files {
      let path = LexicalPath.child(file.name, of: prefix)
      let mode = Self.mode(file.isExecutable)
      let id = try objectID(ofFile: "\(folder)/\(path)", size: file.size)
      note(path, "\(mode) \(id)", "\(mode) \(file.digest)", &left, &changes)
    }
    for link in tree.symlinks {
      let path = LexicalPath.child(link.name, of: prefix)
      let target = Array(link.target.utf8)
      note(
        path, "\(Self.symlinkMode) \(objectID(of: target))",
        "\(Self.symlinkMode) \(Digest.hashing(target))", &left, &changes)
    }
    for subtree in tree.subtrees {
      try compare(
        subtree.tree, at: folder, LexicalPath.child(subtree.name, of: prefix), &left, &changes)
    }
  }

  private func note(
    _ path: String, _ words: String, _ staged: String,
    _ left: inout [[UInt8]: (words: String, path: String)], _ changes: inout [Change]
  ) {
    let committed = left.removeValue(forKey: Array(path.utf8))?.words
    if committed != words {
      changes.append(Change(path: path, committed: committed, staged: staged))
    }
  }

  // MARK: Ids of blobs

  private func blob(size: Int64) -> MessageDigest {
    var hash = MessageDigest(usesSHA256 ? .sha256 : .sha1)
    hash.update(Array("blob \(size)\0".utf8))
    return hash
  }

  private func objectID(of bytes: [UInt8]) -> String {
    var hash = blob(size: Int64(bytes.count))
    hash.update(bytes)
    return hexadecimal(hash.finish())
  }

  private func objectID(ofFile path: String, size: Int64) throws(StagingError) -> String {
    var hash = blob(size: size)
    let file = try doing("reading \(path)", try FileSystem.open(path))
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    while true {
      let count = try doing("reading \(path)", try file.read(into: &buffer))
      if count == 0 { return hexadecimal(hash.finish()) }
      hash.update(buffer[..<count])
    }
  }
}
