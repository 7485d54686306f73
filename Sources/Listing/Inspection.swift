public import Comparing
public import Hashing
public import Reading

/// What a binary says of itself: its ELF tables, and the packages in `.dep-v0`.
public struct Inspection: Sendable {
  public enum Relocations: String, Sendable {
    case none, partial, full
  }

  public let path: String
  /// In bytes.
  public let size: Int64
  public let digest: Digest
  /// `executable`, `position-independent executable`, `shared library`, `object`, `core dump` or
  /// `type N`.
  public let type: String
  /// 32 or 64.
  public let bits: Int
  public let isBigEndian: Bool
  public let machine: String
  public let interpreter: String?
  /// Nil in files without a dynamic section.
  public let dynamic: ELFDynamic?
  /// What becomes read-only before the program starts.
  public let relro: Relocations
  /// Nil where the file does not say (no `PT_GNU_STACK`): the kernel then decides by the machine.
  public let hasExecutableStack: Bool?
  /// Whether there is no symbol table besides the dynamic one.
  public let isStripped: Bool
  public let hasDebugInformation: Bool
  /// Lower-case hexadecimal.
  public let buildID: String?
  /// What compilers and linkers wrote into `.comment`, each once.
  public let compilers: [String]
  /// Nil where the file has no such section.
  public let dependencies: DependencyList?

  private static let longestInterpreter: Int64 = 4096
  private static let longestNotes: Int64 = 1 << 20
  private static let longestComment: Int64 = 1 << 20
  private static let mostCompilers = 256

  public init(_ path: String) throws(ListingError) {
    let region = Region(try comparing { () throws(ComparingError) in try OpenFile(path) })
    let head = try comparing { () throws(ComparingError) in
      try region.bytes(at: 0, count: min(4, Int(region.size)))
    }
    guard head == [0x7F, 0x45, 0x4C, 0x46] else { throw .notELF(path: path) }
    guard let file = try comparing({ () throws(ComparingError) in try ELFFile.read(region) }) else {
      throw .brokenELF(
        path: path, what: "its tables of sections or segments break the rules of ELF")
    }
    let (dynamic, isBroken) = try comparing { () throws(ComparingError) in
      try ELFDynamic.read(file, region)
    }
    guard !isBroken else {
      throw .brokenELF(path: path, what: "its dynamic section breaks the rules of ELF")
    }
    self.path = path
    size = region.size
    digest = try comparing { () throws(ComparingError) in try region.digest() }
    bits = file.isWide ? 64 : 32
    isBigEndian = file.isBigEndian
    machine = Self.machine(file.machine)
    interpreter = try Self.bytes(
      of: file.segments.first { $0.type == 3 }, in: region, limit: Self.longestInterpreter
    ).map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    self.dynamic = dynamic
    type = Self.type(file, isProgram: interpreter != nil || dynamic?.isMarkedPIE == true)
    // PT_GNU_RELRO and PT_GNU_STACK (Linux Standard Base, "Program Header").
    relro =
      !file.segments.contains { $0.type == 0x6474_E552 }
      ? .none : dynamic?.bindsNow == true ? .full : .partial
    hasExecutableStack = file.segments.first { $0.type == 0x6474_E551 }.map { $0.flags & 1 != 0 }
    isStripped = !file.sections.contains { $0.type == 2 }
    hasDebugInformation = file.sections.contains {
      $0.name == ".debug_info" || $0.name == ".zdebug_info"
    }
    buildID = try Self.buildID(file, region)
    compilers = try Self.compilers(file, region)
    dependencies = try Self.dependencies(file, region, path)
  }

  private static func type(_ file: ELFFile, isProgram: Bool) -> String {
    switch file.type {
    case 1: "object"
    case 2: "executable"
    case 3: isProgram ? "position-independent executable" : "shared library"
    case 4: "core dump"
    default: "type \(file.type)"
    }
  }

  /// System V gABI, "ELF Header", e_machine; the names of Rust's targets where there are any.
  private static func machine(_ number: Int64) -> String {
    switch number {
    case 3: "i386"
    case 8: "mips"
    case 20: "powerpc"
    case 21: "powerpc64"
    case 22: "s390x"
    case 40: "arm"
    case 43: "sparc64"
    case 62: "x86_64"
    case 183: "aarch64"
    case 243: "riscv"
    case 247: "bpf"
    case 258: "loongarch"
    default: "machine \(number)"
    }
  }

  private static func bytes(
    of segment: ELFFile.Segment?, in region: Region, limit: Int64
  ) throws(ListingError) -> [UInt8]? {
    guard let segment, segment.fileSize <= limit else { return nil }
    return try comparing { () throws(ComparingError) in
      try region.bytes(at: segment.offset, count: Int(segment.fileSize))
    }
  }

  private static func bytes(
    of section: ELFFile.Section, in region: Region, limit: Int64
  ) throws(ListingError) -> [UInt8]? {
    guard section.isStored, section.size <= limit else { return nil }
    return try comparing { () throws(ComparingError) in
      try region.bytes(at: section.offset, count: Int(section.size))
    }
  }

  /// The note NT_GNU_BUILD_ID, in a section or, where there are none, in a segment.
  private static func buildID(
    _ file: ELFFile, _ region: Region
  ) throws(ListingError) -> String? {
    for section in file.sections where section.name == ".note.gnu.build-id" {
      if let notes = try bytes(of: section, in: region, limit: longestNotes),
        let id = buildID(in: notes, isBigEndian: file.isBigEndian)
      {
        return id
      }
    }
    for segment in file.segments where segment.type == 4 {
      if let notes = try bytes(of: segment, in: region, limit: longestNotes),
        let id = buildID(in: notes, isBigEndian: file.isBigEndian)
      {
        return id
      }
    }
    return nil
  }

  /// Notes are sizes of name and description, a type, and both padded to four bytes (gABI, "Note
  /// Section").
  private static func buildID(in notes: [UInt8], isBigEndian: Bool) -> String? {
    func number(_ offset: Int) -> Int {
      let word = notes[offset..<(offset + 4)]
      return (isBigEndian ? Array(word) : word.reversed()).reduce(0) { $0 << 8 | Int($1) }
    }
    var offset = 0
    while notes.count - offset >= 12 {
      let nameSize = number(offset)
      let size = number(offset + 4)
      let name = offset + 12
      let description = name + (nameSize + 3) / 4 * 4
      guard nameSize <= notes.count, size <= notes.count, description + size <= notes.count else {
        return nil
      }
      if number(offset + 8) == 3, notes[name..<(name + nameSize)].elementsEqual("GNU\0".utf8) {
        return hexadecimal(notes[description..<(description + size)])
      }
      offset = description + (size + 3) / 4 * 4
    }
    return nil
  }

  private static func compilers(
    _ file: ELFFile, _ region: Region
  ) throws(ListingError) -> [String] {
    var found: [String] = []
    var seen: Set<[UInt8]> = []
    for section in file.sections where section.name == ".comment" {
      guard let bytes = try bytes(of: section, in: region, limit: longestComment) else { continue }
      for text in bytes.split(separator: 0) where seen.insert(Array(text)).inserted {
        if found.count < mostCompilers { found.append(String(decoding: text, as: UTF8.self)) }
      }
    }
    return found
  }

  private static func dependencies(
    _ file: ELFFile, _ region: Region, _ path: String
  ) throws(ListingError) -> DependencyList? {
    guard let section = file.sections.first(where: { $0.name == DependencyList.section }) else {
      return nil
    }
    let limit = DependencyList.sizeLimit
    guard let bytes = try bytes(of: section, in: region, limit: Int64(limit)) else {
      throw .badDependencyList(path: path, .notUnpacked(limit: limit))
    }
    do throws(DependencyListError) {
      return try DependencyList(section: bytes)
    } catch {
      throw .badDependencyList(path: path, error.defect)
    }
  }
}

/// Passes on what reading a binary gives, with this room's error around its.
func comparing<Result>(
  _ read: () throws(ComparingError) -> Result
) throws(ListingError) -> Result {
  do throws(ComparingError) {
    return try read()
  } catch {
    throw .comparing(error)
  }
}
