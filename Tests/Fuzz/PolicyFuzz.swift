// rooms: Failing CCrypto Hashing Reading
// made: policies
import Reading

/// Reads any bytes as an auditor's policy; one that is accepted is the same when it is read again, and
/// so are the moments in it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let policy = try? VerificationPolicy(parsing: bytes, file: "input") {
    precondition((try? VerificationPolicy(parsing: bytes, file: "again")) == policy)
    for key in policy.keys {
      for time in [key.notBefore, key.notAfter].compactMap(\.self) {
        precondition(UTCTime(iso: time.text) == time)
      }
    }
  }
  return 0
}
