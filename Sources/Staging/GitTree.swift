import Failing
import Hashing

/// Everything that a commit holds: raw blobs, without filters, line-end conversion or export rules.
struct GitTree {
  /// One entry, with a path relative to the tree's root.
  struct Entry {
    enum Kind: Equatable {
      case file(isExecutable: Bool), symlink, submodule
    }

    let kind: Kind
    /// The blob's id, or the commit's of a submodule.
    let object: String
    let path: String
  }

  /// A tree's own entry (git's tree-walk.c: `MODE NAME\0ID`, the id in binary).
  private struct Item {
    /// Nil for a folder.
    let kind: Entry.Kind?
    let name: String
    let object: String
  }

  /// Folder by folder, those at the top first.
  private(set) var entries: [Entry] = []
  private let objects: GitObjects
  private var known: [String: [Item]] = [:]

  /// One tree may stand in another many times over, so a small repository can hold a huge source.
  private static let entryLimit = 1_000_000
  /// PATH_MAX of Linux.
  private static let pathLimit = 4096

  /// Reads the tree of a commit, all of it, submodules as entries.
  init(_ root: String, in objects: GitObjects) throws(StagingError) {
    self.objects = objects
    var pending = [(path: "", id: root)]
    var count = 0
    while !pending.isEmpty {
      try load(pending.map(\.id))
      var next: [(path: String, id: String)] = []
      for (folder, id) in pending {
        for item in known[id] ?? [] {
          let path = LexicalPath.child(item.name, of: folder)
          count += 1
          guard count <= Self.entryLimit else { throw .tooManyFiles(limit: Self.entryLimit) }
          guard path.utf8.count < Self.pathLimit else { throw .badName(path: path) }
          if let kind = item.kind {
            entries.append(Entry(kind: kind, object: item.object, path: path))
          } else {
            next.append((path, item.object))
          }
        }
      }
      pending = next
    }
  }

  private mutating func load(_ ids: [String]) throws(StagingError) {
    var wanted: [String] = []
    var seen: Set<String> = []
    for id in ids where known[id] == nil && seen.insert(id).inserted { wanted.append(id) }
    for (id, bytes) in zip(wanted, try objects.read(wanted, as: .tree)) {
      known[id] = try parse(bytes, id)
    }
  }

  private func parse(_ bytes: [UInt8], _ id: String) throws(StagingError) -> [Item] {
    let idLength = id.utf8.count / 2
    var items: [Item] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      guard let space = rest.firstIndex(of: UInt8(ascii: " ")),
        let zero = rest[space...].firstIndex(of: 0), rest.endIndex - zero > idLength
      else {
        throw .objectsDamaged(folder: objects.git.folder, words: "the tree \(id) is malformed")
      }
      let mode = String(decoding: rest[..<space], as: UTF8.self)
      let bytes = rest[(space + 1)..<zero]
      guard let name = String(validating: bytes, as: UTF8.self) else {
        throw .nameNotText(path: String(decoding: bytes, as: UTF8.self))
      }
      // Git checks no such name out, either.
      guard TreeShape.isName(name), !bytes.contains(UInt8(ascii: "/")), name.lowercased() != ".git"
      else { throw .badName(path: name) }
      items.append(
        Item(
          kind: try Self.kind(ofMode: mode, name), name: name,
          object: hexadecimal(rest[(zero + 1)...].prefix(idLength))))
      rest = rest[(zero + 1 + idLength)...]
    }
    return items
  }

  /// Old versions of git also wrote 100664.
  private static func kind(ofMode mode: String, _ name: String) throws(StagingError) -> Entry.Kind?
  {
    switch mode {
    case "40000": nil
    case "100644", "100664": .file(isExecutable: false)
    case "100755": .file(isExecutable: true)
    case "120000": .symlink
    case "160000": .submodule
    default: throw .unsupportedKind(path: name, what: "of the unknown mode \(mode.printable)")
    }
  }
}
