// rooms: Failing CCrypto Hashing Reading
// made: cargo-lock
import Reading

/// Reads any bytes as Cargo.lock, and judges what could be read.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let lock = try? CargoLock(parsing: bytes, file: "input") else { return 0 }
  try? lock.verify(file: "input", manifests: [], configurations: [])
  return 0
}
