// rooms: Failing CLinux Linux CCrypto Hashing Reading Signing Planning Attesting
// seeds: Tests/AttestingTests/Golden/*.json
import Attesting
import Reading
import Signing

/// Reads any bytes as a statement, as an envelope around one, as lines of them and as a policy. A
/// statement that is accepted must be the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let statement = try? Statement(parsing: bytes) {
    if let written = try? statement.bytes() {
      precondition((try? Statement(parsing: written))?.subjects == statement.subjects)
    }
    _ = try? Claims(statement)
  }
  for material in (try? Material.split(bytes, file: "input.jsonl")) ?? [] {
    _ = try? Envelope.parse(material.bytes, file: material.place)
  }
  _ = try? VerificationPolicy(parsing: bytes, file: "input")
  return 0
}
