internal import Comparing

/// An entry of a symbol table (System V gABI, "Symbol Table").
struct ELFSymbol {
  let name: SymbolName
  let address: Int64
  /// In bytes.
  let size: Int64
  /// Index of its section.
  let section: Int
  private let type: UInt8

  var isFunction: Bool { type == 2 }
  var isObject: Bool { type == 1 || type == 6 }
  /// The name of a source file or codegen unit.
  var isFile: Bool { type == 4 }

  /// More symbols than any program has; of a larger table the first are read.
  private static let limit = 1 << 20

  /// All that have a name, in the order of the table.
  static func read(_ table: Contents, names: Contents, isWide: Bool) -> [ELFSymbol] {
    let entrySize = isWide ? 24 : 16
    var symbols: [ELFSymbol] = []
    // Names may overlap in a crafted table, so that their length in all is bounded too.
    var nameBytes = 64 << 20
    for offset in stride(from: 0, to: table.count - entrySize + 1, by: entrySize) {
      guard symbols.count < limit, nameBytes > 0,
        let start = table.integer(at: offset, size: 4), start != 0,
        let info = table.integer(at: offset + (isWide ? 4 : 12), size: 1),
        let section = table.integer(at: offset + (isWide ? 6 : 14), size: 2),
        let address = table.integer(at: offset + (isWide ? 8 : 4), size: isWide ? 8 : 4),
        let size = table.integer(at: offset + (isWide ? 16 : 8), size: isWide ? 8 : 4),
        let name = names.string(at: Int(start), limit: 8192), let size = Int64(exactly: size)
      else { continue }
      nameBytes -= name.count + 1
      symbols.append(
        ELFSymbol(
          name: SymbolName(name), address: Int64(bitPattern: address), size: size,
          section: Int(section), type: UInt8(info & 15)))
    }
    return symbols
  }
}

extension ELFPair {
  mutating func readSymbols() {
    firstSymbols = Self.symbols(a)
    secondSymbols = Self.symbols(b)
    let named = firstSymbols.filter { $0.size > 0 && ($0.isFunction || $0.isObject) }
    firstSymbolsBySection = Dictionary(grouping: named.sorted { $0.address < $1.address }) {
      $0.section
    }
  }

  private static func symbols(_ side: Side) -> [ELFSymbol] {
    // SHT_SYMTAB, else SHT_DYNSYM.
    let tables =
      side.file.sections.filter { $0.type == 2 } + side.file.sections.filter { $0.type == 11 }
    guard let table = tables.first, let contents = side.contents[table.index],
      let names = side.contents[Int(clamping: table.link)]
    else { return [] }
    return ELFSymbol.read(contents, names: names, isWide: side.file.isWide)
  }
}
