/// The names of a tree in the making: refuses names that no tree can hold, two entries of one name
/// and entries beneath something that is no folder, and follows symlinks as the kernel would, but
/// inside the tree only.
struct TreeShape {
  enum Kind: Equatable {
    case folder
    case file
    case symlink(target: String)
  }

  enum Defect: Equatable {
    /// Empty, `.`, `..`, longer than 255 bytes, or with a zero byte.
    case badComponent
    case duplicate
    /// An ancestor is a file or a symlink.
    case beneathNonFolder(ancestor: String)
  }

  private struct Node {
    var kind: Kind
    /// Known only from the entries beneath it, so that its own entry may still come.
    var isImplied: Bool
  }

  /// Keyed by the bytes of the path: Swift's own comparison of strings is not that of file names.
  private var nodes: [[UInt8]: Node] = [:]
  private var symlinks: [String] = []

  /// Adds an entry by its path relative to the root; nil when there is nothing against it.
  mutating func add(_ path: String, _ kind: Kind) -> Defect? {
    let components = LexicalPath.components(path, omittingEmpty: false)
    for component in components where !Self.isName(component) { return .badComponent }
    var ancestor: [UInt8] = []
    for component in components.dropLast() {
      if !ancestor.isEmpty { ancestor.append(UInt8(ascii: "/")) }
      ancestor.append(contentsOf: component.utf8)
      if let node = nodes[ancestor] {
        guard node.kind == .folder else {
          return .beneathNonFolder(ancestor: String(decoding: ancestor, as: UTF8.self))
        }
      } else {
        nodes[ancestor] = Node(kind: .folder, isImplied: true)
      }
    }
    let key = Array(path.utf8)
    if let node = nodes[key], !(node.isImplied && kind == .folder) { return .duplicate }
    nodes[key] = Node(kind: kind, isImplied: false)
    if case .symlink = kind { symlinks.append(path) }
    return nil
  }

  static func isName(_ component: String) -> Bool {
    let bytes = component.utf8
    return !bytes.isEmpty && bytes.count <= 255 && component != "." && component != ".."
      && !bytes.contains(0)
  }

  /// The first symlink, in the order of adding, that leads out of the tree, and its target.
  ///
  /// Loops and dangling symlinks lead nowhere and are fine.
  var firstEscape: (path: String, target: String)? {
    for path in symlinks {
      if case .symlink(let target)? = nodes[Array(path.utf8)]?.kind, escapes(path, to: target) {
        return (path, target)
      }
    }
    return nil
  }

  /// Walks like path_resolution(7), including its limit of 40 symlinks.
  private func escapes(_ path: String, to target: String) -> Bool {
    if LexicalPath.isAbsolute(target) { return true }
    var walked = Array(LexicalPath.components(path).dropLast())
    var pending = Array(LexicalPath.components(target).reversed())
    var hops = 1
    while let component = pending.popLast() {
      if component == "." { continue }
      if component == ".." {
        if walked.popLast() == nil { return true }
        continue
      }
      walked.append(component)
      guard case .symlink(let next)? = nodes[Array(walked.joined(separator: "/").utf8)]?.kind else {
        continue
      }
      if LexicalPath.isAbsolute(next) { return true }
      hops += 1
      if hops > 40 { return false }
      walked.removeLast()
      pending.append(contentsOf: LexicalPath.components(next).reversed())
    }
    return false
  }
}
