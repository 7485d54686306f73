import Failing
import Hashing
import Reading

/// A DSSE envelope (secure-systems-lab/dsse, version 1.0.2): some bytes, what they are, and
/// signatures of both.
public struct Envelope: Equatable, Sendable {
  /// The payload type of in-toto statements (in-toto/attestation, spec/v1/envelope.md).
  public static let inTotoPayloadType = "application/vnd.in-toto+json"

  /// Most bytes of an envelope's file.
  public static let sizeLimit = 64 << 20
  /// Most bytes of a payload.
  public static let payloadLimit = 46 << 20
  /// Most signatures in an envelope.
  public static let signatureLimit = 64
  /// Most bytes of a payload type, a key's name or a signature.
  static let fieldLimit = 1024

  public struct Signature: Equatable, Sendable {
    /// The name that the signer gives its key. Nobody vouches for it; it serves for messages.
    public let keyID: String?
    public let bytes: [UInt8]

    public init(keyID: String?, bytes: [UInt8]) {
      self.keyID = keyID
      self.bytes = bytes
    }
  }

  public let payloadType: String
  /// Not to be believed before `verified` has given it.
  public let payload: [UInt8]
  public private(set) var signatures: [Signature]
  /// Members of the JSON that nothing is known of. Readers must not mind them (envelope.md, "Other
  /// data structures"), and nothing of them is signed.
  public private(set) var unknownMembers: [String] = []

  public init(payloadType: String, payload: [UInt8], signatures: [Signature]) {
    self.payloadType = payloadType
    self.payload = payload
    self.signatures = signatures
  }

  /// Signs `payload` with each of the keys.
  public init(
    signing payload: [UInt8], payloadType: String, with keys: [SigningKey]
  ) throws(SigningError) {
    guard payload.count <= Self.payloadLimit else { throw .payloadTooLarge(Self.payloadLimit) }
    guard (1...Self.fieldLimit).contains(payloadType.utf8.count) else {
      throw .badPayloadType(payloadType)
    }
    self.init(payloadType: payloadType, payload: payload, signatures: [])
    for key in keys { try sign(with: key) }
  }

  /// Adds a signature, by which the key is called `name`: by default its fingerprint.
  public mutating func sign(with key: SigningKey, as name: String? = nil) throws(SigningError) {
    let bytes = try key.sign(Self.preAuthenticationEncoding(payloadType, payload))
    signatures.append(Signature(keyID: name ?? key.keyID, bytes: bytes))
  }

  /// What is signed (protocol.md, "Signature Definition"): type and body, each with its length before
  /// it, so that nothing else can be read in them.
  static func preAuthenticationEncoding(_ type: String, _ body: [UInt8]) -> [UInt8] {
    Array("DSSEv1 \(type.utf8.count) \(type) \(body.count) ".utf8) + body
  }

  // MARK: Reading and writing

  /// The JSON on one line, without an end of the line. The same envelope gives the same bytes.
  public var jsonBytes: [UInt8] { json.compactBytes() }

  var json: JSON {
    .object([
      ("payload", .string(Base64.encode(payload))), ("payloadType", .string(payloadType)),
      (
        "signatures",
        .array(
          signatures.map { signature in
            let bytes = ("sig", JSON.string(Base64.encode(signature.bytes)))
            return .object(signature.keyID.map { [("keyid", .string($0)), bytes] } ?? [bytes])
          })
      ),
    ])
  }

  /// Reads an envelope: strict JSON without duplicate keys, base64 in either alphabet (envelope.md
  /// allows both) but with its padding. `file` is for messages.
  ///
  /// - Returns: the envelope, of which nothing has been verified.
  public static func parse(_ bytes: [UInt8], file: String) throws(SigningError) -> Envelope {
    try document(bytes, file: file) { json throws(SignatureFault) in try Envelope(json) }
  }

  /// Parses an envelope, or what holds one, and has it taken apart.
  static func document<Document>(
    _ bytes: [UInt8], file: String, _ taken: (JSON) throws(SignatureFault) -> Document
  ) throws(SigningError) -> Document {
    guard bytes.count <= sizeLimit else {
      throw .signature(file: file, .tooLarge(limit: sizeLimit))
    }
    let json: JSON
    do throws(ReadingError) {
      json = try JSON(parsing: bytes, file: file)
    } catch {
      throw .reading(error)
    }
    do throws(SignatureFault) {
      return try taken(json)
    } catch {
      throw .signature(file: file, error)
    }
  }

  init(_ json: JSON) throws(SignatureFault) {
    guard let object = json.objectValue else {
      throw .member("the envelope", "is not an object")
    }
    payloadType = try Self.text(object["payloadType"], "payloadType")
    guard !payloadType.isEmpty else { throw .member("payloadType", "is empty") }
    payload = try Self.bytes(object["payload"], "payload", limit: Self.payloadLimit)
    guard let entries = object["signatures"]?.arrayValue else {
      throw .member("signatures", "is not an array")
    }
    if entries.isEmpty { throw .noSignatures }
    guard entries.count <= Self.signatureLimit else {
      throw .tooManySignatures(entries.count, limit: Self.signatureLimit)
    }
    signatures = []
    unknownMembers = object.members.map(\.key).filter {
      !["payload", "payloadType", "signatures"].contains($0)
    }
    for (index, entry) in entries.enumerated() {
      let place = "signatures[\(index)]"
      guard let members = entry.objectValue else { throw .member(place, "is not an object") }
      let bytes = try Self.bytes(members["sig"], "\(place).sig", limit: Self.fieldLimit)
      guard !bytes.isEmpty else { throw .member("\(place).sig", "is empty") }
      var keyID: String?
      if let name = members["keyid"], !name.isNull {
        keyID = try Self.text(name, "\(place).keyid")
      }
      signatures.append(Signature(keyID: keyID, bytes: bytes))
      for member in members.members where !["sig", "keyid"].contains(member.key) {
        unknownMembers.append("\(place).\(member.key)")
      }
    }
  }

  private static func text(_ value: JSON?, _ name: String) throws(SignatureFault) -> String {
    guard let text = value?.stringValue else {
      throw .member(name, value == nil ? "is missing" : "is not a string")
    }
    guard text.utf8.count <= fieldLimit else {
      throw .member(name, "has more than \(fieldLimit) bytes")
    }
    return text
  }

  private static func bytes(
    _ value: JSON?, _ name: String, limit: Int
  ) throws(SignatureFault) -> [UInt8] {
    guard let text = value?.stringValue else {
      throw .member(name, value == nil ? "is missing" : "is not a string")
    }
    guard let bytes = Base64.decodeEither(text.utf8) else { throw .notBase64(name) }
    guard bytes.count <= limit else { throw .member(name, "has more than \(limit) bytes") }
    return bytes
  }

  // MARK: Verifying

  /// The payload, once so many of `keys` have signed it.
  ///
  /// Nothing in the envelope decides which keys are tried: of each signature it is seen whether any of
  /// them has made it. A key counts once, however often it is named and however many signatures there
  /// are by it.
  ///
  /// - Parameters:
  ///   - keys: those that the caller trusts.
  ///   - threshold: how many different ones of them must have signed.
  ///   - expected: what the payload must be.
  ///   - file: what messages call the envelope.
  /// - Returns: the bytes that were verified, and who signed them.
  /// - Throws: `SigningError.refused` when too few have signed, `.threshold` when so many keys are not
  ///   named.
  public func verified(
    by keys: [VerificationKey], threshold: Int = 1, payloadType expected: String, file: String
  ) throws(SigningError) -> VerifiedPayload {
    var trusted: [VerificationKey] = []
    for key in keys where !trusted.contains(key) { trusted.append(key) }
    guard threshold >= 1, threshold <= trusted.count else {
      throw .threshold(threshold, keys: trusted.count)
    }
    let signed = Self.preAuthenticationEncoding(payloadType, payload)
    var accepted: [VerificationKey] = []
    var repeated = 0
    var others: [Signature] = []
    for signature in signatures {
      let signer = trusted.first { $0.verify(signature.bytes, of: signed) }
      switch signer {
      case .some(let key) where accepted.contains(key): repeated += 1
      case .some(let key): accepted.append(key)
      case nil: others.append(signature)
      }
    }
    guard accepted.count >= threshold else {
      for key in trusted where !accepted.contains(key) {
        if others.contains(where: { $0.keyID == key.keyID || $0.keyID == key.hint }) {
          throw .refused(file: file, .mismatch(key: key.keyID))
        }
      }
      if accepted.isEmpty {
        throw .refused(file: file, .unknownKeys(named: others.compactMap(\.keyID)))
      }
      throw .refused(
        file: file,
        .tooFewKeys(
          accepted: accepted.map(\.keyID), required: threshold, repeated: repeated,
          others: others.count))
    }
    guard payloadType.utf8.elementsEqual(expected.utf8) else {
      throw .refused(file: file, .payloadType(found: payloadType, expected: expected))
    }
    return VerifiedPayload(payloadType: payloadType, bytes: payload, signers: accepted)
  }
}
