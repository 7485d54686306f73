// rooms: Failing CCrypto Hashing Reading
import Reading

/// Reads any bytes as an SBOM and as the list of packages in a binary. A list that is accepted must be
/// the same when it is written and read again.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  _ = try? PublishedBill(parsing: bytes, file: "input")
  for section in [bytes, ZlibStream.pack(bytes)] {
    guard let list = try? DependencyList(section: section) else { continue }
    precondition((try? DependencyList(section: list.sectionBytes)) == list)
  }
  return 0
}
