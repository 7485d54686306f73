// rooms: Failing CCrypto Hashing Reading
// seeds: profiles/*.toml rootfs-recipes/*.toml
import Reading

/// Reads any bytes as TOML, the language of profiles, manifests, recipes and Cargo's files.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  _ = try? TOML.parse(bytes, file: "input")
  _ = try? Manifest(parsing: bytes, file: "input")
  _ = try? Recipe(parsing: bytes, file: "input")
  return 0
}
