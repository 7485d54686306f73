// rooms: Failing CCrypto Hashing Reading
// made: link-map
import Reading

/// What linkers wrote, among the processes of a hostile build: read or refused, and never more files
/// than lines.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
  if let map = try? LinkMap(parsing: bytes, file: "map") {
    precondition(map.inputs.count <= lines && map.inputs.allSatisfy { $0.size >= 0 })
  }
  if let rule = try? LinkInputs(parsing: bytes, file: "rule") {
    precondition(rule.files.count <= bytes.count)
  }
  return 0
}
