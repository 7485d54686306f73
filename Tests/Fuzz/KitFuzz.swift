// rooms: Failing CCrypto Hashing Reading Planning
import Planning
import Reading

/// Reads any bytes as a kit, in pieces, as its manifest, inside an archive as its manifest, as a
/// compressed member and as its plan.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  parse(bytes)
  let size = Int64(bytes.count)
  parse(
    KitHeader.block(name: KitManifest.name, size: size) + bytes
      + [UInt8](repeating: 0, count: KitHeader.padding(after: size)) + KitHeader.end)
  if let manifest = try? KitManifest(parsing: bytes) {
    // What is accepted has one form.
    precondition((try? KitManifest(manifest.members))?.bytes == bytes)
  }
  var frame = ZstdFrame()
  if (try? frame.take(bytes[...])) != nil { _ = try? frame.finish() }
  _ = try? RecordedPlan(parsing: bytes, file: "input")
  _ = try? PublishedRecord(parsing: bytes, file: "input")
  return 0
}

private func parse(_ bytes: [UInt8]) {
  var parser = KitParser()
  var rest = bytes[...]
  do throws(KitError) {
    while !rest.isEmpty {
      var piece = rest.prefix(700)
      rest = rest.dropFirst(700)
      while try parser.next(&piece) != nil {}
    }
    try parser.finish()
  } catch {
    _ = error.message
  }
}
