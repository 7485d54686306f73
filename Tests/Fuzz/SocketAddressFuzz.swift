// files: Sources/Sandboxing/SocketAddress.swift Sources/Sandboxing/PrintableText.swift

/// What a refused program passed to connect(2): any bytes become printable ASCII of bounded length.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  let text = SocketAddress(bytes)?.detail ?? PrintableText.quoted(bytes)
  precondition(text.utf8.count < 4096 && text.utf8.allSatisfy { (0x20...0x7E).contains($0) })
  return 0
}
