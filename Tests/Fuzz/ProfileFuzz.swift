// rooms: Failing CCrypto Hashing Reading
// seeds: profiles/*.toml
import Reading

/// Reads any bytes as a profile; one that is accepted must survive all that is done with it.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let profile = try? Profile(parsing: bytes, file: "input", extending: { _ in nil }) else {
    return 0
  }
  precondition(profile.differences(from: profile).isEmpty)
  for rule in profile.syscalls.rules { _ = rule.alternatives }
  _ = profile.words(columns: 80)
  guard (try? JSON(parsing: profile.json.prettyBytes(), file: "json")) == profile.json else {
    fatalError("a profile whose JSON is none")
  }
  return 0
}
