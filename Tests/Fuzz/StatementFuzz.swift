// rooms: Failing CLinux Linux CCrypto Hashing Reading Signing Planning Attesting
// made: statements
import Attesting
import Reading
import Signing

/// Reads any bytes as a statement, and as lines of envelopes. A statement that is accepted must be
/// the same when it is written and read again.
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
  return 0
}
