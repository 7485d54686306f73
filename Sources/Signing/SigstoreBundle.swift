public import Hashing
import Reading

/// A sigstore bundle, version 0.3 (sigstore/protobuf-specs, sigstore_bundle.proto), of a signature by a
/// key: what cosign and its kin write and read. Certificates have no place in it here, and transparency
/// logs are not consulted.
public struct SigstoreBundle: Equatable, Sendable {
  public static let mediaType = "application/vnd.dev.sigstore.bundle.v0.3+json"
  /// The same version, as it was called first.
  private static let otherMediaType = "application/vnd.dev.sigstore.bundle+json;version=0.3"
  /// What the proto calls SHA-256.
  private static let sha256 = "SHA2_256"

  public enum Content: Equatable, Sendable {
    /// With exactly one signature.
    case envelope(Envelope)
    /// A file's signature, and perhaps the digest that the file is said to have.
    case message(digest: Digest?, signature: [UInt8])
  }

  public let content: Content
  /// The name that the signer gives its key. Nobody vouches for it.
  public let hint: String?
  /// Members that could say more about the signature (log entries, time stamps) and are not verified
  /// here, in words.
  public let unverified: [String]

  private init(content: Content, hint: String?, unverified: [String]) {
    self.content = content
    self.hint = hint
    self.unverified = unverified
  }

  /// Signs a payload, such as a statement. Clients want the key's name of the envelope to be that of the
  /// bundle.
  public init(
    attesting payload: [UInt8], payloadType: String, with key: SigningKey
  ) throws(SigningError) {
    let signed = try Envelope(signing: payload, payloadType: payloadType, with: [key])
    let hint = key.verificationKey.hint
    self.init(
      content: .envelope(
        Envelope(
          payloadType: payloadType, payload: payload,
          signatures: signed.signatures.map { .init(keyID: hint, bytes: $0.bytes) })),
      hint: hint, unverified: [])
  }

  /// Signs a file.
  public init(signing content: [UInt8], with key: SigningKey) throws(SigningError) {
    self.init(
      content: .message(
        digest: Digest.hashing(content), signature: try key.sign(content)),
      hint: key.verificationKey.hint, unverified: [])
  }

  // MARK: Reading and writing

  /// The JSON on one line, without an end of the line.
  public var jsonBytes: [UInt8] {
    var members: [(String, JSON)] = [
      ("mediaType", .string(Self.mediaType)),
      (
        "verificationMaterial",
        .object([
          ("publicKey", .object(hint.map { [("hint", .string($0))] } ?? [])),
          // Some readers insist on its being there.
          ("tlogEntries", []),
        ])
      ),
    ]
    switch content {
    case .envelope(let envelope): members.append(("dsseEnvelope", envelope.json))
    case .message(let digest, let signature):
      var message: [(String, JSON)] = []
      if let digest {
        message.append(
          (
            "messageDigest",
            .object([
              ("algorithm", .string(Self.sha256)), ("digest", .string(Base64.encode(digest.bytes))),
            ])
          ))
      }
      message.append(("signature", .string(Base64.encode(signature))))
      members.append(("messageSignature", .object(message)))
    }
    return JSON.object(members).compactBytes()
  }

  /// Whether JSON says of itself that it is a bundle.
  public static func isOne(_ bytes: [UInt8]) -> Bool {
    guard let json = try? JSON(parsing: bytes, file: "bundle") else { return false }
    return json["mediaType"] != nil
  }

  /// Reads a bundle. Members that nothing is known of are refused, and so is every key that it brings
  /// along. `file` is for messages.
  ///
  /// - Returns: the bundle, of which nothing has been verified.
  public static func parse(_ bytes: [UInt8], file: String) throws(SigningError) -> SigstoreBundle {
    try Envelope.document(bytes, file: file) { json throws(SignatureFault) in
      try SigstoreBundle(json)
    }
  }

  private init(_ json: JSON) throws(SignatureFault) {
    guard json.objectValue != nil else { throw .member("the bundle", "is not an object") }
    let type = json["mediaType"]?.stringValue ?? ""
    guard type == Self.mediaType || type == Self.otherMediaType else { throw .mediaType(type) }
    let bundle = try Members(
      json, "the bundle",
      known: ["mediaType", "verificationMaterial", "dsseEnvelope", "messageSignature"])
    let material = try Members(
      bundle["verificationMaterial"], "verificationMaterial",
      known: [
        "publicKey", "certificate", "x509CertificateChain", "tlogEntries",
        "timestampVerificationData",
      ])
    for name in ["certificate", "x509CertificateChain"] where material[name] != nil {
      throw .keyInside("verificationMaterial.\(name)")
    }
    guard let publicKey = material["publicKey"] else {
      throw .member("verificationMaterial.publicKey", "is missing")
    }
    for member in publicKey.objectValue?.members ?? [] where member.key != "hint" {
      throw .keyInside("verificationMaterial.publicKey.\(member.key)")
    }
    hint = try Members(publicKey, "verificationMaterial.publicKey", known: ["hint"]).text("hint")
    var unverified: [String] = []
    if let entries = material["tlogEntries"] {
      guard let list = entries.arrayValue else {
        throw .member("verificationMaterial.tlogEntries", "is not an array")
      }
      if !list.isEmpty { unverified.append("\(list.count) entries of a transparency log") }
    }
    if let stamps = material["timestampVerificationData"] {
      guard let object = stamps.objectValue else {
        throw .member("verificationMaterial.timestampVerificationData", "is not an object")
      }
      if !object.members.isEmpty { unverified.append("time stamps") }
    }
    self.unverified = unverified
    switch (bundle["dsseEnvelope"], bundle["messageSignature"]) {
    case (let envelope?, nil): content = .envelope(try Self.envelope(envelope))
    case (nil, let message?): content = try Self.message(message)
    default:
      throw .member("the bundle", "does not hold one of dsseEnvelope and messageSignature")
    }
  }

  private static func envelope(_ json: JSON) throws(SignatureFault) -> Envelope {
    let envelope = try Envelope(json)
    if let unknown = envelope.unknownMembers.first {
      throw .unknownMember("dsseEnvelope.\(unknown)")
    }
    guard envelope.signatures.count == 1 else {
      throw .tooManySignatures(envelope.signatures.count, limit: 1)
    }
    return envelope
  }

  private static func message(_ json: JSON) throws(SignatureFault) -> Content {
    let message = try Members(json, "messageSignature", known: ["messageDigest", "signature"])
    guard let signature = try message.bytes("signature"), !signature.isEmpty,
      signature.count <= Envelope.fieldLimit
    else { throw .member("messageSignature.signature", "is missing, or too long") }
    guard let member = message["messageDigest"] else {
      return .message(digest: nil, signature: signature)
    }
    let said = try Members(
      member, "messageSignature.messageDigest", known: ["algorithm", "digest"])
    guard try said.text("algorithm") == sha256 else {
      throw .member("messageSignature.messageDigest.algorithm", "is not \(sha256)")
    }
    guard let bytes = try said.bytes("digest"), let digest = Digest(bytes: bytes) else {
      throw .member("messageSignature.messageDigest.digest", "is not 32 bytes")
    }
    return .message(digest: digest, signature: signature)
  }

  // MARK: Verifying

  /// The payload of a bundle with an envelope, once one of `keys` has signed it (`Envelope.verified`).
  public func verifiedPayload(
    by keys: [VerificationKey], payloadType: String, file: String
  ) throws(SigningError) -> VerifiedPayload {
    guard case .envelope(let envelope) = content else {
      throw .signature(file: file, .member("dsseEnvelope", "is missing"))
    }
    return try envelope.verified(by: keys, payloadType: payloadType, file: file)
  }

  /// Fails unless the bundle is the signature of `bytes` by one of `keys`.
  ///
  /// - Returns: the key whose signature it is.
  @discardableResult
  public func verify(
    _ bytes: [UInt8], by keys: [VerificationKey], file: String
  ) throws(SigningError) -> VerificationKey {
    guard case .message(let digest, let signature) = content else {
      throw .signature(file: file, .member("messageSignature", "is missing"))
    }
    if let digest, digest != Digest.hashing(bytes) { throw .refused(file: file, .otherDigest) }
    return try RawSignature.verify(
      signature, of: bytes, by: keys, named: hint, file: file)
  }
}

/// The members of a JSON object in which nothing unknown may stand. A null is as good as nothing, as in
/// protobuf's JSON.
private struct Members {
  private let object: JSON.Object
  private let place: String

  init(_ json: JSON?, _ place: String, known: [String]) throws(SignatureFault) {
    guard let object = json?.objectValue else {
      throw .member(place, json == nil ? "is missing" : "is not an object")
    }
    for member in object.members where !known.contains(member.key) {
      throw .unknownMember("\(place).\(member.key)")
    }
    self.object = object
    self.place = place
  }

  subscript(name: String) -> JSON? {
    guard let value = object[name], !value.isNull else { return nil }
    return value
  }

  func text(_ name: String) throws(SignatureFault) -> String? {
    guard let value = self[name] else { return nil }
    guard let text = value.stringValue, text.utf8.count <= Envelope.fieldLimit else {
      throw .member("\(place).\(name)", "is not a string, or too long")
    }
    return text
  }

  func bytes(_ name: String) throws(SignatureFault) -> [UInt8]? {
    guard let text = try text(name) else { return nil }
    guard let bytes = Base64.decodeEither(text.utf8) else { throw .notBase64("\(place).\(name)") }
    return bytes
  }
}
