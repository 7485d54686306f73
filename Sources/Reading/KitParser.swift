/// Takes a kit apart as its bytes come, and verifies all of them.
///
/// manifest.json, which is first, decides every other byte of the archive's structure, so nothing
/// that headers say is believed: they are what they must be, or the kit is refused.
public struct KitParser: ~Copyable {
  public enum Piece {
    case manifest(KitManifest)
    /// The next bytes of a member.
    case bytes(KitManifest.Member, ArraySlice<UInt8>)
    /// All bytes of a member have come, and are what manifest.json says; with how many bytes a
    /// compressed one says it holds.
    case verified(KitManifest.Member, expanded: Int64?)
  }

  private enum State {
    case header
    case manifestBody(left: Int)
    case body(left: Int64)
    case padding(left: Int)
    case end(left: Int)
  }

  private var state = State.header
  private var pending: [UInt8] = []
  private var offset: Int64 = 0
  private var manifest: KitManifest?
  /// Of the member that is being read, or the next one.
  private var index = 0
  private var check: KitMemberCheck?

  public init() {}

  /// Takes what it needs from the start of `rest`.
  ///
  /// - Returns: what was found; nil when all of `rest` was taken and more is needed.
  public mutating func next(_ rest: inout ArraySlice<UInt8>) throws(KitError) -> Piece? {
    while true {
      switch state {
      case .header:
        if let manifest, index == manifest.members.count {
          state = .end(left: KitHeader.end.count)
          continue
        }
        guard fill(KitHeader.blockSize, from: &rest) else { return nil }
        try begin()
      case .manifestBody(let size):
        guard fill(size, from: &rest) else { return nil }
        let manifest = try KitManifest(parsing: pending)
        pending = []
        self.manifest = manifest
        state = .padding(left: KitHeader.padding(after: Int64(size)))
        return .manifest(manifest)
      case .body(let left):
        if let piece = try body(left, &rest) { return piece }
        if case .body = state { return nil }
      case .padding(let left):
        let zeros = take(left, from: &rest)
        guard zeros.allSatisfy({ $0 == 0 }) else { throw error(.badPadding) }
        state = zeros.count == left ? .header : .padding(left: left - zeros.count)
        if zeros.count < left { return nil }
      case .end(let left):
        let zeros = take(left, from: &rest)
        guard zeros.allSatisfy({ $0 == 0 }) else {
          throw left == KitHeader.end.count ? unexpected(zeros, rest) : error(.trailingData)
        }
        state = .end(left: left - zeros.count)
        guard rest.isEmpty else { throw error(.trailingData) }
        return nil
      }
    }
  }

  /// Ends the input.
  public consuming func finish() throws(KitError) {
    guard case .end(left: 0) = state else {
      throw KitError(offset == 0 ? .notAKit : .truncated, offset: offset)
    }
  }

  private func error(_ fact: KitError.Fact) -> KitError { KitError(fact, offset: offset) }

  private mutating func take(_ count: Int, from rest: inout ArraySlice<UInt8>) -> ArraySlice<UInt8>
  {
    let taken = rest.prefix(count)
    rest = rest.dropFirst(taken.count)
    offset += Int64(taken.count)
    return taken
  }

  /// Whether `pending` has `count` bytes.
  private mutating func fill(_ count: Int, from rest: inout ArraySlice<UInt8>) -> Bool {
    pending += take(count - pending.count, from: &rest)
    return pending.count == count
  }

  private mutating func body(
    _ left: Int64, _ rest: inout ArraySlice<UInt8>
  ) throws(KitError) -> Piece? {
    guard let member = manifest?.members[index], var check = check.take() else { return nil }
    if left == 0 {
      let expanded = try check.finish()
      index += 1
      state = .padding(left: KitHeader.padding(after: member.size))
      return .verified(member, expanded: expanded)
    }
    let bytes = take(Int(min(left, Int64(rest.count))), from: &rest)
    do throws(KitError) {
      try check.take(bytes)
    } catch {
      throw KitError(error.fact, offset: offset)
    }
    self.check = consume check
    state = .body(left: left - Int64(bytes.count))
    return bytes.isEmpty ? nil : .bytes(member, bytes)
  }

  // MARK: Headers

  private mutating func begin() throws(KitError) {
    let block = pending
    pending = []
    let claim = KitHeader.Claim(block)
    guard let manifest else {
      guard claim.name.utf8.elementsEqual(KitManifest.name.utf8), let size = claim.size else {
        throw KitError(.notAKit)
      }
      guard size <= KitManifest.sizeLimit else {
        throw error(.tooLarge(KitManifest.name, limit: KitManifest.sizeLimit))
      }
      guard block == KitHeader.block(name: KitManifest.name, size: size) else {
        throw error(.badHeader)
      }
      state = .manifestBody(left: Int(size))
      return
    }
    let member = manifest.members[index]
    guard block == KitHeader.block(name: member.name, size: member.size) else {
      throw complaint(about: claim, block, manifest)
    }
    check = KitMemberCheck(member)
    state = .body(left: member.size)
  }

  /// What is wrong with a header that is not the expected one.
  private func complaint(
    about claim: KitHeader.Claim, _ block: [UInt8], _ manifest: KitManifest
  ) -> KitError {
    let expected = manifest.members[index]
    if block.allSatisfy({ $0 == 0 }) { return error(.missing(expected.name)) }
    if let what = claim.otherKind { return error(.unsupportedKind(claim.name, what: what)) }
    if claim.name.utf8.elementsEqual(expected.name.utf8) {
      guard let size = claim.size, size != expected.size else { return error(.badHeader) }
      return error(.wrongSize(expected.name, listed: expected.size, found: size))
    }
    return complaint(aboutName: claim.name, manifest)
      ?? error(.missing(expected.name))
  }

  /// Nil for the name of a member that is still to come.
  private func complaint(aboutName name: String, _ manifest: KitManifest) -> KitError? {
    if name.utf8.elementsEqual(KitManifest.name.utf8) { return error(.duplicate(name)) }
    do throws(KitError) {
      let part = try KitManifest.part(name)
      guard let place = manifest.members.firstIndex(where: { $0.part == part }) else {
        return error(.unlisted(name))
      }
      return place < index ? error(.duplicate(name)) : nil
    } catch {
      return KitError(error.fact, offset: offset)
    }
  }

  /// What stands where the end should be.
  private func unexpected(
    _ start: ArraySlice<UInt8>, _ rest: ArraySlice<UInt8>
  ) -> KitError {
    let block = Array((start + rest).prefix(KitHeader.blockSize))
    guard let manifest, block.count == KitHeader.blockSize,
      block[257..<262].elementsEqual("ustar".utf8)
    else { return error(.trailingData) }
    let claim = KitHeader.Claim(block)
    if let what = claim.otherKind { return error(.unsupportedKind(claim.name, what: what)) }
    return complaint(aboutName: claim.name, manifest) ?? error(.trailingData)
  }
}
