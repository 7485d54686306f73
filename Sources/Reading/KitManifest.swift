public import Hashing

/// manifest.json of a kit: every other member with its digest and size. The SHA-256 of its bytes
/// identifies the kit.
///
/// It holds nothing that is not checked against something else, so no byte of a kit can change
/// unnoticed, and it comes first, so that everything after it is known before it is read.
public struct KitManifest: Sendable, Equatable {
  public struct Member: Sendable, Equatable {
    public let part: KitPart
    public let digest: Digest
    /// In bytes.
    public let size: Int64

    public init(_ part: KitPart, digest: Digest, size: Int64) {
      self.part = part
      self.digest = digest
      self.size = size
    }

    public var name: String { part.name }
  }

  public static let name = "manifest.json"
  /// Where signatures of manifest.json are to be. No version reads any yet.
  public static let signaturePrefix = "manifest.sig/"
  public static let memberLimit = 16_384
  /// Bytes of manifest.json itself.
  public static let sizeLimit: Int64 = 4 << 20

  /// Sorted by the bytes of their names.
  public let members: [Member]
  /// manifest.json as it is.
  public let bytes: [UInt8]
  /// The kit's identity.
  public var digest: Digest { Digest.hashing(bytes) }

  /// Lists members, which may come in any order.
  public init(_ members: [Member]) throws(KitError) {
    let sorted = members.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    let json = JSON.object([
      ("schema", "cupel-kit/1"),
      (
        "members",
        .array(
          sorted.map {
            .object([
              ("name", .string($0.name)), ("digest", .string($0.digest.description)),
              ("size", .integer($0.size)),
            ])
          })
      ),
    ])
    do throws(ReadingError) {
      bytes = try json.canonicalBytes()
    } catch {
      throw KitError(.unreadable(Self.name, error))
    }
    self.members = sorted
    try check()
  }

  /// Reads what `init(_:)` makes, and nothing else.
  public init(parsing bytes: [UInt8]) throws(KitError) {
    let json: JSON
    do throws(ReadingError) {
      json = try JSON(parsing: bytes, file: Self.name)
    } catch {
      throw KitError(.unreadable(Self.name, error))
    }
    guard json["schema"]?.stringValue == "cupel-kit/1" else {
      throw KitError(.badManifest("its schema is not cupel-kit/1"))
    }
    guard let items = json["members"]?.arrayValue else {
      throw KitError(.badManifest("it has no list of members"))
    }
    guard json.objectValue?.members.count == 2 else {
      throw KitError(.badManifest("it has more than a schema and a list of members"))
    }
    guard items.count <= Self.memberLimit else {
      throw KitError(.tooManyMembers(limit: Self.memberLimit))
    }
    var members: [Member] = []
    for item in items { members.append(try Self.member(item)) }
    guard let canonical = try? json.canonicalBytes(), canonical == bytes else {
      throw KitError(.notCanonical(Self.name))
    }
    self.bytes = bytes
    self.members = members
    try check()
  }

  private static func member(_ json: JSON) throws(KitError) -> Member {
    guard let name = json["name"]?.stringValue else {
      throw KitError(.badManifest("a member has no name"))
    }
    let part = try part(name)
    guard let digest = json["digest"]?.stringValue.flatMap({ Digest(prefixed: $0) }),
      let size = json["size"]?.integerValue, size >= 0,
      json.objectValue?.members.count == 3
    else { throw KitError(.badManifest("\(name) does not have a digest, a size and nothing else")) }
    return Member(part, digest: digest, size: size)
  }

  /// The member of that name, or why there can be none.
  public static func part(_ name: String) throws(KitError) -> KitPart {
    if let part = KitPart(name: name) { return part }
    if name.hasPrefix(signaturePrefix) { throw KitError(.signature(name)) }
    if PathRule.complaint(aboutRelative: name) != nil { throw KitError(.unsafeName(name)) }
    throw KitError(.unknownMember(name))
  }

  public subscript(part: KitPart) -> Member? { members.first { $0.part == part } }

  /// The trees that are there as trees, in the order of the plan.
  public var trees: [KitTree] {
    let all: [KitTree] =
      [.source] + (1...KitTree.vendorLimit).map { .vendor($0) } + [.toolchain, .rootfs]
    let listed = Set(members.map(\.part))
    return all.filter { listed.contains(.tree($0)) }
  }

  public var crates: [Digest] {
    members.compactMap { if case .crate(let digest) = $0.part { digest } else { nil } }
  }

  public var packages: [Digest] {
    members.compactMap { if case .package(let digest) = $0.part { digest } else { nil } }
  }

  // MARK: Checks

  private func check() throws(KitError) {
    if members.count > Self.memberLimit { throw KitError(.tooManyMembers(limit: Self.memberLimit)) }
    for (member, next) in zip(members, members.dropFirst()) {
      if member.part == next.part { throw KitError(.duplicate(next.name)) }
      guard member.name.utf8.lexicographicallyPrecedes(next.name.utf8) else {
        throw KitError(.notInOrder(next.name, after: member.name))
      }
    }
    for member in members {
      if member.size > member.part.sizeLimit {
        throw KitError(.tooLarge(member.name, limit: member.part.sizeLimit))
      }
      switch member.part {
      case .crate(let digest), .package(let digest):
        if digest != member.digest {
          throw KitError(.otherName(member.name, digest: member.digest))
        }
      default: break
      }
    }
    try checkCompleteness()
  }

  private func checkCompleteness() throws(KitError) {
    let parts = Set(members.map(\.part))
    for part in [KitPart.plan, .lock, .profile(1), .tree(.source)] where !parts.contains(part) {
      throw KitError(.lacks(part.name))
    }
    if !parts.contains(.tree(.rootfs)), packages.isEmpty {
      throw KitError(.lacks(KitPart.tree(.rootfs).name))
    }
    if parts.contains(.tree(.rootfs)), let package = packages.first {
      throw KitError(.superfluous(KitPart.package(package).name))
    }
    for member in members {
      switch member.part {
      case .contents(let tree) where !parts.contains(.tree(tree)):
        throw KitError(.superfluous(member.name))
      case .tree(.vendor(let number)) where number > 1:
        let before = KitPart.tree(.vendor(number - 1))
        if !parts.contains(before) { throw KitError(.lacks(before.name)) }
      default: break
      }
    }
  }
}
