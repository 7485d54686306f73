import Hashing

/// Compares a member's bytes, as they come, with what manifest.json says of it.
public struct KitMemberCheck: ~Copyable {
  private let member: KitManifest.Member
  private var hasher = Hasher()
  private var count: Int64 = 0
  private var frame: ZstdFrame?

  public init(_ member: KitManifest.Member) {
    self.member = member
    if case .contents = member.part { frame = ZstdFrame() }
  }

  /// Takes the next bytes.
  public mutating func take(_ bytes: ArraySlice<UInt8>) throws(KitError) {
    count += Int64(bytes.count)
    guard count <= member.size else {
      throw KitError(.wrongSize(member.name, listed: member.size, found: count))
    }
    hasher.update(Array(bytes))
    try frame?.take(bytes)
  }

  /// - Returns: how many bytes a compressed member says it holds; nil for others.
  public consuming func finish() throws(KitError) -> Int64? {
    guard count == member.size else {
      throw KitError(.wrongSize(member.name, listed: member.size, found: count))
    }
    let found = hasher.finish()
    guard found == member.digest else {
      throw KitError(.wrongDigest(member.name, listed: member.digest, found: found))
    }
    return try frame?.finish()
  }
}
