/// Paths as text: nothing here looks at the disk.
///
/// All of it works on bytes: to Swift's characters, a slash followed by a combining mark is no slash.
enum LexicalPath {
  private static let slash = UInt8(ascii: "/")

  /// What stands between the slashes.
  static func components(_ path: String, omittingEmpty: Bool = true) -> [String] {
    path.utf8.split(separator: slash, omittingEmptySubsequences: omittingEmpty)
      .map { String(decoding: $0, as: UTF8.self) }
  }

  static func isAbsolute(_ path: String) -> Bool { path.utf8.first == slash }

  /// `path` seen from the absolute folder `folder`, without `.`, `..` and doubled slashes; absolute.
  static func join(_ folder: String, _ path: String) -> String {
    let text = isAbsolute(path) ? path : "\(folder)/\(path)"
    var walked: [String] = []
    for component in components(text) where component != "." {
      if component == ".." { _ = walked.popLast() } else { walked.append(component) }
    }
    return "/" + walked.joined(separator: "/")
  }

  /// `path` relative to the absolute folder `root`: empty for the folder itself, nil for a path that
  /// is not beneath it.
  static func relative(_ path: String, to root: String) -> String? {
    if path.utf8.elementsEqual(root.utf8) { return "" }
    let prefix = Array((root == "/" ? "/" : "\(root)/").utf8)
    guard path.utf8.starts(with: prefix) else { return nil }
    return String(decoding: path.utf8.dropFirst(prefix.count), as: UTF8.self)
  }

  /// The absolute folder itself and those that hold it, up to and with `end`, nearest first.
  static func upward(from folder: String, to end: String = "/") -> [String] {
    var folders = [folder]
    var current = folder
    while current != "/", !current.utf8.elementsEqual(end.utf8) {
      current = parent(of: current)
      folders.append(current)
    }
    return folders
  }

  static func parent(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: slash), slash != path.startIndex else {
      return "/"
    }
    return String(path[..<slash])
  }

  /// Paths of a tree: `name` in `folder`, which is empty for the root.
  static func child(_ name: String, of folder: String) -> String {
    folder.isEmpty ? name : "\(folder)/\(name)"
  }
}
