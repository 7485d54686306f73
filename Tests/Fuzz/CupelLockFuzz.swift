// rooms: Failing CCrypto Hashing Reading
// made: cupel-lock
import Reading

/// Reads any bytes as cupel.lock; one that is accepted must survive being written and read.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let lock = try? Lock(parsing: bytes, file: "input") else { return 0 }
  precondition((try? Lock(parsing: Array(lock.render().utf8), file: "text")) == lock)
  return 0
}
