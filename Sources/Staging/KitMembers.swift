import Hashing
import Linux
public import Reading
public import Storing

/// The members of a kit, each of which is what manifest.json says, copied to a folder of our own.
public struct KitMembers: Sendable {
  /// The file or folder that was read.
  let kit: String
  public let manifest: KitManifest
  /// Bytes that the compressed members say they hold.
  private let expanded: [KitPart: Int64]
  private let folder: String

  /// Reads the kit at `path`, a file or a folder, to its end and copies those members to `folder`
  /// that `keeping` answers true for.
  public init(
    reading path: String, into folder: String, keeping: @escaping (KitPart) -> Bool = { _ in true }
  ) throws(StagingError) {
    let status = try doing("reading the kit \(path)", try FileSystem.status(path))
    var reader = KitReader(kit: path, folder: folder, keeping: keeping)
    switch status.kind {
    case .directory: try reader.readFolder()
    case .regular: try reader.readFile()
    default: throw .unsupportedKind(path: path, what: WorkTree.word(status.kind))
    }
    guard let manifest = reader.manifest else { throw .kit(path, KitError(.notAKit)) }
    self.kit = path
    self.folder = folder
    self.manifest = manifest
    expanded = reader.expanded
  }

  /// Where a member that was kept can be read.
  public func path(of part: KitPart) -> String { Self.path(of: part, in: folder) }

  static func path(of part: KitPart, in folder: String) -> String {
    // Names of members are our own words and digests.
    "\(folder)/\(part.name.split(separator: "/").joined(separator: "_"))"
  }

  /// The bytes of a member that was kept; nil where the kit has none.
  public func bytes(of part: KitPart) throws(StagingError) -> [UInt8]? {
    guard manifest[part] != nil else { return nil }
    let path = path(of: part)
    return try doing("reading \(path)", try FileSystem.read(path))
  }

  /// Bytes that a compressed member says it holds; nil for others.
  public func expandedSize(of part: KitPart) -> Int64? { expanded[part] }

  /// A tree's listing, from the bytes of its member.
  public func listing(_ bytes: [UInt8], of name: KitTree) throws(StagingError) -> Tree {
    let part = KitPart.tree(name).name
    let tree: Tree
    do throws(TreeIndexError) {
      tree = try Tree(index: bytes)
    } catch {
      throw refusal(.badTree(part, error))
    }
    guard tree.message == bytes else { throw refusal(.notCanonical(part)) }
    return tree
  }

  /// What the record says, where it was kept and the kit has one.
  public func published() throws(StagingError) -> PublishedRecord? {
    guard let bytes = try bytes(of: .record) else { return nil }
    do throws(ReadingError) {
      return try PublishedRecord(parsing: bytes, file: KitPart.record.name)
    } catch {
      throw refusal(.unreadable(KitPart.record.name, error))
    }
  }

  /// A member that every kit has.
  func required(_ part: KitPart) throws(StagingError) -> [UInt8] {
    guard let bytes = try bytes(of: part) else { throw .kit(kit, KitError(.lacks(part.name))) }
    return bytes
  }

  func refusal(_ fact: KitError.Fact) -> StagingError { .kit(kit, KitError(fact)) }
}

/// Reads a kit of either form.
private struct KitReader {
  let kit: String
  let folder: String
  let keeping: (KitPart) -> Bool
  private(set) var manifest: KitManifest?
  private(set) var expanded: [KitPart: Int64] = [:]

  private static let chunk = 1 << 20

  init(kit: String, folder: String, keeping: @escaping (KitPart) -> Bool) {
    self.kit = kit
    self.folder = folder
    self.keeping = keeping
  }

  mutating func readFile() throws(StagingError) {
    let file = try doing("reading the kit \(kit)", try FileSystem.open(kit))
    var buffer = [UInt8](repeating: 0, count: Self.chunk)
    var parser = KitParser()
    var copy: Descriptor?
    while true {
      try doing("reading the kit \(kit)", try Interruption.check("reading \(kit)"))
      let count = try doing("reading the kit \(kit)", try file.read(into: &buffer))
      if count == 0 { break }
      var rest = buffer[..<count]
      while let piece = try checked(try parser.next(&rest)) {
        switch piece {
        case .manifest(let found): manifest = found
        case .bytes(let member, let bytes):
          if keeping(member.part) {
            if copy == nil { copy = try create(member.part) }
            try doing("copying \(member.name)", try copy?.write(Array(bytes)))
          }
        case .verified(let member, let size):
          if keeping(member.part), copy == nil { copy = try create(member.part) }
          copy = nil
          expanded[member.part] = size
        }
      }
    }
    do throws(KitError) {
      try parser.finish()
    } catch {
      throw .kit(kit, error)
    }
  }

  mutating func readFolder() throws(StagingError) {
    let place = try doing("reading the kit \(kit)", try Directory(kit))
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try place.openBeneath(KitManifest.name)
        .readToEnd(limit: Int(KitManifest.sizeLimit))
    } catch {
      throw error.isNotFound ? refusal(.notAKit) : .system("reading the kit \(kit)", error)
    }
    let manifest = try checked(try KitManifest(parsing: bytes))
    self.manifest = manifest
    try refuseOthers(in: place, "", manifest)
    for member in manifest.members { try read(member, in: place) }
  }

  /// Refuses what manifest.json does not list, and what is no file.
  private func refuseOthers(
    in place: borrowing Directory, _ prefix: String, _ manifest: KitManifest
  ) throws(StagingError) {
    for entry in try doing("reading the kit \(kit)", try place.entries()) {
      let name = prefix + entry.name
      if name.utf8.elementsEqual(KitManifest.name.utf8) { continue }
      switch entry.kind {
      case .directory where prefix.isEmpty:
        let inner = try doing("reading the kit \(kit)", try place.directory(entry.name))
        try refuseOthers(in: inner, "\(name)/", manifest)
      case .regular:
        let part = try checked(try KitManifest.part(name))
        if manifest[part] == nil { throw refusal(.unlisted(name)) }
      case .symlink: throw refusal(.unsupportedKind(name, what: "a symlink"))
      default: throw refusal(.unsupportedKind(name, what: WorkTree.word(entry.kind)))
      }
    }
  }

  private mutating func read(
    _ member: KitManifest.Member, in place: borrowing Directory
  ) throws(StagingError) {
    let task = "reading \(kit)/\(member.name)"
    let file = try open(member.name, in: place)
    guard try doing(task, try FileSystem.status(of: file)).kind == .regular else {
      throw refusal(.unsupportedKind(member.name, what: "no file"))
    }
    var copy: Descriptor?
    if keeping(member.part) { copy = try create(member.part) }
    var check = KitMemberCheck(member)
    var buffer = [UInt8](repeating: 0, count: Self.chunk)
    while true {
      try doing(task, try Interruption.check(task))
      let count = try doing(task, try file.read(into: &buffer))
      if count == 0 { break }
      do throws(KitError) {
        try check.take(buffer[..<count])
      } catch {
        throw .kit(kit, error)
      }
      try doing("copying \(member.name)", try copy?.write(Array(buffer[..<count])))
    }
    do throws(KitError) {
      expanded[member.part] = try check.finish()
    } catch {
      throw .kit(kit, error)
    }
  }

  private func open(
    _ name: String, in place: borrowing Directory
  ) throws(StagingError) -> Descriptor {
    do throws(SystemError) {
      return try place.openBeneath(name)
    } catch {
      throw error.isNotFound ? refusal(.missing(name)) : .system("reading \(kit)/\(name)", error)
    }
  }

  private func create(_ part: KitPart) throws(StagingError) -> Descriptor {
    let path = KitMembers.path(of: part, in: folder)
    return try doing("copying \(part.name)", try FileSystem.create(path, permissions: 0o600))
  }

  private func refusal(_ fact: KitError.Fact) -> StagingError { .kit(kit, KitError(fact)) }

  private func checked<Value>(
    _ body: @autoclosure () throws(KitError) -> Value
  ) throws(StagingError) -> Value {
    do throws(KitError) {
      return try body()
    } catch {
      throw .kit(kit, error)
    }
  }
}
