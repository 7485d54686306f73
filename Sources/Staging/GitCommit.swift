/// A commit, as its object says (gitformat-commit is not written down; git's commit.c reads it so).
struct GitCommit {
  let id: String
  let tree: String
  /// The committer's time in seconds since 1970.
  let time: Int64

  /// Reads the commit from a repository whose objects are checked.
  init(_ id: String, in objects: GitObjects) throws(StagingError) {
    let bytes = try objects.read([id], as: .commit)[0]
    func malformed() -> StagingError {
      .objectsDamaged(folder: objects.git.folder, words: "the commit \(id) is malformed")
    }
    let header = GitHeader(bytes)
    guard let tree = header["tree"], GitHeader.isObjectID(tree),
      tree.utf8.count == id.utf8.count
    else { throw malformed() }
    // NAME <ADDRESS> SECONDS ZONE
    guard let committer = header["committer"],
      let end = committer.utf8.lastIndex(of: UInt8(ascii: ">"))
    else { throw malformed() }
    let fields = committer[committer.utf8.index(after: end)...].split(separator: " ")
    guard fields.count == 2, let time = Int64(fields[0]), time >= 0 else { throw malformed() }
    self.id = id
    self.tree = tree
    self.time = time
  }
}

/// The lines of a commit or tag before the first empty one.
struct GitHeader {
  private var fields: [(name: String, value: String)] = []

  init(_ bytes: [UInt8]) {
    for line in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
      guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { break }
      fields.append(
        (
          String(decoding: line[..<space], as: UTF8.self),
          String(decoding: line[(space + 1)...], as: UTF8.self)
        ))
    }
  }

  /// The first value of that name.
  subscript(name: String) -> String? {
    fields.first { $0.name.utf8.elementsEqual(name.utf8) }?.value
  }

  /// Whether it is a whole id, SHA-1 or SHA-256, in lower case.
  static func isObjectID(_ text: some StringProtocol) -> Bool {
    [40, 64].contains(text.utf8.count)
      && text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
  }
}
