// rooms: Failing CLinux Linux CCrypto Hashing Reading Signing
// made: signatures
import Reading
import Signing

/// Reads any bytes as an envelope, a bundle, a signature of minisign, of SSH and of OpenPGP, and as keys;
/// what is accepted must survive being written and read again, and is signed by nobody.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let envelope = try? Envelope.parse(bytes, file: "input") {
    let again = try? Envelope.parse(envelope.jsonBytes, file: "again")
    precondition(again?.jsonBytes == envelope.jsonBytes && again?.payload == envelope.payload)
    let verified = try? envelope.verified(
      by: [stranger], payloadType: envelope.payloadType, file: "input")
    precondition(verified == nil)
  }
  if let bundle = try? SigstoreBundle.parse(bytes, file: "input") {
    let again = try? SigstoreBundle.parse(bundle.jsonBytes, file: "again")
    precondition(again?.content == bundle.content && again?.hint == bundle.hint)
    precondition((try? bundle.verify(bytes, by: [stranger], file: "input")) == nil)
  }
  if let signature = try? MinisignSignature(parsing: bytes, file: "input") {
    let again = try? MinisignSignature(parsing: signature.fileBytes, file: "again")
    precondition(again == signature)
    precondition((try? signature.verify(bytes, by: [], file: "input")) == nil)
  }
  _ = try? SSHSignature(bytes, file: "input")
  _ = try? OpenPGPSignature(bytes)
  _ = try? OpenPGPKeyring(bytes)
  if let key = try? VerificationKey(bytes, file: "input") {
    precondition((try? VerificationKey(key.pem, file: "again")) == key)
  }
  if let key = try? MinisignPublicKey(bytes, file: "input") {
    precondition((try? MinisignPublicKey(key.fileBytes, file: "again")) == key)
  }
  _ = try? SigningKey(bytes, file: "input", passphrase: .none)
  return 0
}

/// A key that has signed nothing of this.
private let stranger: VerificationKey = {
  guard let key = try? SigningKey.generate(.ed25519) else { fatalError("no key can be made") }
  return key.verificationKey
}()
