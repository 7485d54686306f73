// rooms: Failing CLinux Linux CCrypto Hashing Reading Signing Planning Attesting
// made: statements
import Attesting
import Hashing
import Reading
import Signing

/// Takes any bytes for what a trusted key signed, and for a file that nobody did. Whatever the statement
/// says, it is about no other artifact; one key and one builder are no quorum, and what nobody signed
/// is believed in no form.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let unsigned = Verification(
    artifacts: [Verification.Artifact(name: "app", digest: Digest.hashing(bytes))],
    materials: [Material(place: "input", bytes: bytes)], keys: keys.map(\.verificationKey),
    policy: nil, time: UTCTime(seconds: 0))
  precondition(!unsigned.isPassed && unsigned.attestations.isEmpty)

  let materials = keys.compactMap { key in
    (try? Envelope(signing: bytes, payloadType: Statement.payloadType, with: [key])).map {
      Material(place: "signed", bytes: $0.jsonBytes)
    }
  }
  let verification = Verification(
    artifacts: [Verification.Artifact(name: "app", digest: Digest.hashing(bytes))],
    materials: materials, keys: keys.map(\.verificationKey), policy: policy,
    time: UTCTime(seconds: 0))
  precondition(!verification.isPassed)
  for objection in verification.objections { precondition(!objection.message.isEmpty) }
  let quorum = Quorum(
    materials: materials, keys: keys.map(\.verificationKey), required: 2, artifacts: [],
    policy: nil, time: UTCTime(seconds: 0))
  precondition(!quorum.isReached && quorum.agreeing.count + quorum.repeated.count <= 2)
  precondition(!quorum.levels.contains(VerificationSummary.reproduced))
  return 0
}

// libFuzzer calls from one thread.
nonisolated(unsafe) private let keys: [SigningKey] = (0..<2).compactMap { _ in
  try? SigningKey.generate(.ed25519)
}

private let policy = try? VerificationPolicy(
  parsing: Array(
    """
    schema = 1
    [source]
    uri = "git+https://example.org/app"
    commit = "685f4048dfe2029c2522295a97c86612cc003d5b"
    level = "vendored"
    [builder]
    ids = ["https://example.org/builders/1"]
    [toolchain]
    trust = ["apt-signed"]
    [reproducibility]
    verdicts = ["identical"]
    variations = ["hostname"]
    denials = 7
    """.utf8), file: "policy")
