internal import Comparing

/// Two WebAssembly modules, section by section and function by function.
struct WasmPair {
  private static let sectionLimit: Int64 = 64 << 20
  private static let functionLimit = 1 << 20

  private let a: Region
  private let b: Region
  private let first: Layout
  private let second: Layout
  private let prefix: String

  init(_ a: Region, _ b: Region, _ first: Layout, _ second: Layout, prefix: String) {
    self.a = a
    self.b = b
    self.first = first
    self.second = second
    self.prefix = prefix
  }

  func explain(into ledger: inout Ledger) throws(ComparingError) {
    var waiting: [Part: [Int]] = [:]
    for index in second.extents.indices.reversed() {
      waiting[second.extents[index].part, default: []].append(index)
    }
    var order: [Int] = []
    for extent in first.extents {
      guard let index = waiting[extent.part]?.popLast() else {
        note(lone: extent, isFirst: true, into: &ledger)
        continue
      }
      order.append(index)
      try explain(extent, second.extents[index], into: &ledger)
    }
    for index in waiting.values.joined().sorted() {
      note(lone: second.extents[index], isFirst: false, into: &ledger)
    }
    if order != order.sorted() {
      ledger.note(
        .order, "the same sections in another order", bytes: 0, Finding.Evidence("module"))
    }
  }

  private func label(_ part: Part) -> String { prefix + Excerpt.name((part.name ?? "").utf8) }

  private func note(lone extent: Layout.Extent, isFirst: Bool, into ledger: inout Ledger) {
    let size = "\(extent.size) bytes"
    ledger.note(
      .onlyInOne, "sections only in \(isFirst ? "A" : "B")", bytes: Int(clamping: extent.size),
      Finding.Evidence(
        label(extent.part), at: nil, nil, isFirst ? size : nil, isFirst ? nil : size))
  }

  private func explain(
    _ x: Layout.Extent, _ y: Layout.Extent, into ledger: inout Ledger
  ) throws(ComparingError) {
    let name = label(x.part)
    guard let m = a.region(at: x.start, count: x.size), let n = b.region(at: y.start, count: y.size)
    else { return }
    guard max(x.size, y.size) <= Self.sectionLimit else {
      let bytes = try StreamedPair.differingBytes(m, n)
      if bytes > 0 { ledger.note(.tooLarge, bytes: Int(clamping: bytes), Finding.Evidence(name)) }
      return
    }
    guard let first = try m.bytes(at: 0, count: Int(m.size)),
      let second = try n.bytes(at: 0, count: Int(n.size)), first != second
    else { return }
    if x.part.kind == .wasmSection, x.part.name == "code",
      try explainCode(first, second, name, into: &ledger)
    {
      return
    }
    let fallback: (Cause, String) =
      switch x.part.name ?? "" {
      case "producers": (.compilerVersion, "producers")
      case "build_id": (.buildID, "")
      case "name": (.onlyInOne, "names of functions")
      case "type", "import", "function", "export", "element", "linking", "reloc.CODE", "reloc.DATA":
        (.symbolIndex, "")
      case "code": (.code, "functions without a name")
      case let name where name.hasPrefix(".debug"): (.debugInformation, "")
      default: (.data, "")
      }
    // The header of the section says its length.
    let alignment =
      first.count == second.count
      ? BlockAlignment.positional(first, second) : BlockAlignment.moving(first, second)
    ContentPair(Contents(bytes: first), Contents(bytes: second), label: name, fallback: fallback)
      .explain(alignment.gaps, into: &ledger)
    if alignment.movedBytes > 0 {
      ledger.note(
        .order, "the same pieces in another order", places: alignment.movedMatches.count,
        bytes: alignment.movedBytes, Finding.Evidence(name))
    }
  }

  // MARK: Functions

  private struct Function {
    let name: String
    let range: Range<Int>
  }

  /// False where the section breaks the rules.
  private func explainCode(
    _ first: [UInt8], _ second: [UInt8], _ label: String, into ledger: inout Ledger
  ) throws(ComparingError) -> Bool {
    guard let x = try functions(first, a, self.first), let y = try functions(second, b, self.second)
    else { return false }
    var waiting: [String: [Function]] = [:]
    for function in y.reversed() { waiting[function.name, default: []].append(function) }
    for function in x {
      guard let other = waiting[function.name]?.popLast() else {
        ledger.note(
          .code, "functions only in A", bytes: function.range.count,
          Finding.Evidence(label, symbol: function.name, at: function.range.lowerBound))
        continue
      }
      if first[function.range].elementsEqual(second[other.range]) { continue }
      let (m, n) = (Array(first[function.range]), Array(second[other.range]))
      var bytes: Int
      if m.count == n.count {
        bytes = BlockAlignment.positional(m, n).gaps.reduce(0) { $0 + $1.count }
      } else {
        let ends = TextDifference.commonEnds(m, n)
        bytes = max(m.count, n.count) - ends.prefix - ends.suffix
      }
      bytes = max(bytes, 1)
      ledger.note(
        .code, "functions of which instructions differ", bytes: bytes,
        Finding.Evidence(
          label, symbol: function.name, at: function.range.lowerBound, other.range.lowerBound,
          "\(m.count) bytes", "\(n.count) bytes"))
    }
    for function in waiting.values.joined().sorted(by: { $0.range.lowerBound < $1.range.lowerBound }
    ) {
      ledger.note(
        .code, "functions only in B", bytes: function.range.count,
        Finding.Evidence(label, symbol: function.name, at: nil, function.range.lowerBound))
    }
    return true
  }

  /// The bodies in a code section, under the names of the `name` section where it has some.
  private func functions(
    _ code: [UInt8], _ region: Region, _ layout: Layout
  ) throws(ComparingError) -> [Function]? {
    var reader = LEBReader(code, at: 1)
    guard reader.integer() != nil, let count = reader.integer(), count <= Self.functionLimit else {
      return nil
    }
    let names = try functionNames(region, layout)
    let imported = try importedFunctions(region, layout)
    var functions: [Function] = []
    for index in 0..<count {
      guard let size = reader.integer(), let range = reader.skip(size) else { return nil }
      functions.append(
        Function(name: names[index + imported] ?? "function \(index + imported)", range: range))
    }
    return functions
  }

  private func section(
    _ name: String, _ kind: Part.Kind, _ region: Region, _ layout: Layout
  ) throws(ComparingError) -> [UInt8]? {
    guard let extent = layout.extents.first(where: { $0.part == Part(kind, name) }),
      extent.size <= Self.sectionLimit
    else { return nil }
    return try region.bytes(at: extent.start, count: Int(extent.size))
  }

  /// Subsection 1 of the `name` section (Core Specification, appendix "Custom Sections").
  private func functionNames(
    _ region: Region, _ layout: Layout
  ) throws(ComparingError) -> [Int: String] {
    guard let bytes = try section("name", .wasmCustomSection, region, layout) else { return [:] }
    var reader = LEBReader(bytes, at: 1)
    guard reader.integer() != nil, let length = reader.integer(), reader.skip(length) != nil else {
      return [:]
    }
    var names: [Int: String] = [:]
    var left = 64 << 20
    while let kind = reader.byte(), let size = reader.integer() {
      guard kind == 1 else {
        guard reader.skip(size) != nil else { return names }
        continue
      }
      guard let count = reader.integer() else { return names }
      for _ in 0..<min(count, Self.functionLimit) {
        guard let index = reader.integer(), let length = reader.integer(),
          let range = reader.skip(length)
        else { return names }
        left -= length
        if left < 0 { return names }
        names[index] = SymbolName(bytes[range].prefix(8192)).shown
      }
      return names
    }
    return names
  }

  /// How many functions come from outside; they are numbered first.
  private func importedFunctions(
    _ region: Region, _ layout: Layout
  ) throws(ComparingError) -> Int {
    guard let bytes = try section("import", .wasmSection, region, layout) else { return 0 }
    var reader = LEBReader(bytes, at: 1)
    guard reader.integer() != nil, let count = reader.integer() else { return 0 }
    var functions = 0
    for _ in 0..<min(count, Self.functionLimit) {
      for _ in 0..<2 {
        guard let length = reader.integer(), reader.skip(length) != nil else { return functions }
      }
      switch reader.byte() {
      case 0:
        functions += 1
        guard reader.integer() != nil else { return functions }
      case 1:
        guard reader.byte() != nil, reader.skipLimits() else { return functions }
      case 2: guard reader.skipLimits() else { return functions }
      case 3: guard reader.skip(2) != nil else { return functions }
      case 4: guard reader.byte() != nil, reader.integer() != nil else { return functions }
      default: return functions
      }
    }
    return functions
  }
}

/// Reads what stands one after the other in a module.
struct LEBReader {
  private let bytes: [UInt8]
  private var position: Int

  init(_ bytes: [UInt8], at position: Int) {
    self.bytes = bytes
    self.position = position
  }

  mutating func byte() -> UInt8? {
    guard position < bytes.count else { return nil }
    position += 1
    return bytes[position - 1]
  }

  /// Unsigned LEB128 of at most 32 bits.
  mutating func integer() -> Int? {
    var value = 0
    for shift in stride(from: 0, to: 35, by: 7) {
      guard let byte = byte() else { return nil }
      value |= Int(byte & 0x7F) << shift
      if byte & 0x80 == 0 { return value <= Int(UInt32.max) ? value : nil }
    }
    return nil
  }

  /// The range of the next `count` bytes, behind which reading goes on.
  mutating func skip(_ count: Int) -> Range<Int>? {
    guard count >= 0, count <= bytes.count - position else { return nil }
    position += count
    return (position - count)..<position
  }

  /// The limits of a table or memory.
  mutating func skipLimits() -> Bool {
    guard let flags = byte(), integer() != nil else { return false }
    return flags & 1 == 0 || integer() != nil
  }
}
