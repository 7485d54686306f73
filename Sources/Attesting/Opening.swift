internal import Failing
internal import Signing

/// How far a file with a statement was followed.
struct Opening {
  private(set) var checks: [Check] = []
  /// Nil where a check failed.
  private(set) var attestation: Attestation?

  /// Reads and verifies one, step by step; no step looks at what the one before it refused.
  init(_ material: Material, keys: [VerificationKey]) {
    do throws(Objection) {
      let envelope = try asking(.envelope, material) { () throws(Objection) in
        try Self.envelope(material)
      }
      let payload = try asking(.signature, material) { () throws(Objection) in
        try Self.verify(envelope, keys, material.place)
      }
      let statement = try asking(.statement, material) { () throws(Objection) in
        try Statement(parsing: payload.bytes)
      }
      let claims = try asking(.predicate, material) { () throws(Objection) in
        try Claims(statement)
      }
      attestation = Attestation(
        material: material, signers: payload.signers, statement: statement, claims: claims)
    } catch {
      // It stands in the list of checks.
    }
  }

  private mutating func asking<Value>(
    _ question: Check.Question, _ material: Material, _ body: () throws(Objection) -> Value
  ) throws(Objection) -> Value {
    do throws(Objection) {
      let value = try body()
      checks.append(Check(question, about: material.place, .passed))
      return value
    } catch {
      checks.append(Check(question, about: material.place, .failed(error)))
      throw error
    }
  }

  /// A DSSE envelope, or the one in a sigstore bundle.
  private static func envelope(_ material: Material) throws(Objection) -> Envelope {
    let envelope: Envelope
    do throws(SigningError) {
      envelope = try SignedFile.envelope(material.bytes, file: material.place)
    } catch {
      throw Objection(error)
    }
    if let member = envelope.unknownMembers.first {
      throw Objection(.envelopeExtraField, member)
    }
    return envelope
  }

  private static func verify(
    _ envelope: Envelope, _ keys: [VerificationKey], _ place: String
  ) throws(Objection) -> VerifiedPayload {
    do throws(SigningError) {
      return try envelope.verified(by: keys, payloadType: Statement.payloadType, file: place)
    } catch {
      throw Objection(error)
    }
  }
}

extension Objection {
  init(_ error: SigningError) {
    let code: Code =
      switch error {
      case .signature(_, .noSignatures): .noSignature
      case .signature(_, .keyInside): .keyInBundle
      case .signature(_, .tooLarge): .attestationUnreadable
      case .signature: .notAnEnvelope
      case .refused(_, .payloadType): .payloadType
      case .refused(_, .unknownKeys): .unknownKey
      case .refused: .badSignature
      default: .attestationUnreadable
      }
    self.init(code, error.chain)
  }
}
