/// Finds the sections of a WebAssembly module of version 1 (WebAssembly Core Specification, "Binary
/// Format: Modules"). Components count as unknown.
struct WasmReader {
  /// By number; 0 is for custom sections.
  private static let names = [
    "custom", "type", "import", "function", "table", "memory", "global", "export", "start",
    "element", "code", "data", "data count", "tag",
  ]

  static func layout(of region: Region) throws(ComparingError) -> Layout? {
    guard let header = try region.bytes(at: 0, count: 8),
      header.elementsEqual([0x00, 0x61, 0x73, 0x6D, 0x01, 0x00, 0x00, 0x00])
    else { return nil }
    var reader = NameReader()
    var extents: [Layout.Extent] = []
    var offset: Int64 = 8
    while offset < region.size {
      guard extents.count < Layout.partLimit,
        let number = try region.bytes(at: offset, count: 1)?.first, number < names.count,
        let size = try integer(in: region, at: offset + 1),
        let contents = region.region(at: size.end, count: size.value)
      else { return nil }
      var part = Part(.wasmSection, names[Int(number)])
      if number == 0 {
        guard let name = try customName(in: contents, &reader) else { return nil }
        part = Part(.wasmCustomSection, name)
      }
      let end = size.end + size.value
      extents.append(Layout.Extent(part, start: offset, size: end - offset))
      offset = end
    }
    return Layout(.wasm, [Layout.Extent(Part(.wasmHeader), start: 0, size: 8)], extents)
  }

  private static func customName(
    in contents: Region, _ reader: inout NameReader
  ) throws(ComparingError) -> String? {
    guard let length = try integer(in: contents, at: 0), length.value <= NameReader.nameLimit,
      let bytes = try contents.bytes(at: length.end, count: Int(length.value))
    else { return nil }
    return reader.name(bytes)
  }

  /// An unsigned 32-bit integer in LEB128, at most 5 bytes, and the offset behind it.
  private static func integer(
    in region: Region, at offset: Int64
  ) throws(ComparingError) -> (value: Int64, end: Int64)? {
    guard offset <= region.size,
      let bytes = try region.bytes(at: offset, count: Int(min(5, region.size - offset)))
    else { return nil }
    var value: Int64 = 0
    for (index, byte) in bytes.enumerated() {
      value |= Int64(byte & 0x7F) << (7 * index)
      if byte & 0x80 == 0 {
        return value <= UInt32.max ? (value, offset + Int64(index) + 1) : nil
      }
    }
    return nil
  }
}
