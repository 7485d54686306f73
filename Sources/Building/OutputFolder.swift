public import Linux

/// The output of a build while it is made: a hidden folder beside the final one, which takes its
/// place as a whole, or goes away.
public struct OutputFolder: ~Copyable {
  /// The folder to fill.
  public let path: String
  private let parent: Directory
  private let name: String
  private let temporaryName: String
  private var isPublished = false

  /// Begins the output that is to be at `target`, which need not exist.
  public init(_ target: String) throws(SystemError) {
    let (parentPath, name) = FileSystem.split(Self.withoutEnd(target))
    let temporaryName = "\(Self.prefix(name))\(Machine.processID)"
    try FileSystem.makeDirectories(parentPath)
    let parent = try Directory(parentPath)
    try Self.removeAbandoned(in: parent, name: name)
    try parent.removeTree(temporaryName)
    try parent.makeDirectory(temporaryName)
    self.parent = parent
    self.name = name
    self.temporaryName = temporaryName
    path = "\(parentPath)/\(temporaryName)"
  }

  deinit {
    if !isPublished { try? parent.removeTree(temporaryName) }
  }

  /// Puts the folder into its final place; what stood there before is removed afterwards.
  public mutating func publish() throws(SystemError) {
    do {
      try parent.rename(temporaryName, to: parent, as: name, .onlyNew)
    } catch {
      guard error.isAlreadyThere else { throw error }
      try parent.rename(temporaryName, to: parent, as: name, .exchange)
      try parent.removeTree(temporaryName)
    }
    isPublished = true
  }

  private static func prefix(_ name: String) -> String { ".\(name).new-" }

  private static func withoutEnd(_ path: String) -> String {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    return path
  }

  /// Removes what runs left that were killed.
  private static func removeAbandoned(
    in parent: borrowing Directory, name: String
  ) throws(SystemError) {
    for entry in try parent.entriesAsFound() where entry.name.hasPrefix(prefix(name)) {
      guard let pid = Int32(entry.name.dropFirst(prefix(name).count)),
        !ProcessHandle.exists(pid)
      else { continue }
      try parent.removeTree(entry.name)
    }
  }
}
