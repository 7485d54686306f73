import Hashing
import Reading

/// A signature in the format of minisign: of a file, and of a comment that can be trusted with it.
public struct MinisignSignature: Equatable, Sendable {
  /// Most bytes of a signature's file.
  public static let sizeLimit = 16 << 10

  /// Whether the file's BLAKE2b-512 is signed, as minisign does by default; else the file itself.
  public let isPrehashed: Bool
  /// What the signer's key is called.
  public let keyNumber: [UInt8]
  /// Nobody vouches for it.
  public let untrustedComment: String
  /// Signed, but not to be believed before `verify` has succeeded.
  public let trustedComment: String
  private let signature: [UInt8]
  private let globalSignature: [UInt8]

  private static let trustedHead = "trusted comment: "

  public static func isOne(_ bytes: [UInt8]) -> Bool { MinisignFile.isOne(bytes) }

  /// Signs the BLAKE2b-512 of `content`, with a key of minisign; or with another Ed25519 key, which is
  /// to go by the number `keyNumber`.
  public init(
    signing content: [UInt8], with key: SigningKey, keyNumber: [UInt8]? = nil,
    trustedComment: String, untrustedComment: String = "signature from cupel"
  ) throws(SigningError) {
    guard let keyNumber = keyNumber ?? key.minisignKeyNumber else {
      throw .key(file: key.keyID, .noKeyNumber)
    }
    for (comment, limit) in [
      (trustedComment, MinisignFile.trustedCommentLimit),
      (untrustedComment, MinisignFile.commentLimit),
    ] {
      guard comment.unicodeScalars.allSatisfy({ $0.value >= 0x20 || $0 == "\t" }),
        !comment.unicodeScalars.contains("\u{7F}")
      else { throw .comment("it holds characters that are none to be seen") }
      // minisign counts what stands before it, and the end of the line.
      guard comment.utf8.count <= limit - 32 else {
        throw .comment("it has more than \(limit - 32) bytes")
      }
    }
    isPrehashed = true
    self.keyNumber = keyNumber
    self.trustedComment = trustedComment
    self.untrustedComment = untrustedComment
    signature = try key.sign(Self.signed(content, isPrehashed: true))
    globalSignature = try key.sign(signature + Array(trustedComment.utf8))
  }

  /// Reads a signature. `file` is for messages.
  public init(parsing bytes: [UInt8], file: String) throws(SigningError) {
    do throws(SignatureFault) {
      try self.init(parsing: bytes)
    } catch {
      throw .signature(file: file, error)
    }
  }

  private init(parsing bytes: [UInt8]) throws(SignatureFault) {
    guard bytes.count <= Self.sizeLimit else { throw .tooLarge(limit: Self.sizeLimit) }
    guard let lines = MinisignFile.lines(bytes) else {
      throw .line(1, "or another is not UTF-8, or holds a carriage return")
    }
    guard let first = lines.first, first.hasPrefix(MinisignFile.commentHead),
      first.utf8.count < MinisignFile.commentLimit
    else { throw .line(1, "is not an untrusted comment of less than 1024 bytes") }
    guard lines.count >= 2, let data = Base64.decode(lines[1].utf8), data.count == 74 else {
      throw .line(2, "is not the 74 bytes of a signature in base64")
    }
    guard data.starts(with: MinisignFile.plain) || data.starts(with: MinisignFile.prehashed) else {
      throw .line(2, "is a signature by another algorithm")
    }
    guard lines.count >= 3, lines[2].hasPrefix(Self.trustedHead),
      lines[2].utf8.count < MinisignFile.trustedCommentLimit
    else { throw .line(3, "is not a trusted comment of less than 8192 bytes") }
    guard lines.count >= 4, let global = Base64.decode(lines[3].utf8), global.count == 64 else {
      throw .line(4, "is not the 64 bytes of the trusted comment's signature in base64")
    }
    guard lines.count == 4 else { throw .line(5, "is one too many") }
    isPrehashed = data.starts(with: MinisignFile.prehashed)
    keyNumber = Array(data[2..<10])
    signature = Array(data[10...])
    untrustedComment = String(first.dropFirst(MinisignFile.commentHead.count))
    trustedComment = String(lines[2].dropFirst(Self.trustedHead.count))
    globalSignature = global
  }

  /// The file as minisign writes it.
  public var fileBytes: [UInt8] {
    let algorithm = isPrehashed ? MinisignFile.prehashed : MinisignFile.plain
    return Array(
      """
      \(MinisignFile.commentHead)\(untrustedComment)
      \(Base64.encode(algorithm + keyNumber + signature))
      \(Self.trustedHead)\(trustedComment)
      \(Base64.encode(globalSignature))

      """.utf8)
  }

  /// Fails unless this is the signature of `content` by one of `keys`, and its trusted comment the one
  /// that was signed with it. `file` is what messages call the signature.
  ///
  /// - Returns: the key whose signature it is.
  @discardableResult
  public func verify(
    _ content: [UInt8], by keys: [MinisignPublicKey], file: String
  ) throws(SigningError) -> MinisignPublicKey {
    let named = keys.filter { $0.keyNumber == keyNumber }
    if named.isEmpty {
      throw .refused(file: file, .unknownKeys(named: [MinisignFile.words(keyNumber)]))
    }
    let signed = Self.signed(content, isPrehashed: isPrehashed)
    guard let signer = named.first(where: { $0.key.verify(signature, of: signed) }) else {
      throw .refused(file: file, .otherFile)
    }
    guard signer.key.verify(globalSignature, of: signature + Array(trustedComment.utf8)) else {
      throw .refused(file: file, .trustedComment)
    }
    return signer
  }

  private static func signed(_ content: [UInt8], isPrehashed: Bool) -> [UInt8] {
    guard isPrehashed else { return content }
    var digest = MessageDigest(.blake2b512)
    digest.update(content)
    return digest.finish()
  }
}
