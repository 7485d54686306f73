/// Which files a linker took bytes from, by the map that it wrote (`-Map`).
///
/// Knows the forms of LLVM's lld (lld/ELF/MapFile.cpp), GNU ld (ld/ldlang.c, `lang_map`), gold
/// (gold/mapfile.cc) and mold (elf/mapfile.cc).
public struct LinkMap: Sendable, Equatable {
  public enum Form: String, Sendable {
    case lld, bfd, gold, mold
  }

  /// A file, or a member of an archive, that the map names.
  public struct Input: Sendable, Equatable {
    /// As the linker was given it.
    public let file: String
    /// In an archive.
    public let member: String?
    /// Bytes of the output that came from it; 0 where nothing of it was kept.
    public internal(set) var size: Int64
  }

  /// A section of the output.
  public struct Section: Sendable, Equatable {
    public let name: String
    public let address: Int64
    /// In bytes.
    public let size: Int64
    /// What it is made of, in the order of the map.
    public internal(set) var pieces: [Piece] = []

    public init(name: String, address: Int64, size: Int64, pieces: [Piece] = []) {
      self.name = name
      self.address = address
      self.size = size
      self.pieces = pieces
    }
  }

  /// A stretch of a section.
  public struct Piece: Sendable, Equatable {
    public let address: Int64
    /// In bytes.
    public let size: Int64
    /// Whether it came from a file that the map names, and not from the linker itself.
    public let isFromFile: Bool

    public init(address: Int64, size: Int64, isFromFile: Bool) {
      self.address = address
      self.size = size
      self.isFromFile = isFromFile
    }
  }

  public let form: Form
  /// In the order in which the map first names them.
  public private(set) var inputs: [Input] = []
  /// In the order of the map.
  public private(set) var sections: [Section] = []

  private static let mostInputs = 1 << 18
  private static let mostSections = 1 << 16
  private static let mostPieces = 1 << 22
  private static let longestLine = 1 << 20

  /// - Throws: `ReadingError` with role `.input`: a map of another form, a line longer than 1 MiB,
  ///   more than 262144 files and members, 65536 sections or 4194304 pieces, a file name with control
  ///   characters or one that is not UTF-8.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    var number = 0
    func error(_ words: String) -> ReadingError {
      ReadingError(
        file: file, position: Position(line: max(number, 1), column: 1), role: .input,
        fact: .syntax(words))
    }
    var reader = LinkMapReader(head: bytes.prefix { $0 != UInt8(ascii: "\n") })
    var inputs = Inputs()
    var pieces = 0
    var start = bytes.startIndex
    while start < bytes.endIndex {
      let end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.endIndex
      let line = bytes[start..<end]
      start = end + 1
      number += 1
      guard line.count <= Self.longestLine else { throw error("a line of more than 1 MiB") }
      switch reader.read(line) {
      case nil: continue
      case .section(let name, let address, let size):
        guard sections.count < Self.mostSections else {
          throw error("more than \(Self.mostSections) sections")
        }
        sections.append(Section(name: text(name), address: address, size: size))
      case .piece(let name, let address, let size):
        pieces += 1
        guard pieces <= Self.mostPieces else { throw error("more than \(Self.mostPieces) pieces") }
        if let name {
          if let defect = inputs.add(name, size) { throw error(defect) }
        }
        if !sections.isEmpty {
          sections[sections.count - 1].pieces.append(
            Piece(address: address, size: size, isFromFile: name != nil))
        }
      case .member(let name):
        if let defect = inputs.add(name, 0) { throw error(defect) }
      }
      guard inputs.list.count <= Self.mostInputs else {
        throw error("more than \(Self.mostInputs) files")
      }
    }
    guard let form = reader.form else {
      number = 1
      throw error("a map of none of lld, GNU ld, gold and mold")
    }
    self.form = form
    self.inputs = inputs.list
  }

  /// Files and members as they are named, each once.
  private struct Inputs {
    var list: [Input] = []
    private var places: [[UInt8]: Int] = [:]

    /// What is wrong with the name, where something is.
    mutating func add(_ name: ArraySlice<UInt8>, _ size: Int64) -> String? {
      let key = Array(name)
      if let place = places[key] {
        let (sum, overflow) = list[place].size.addingReportingOverflow(size)
        list[place].size = overflow ? .max : sum
        return nil
      }
      if let defect = fileNameDefect(key) { return defect }
      places[key] = list.count
      // `libfoo.a(foo.o)`; that of thin archives looks the same.
      if name.last == UInt8(ascii: ")"), let open = name.lastIndex(of: UInt8(ascii: "(")),
        open > name.startIndex
      {
        list.append(
          Input(
            file: text(name[..<open]), member: text(name[(open + 1)...].dropLast()), size: size))
      } else {
        list.append(Input(file: text(name), member: nil, size: size))
      }
      return nil
    }
  }
}

/// Why a linker's word for a file is not believed: a line end in a name would make lines of the name's
/// choice out of it.
func fileNameDefect(_ name: [UInt8]) -> String? {
  if name.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
    return "a file name with control characters"
  }
  return String(validating: name, as: UTF8.self) == nil ? "a file name that is not UTF-8" : nil
}
