import Comparing
import Hashing
import Linux
import Testing

/// A private folder in which to compile and to lay out files; it goes away with its owner.
final class Workbench {
  let path: String

  init() throws {
    path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
  }

  deinit { try? FileSystem.removeTree(path) }

  /// Runs a program of the compiler's family in the folder.
  @discardableResult
  func run(_ arguments: String...) throws -> String {
    do {
      return try Command(
        arguments, environment: [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C")], directory: path,
        timeout: 60
      ).runChecked().text
    } catch CommandError.notFound(let program) {
      Issue.record("\(program) is missing: apt-get install gcc libc6-dev binutils")
      throw CommandError.notFound(program)
    }
  }

  /// Compiles C source into the file `name`.
  func compile(_ source: String, _ name: String, _ options: [String] = []) throws -> Artifact {
    try write(Array(source.utf8), "source.c")
    do {
      try Command(
        ["gcc", "source.c", "-o", name] + options,
        environment: [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C")], directory: path, timeout: 60
      ).runChecked()
    } catch CommandError.notFound {
      Issue.record("gcc is missing: apt-get install gcc libc6-dev binutils")
      throw CommandError.notFound("gcc")
    }
    return try artifact(name)
  }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> Artifact {
    try FileSystem.write(bytes, to: "\(path)/\(name)")
    return try artifact(name)
  }

  func bytes(_ artifact: Artifact) throws -> [UInt8] {
    try FileSystem.read(artifact.path)
  }

  func artifact(_ name: String) throws -> Artifact {
    try Artifact.examine(path: "\(path)/\(name)", name: name, kind: .bin, target: nil)
  }

  /// The rows that readelf prints for a file's sections, without the null section.
  func readelf(_ name: String) throws -> [SectionRow] {
    try run("readelf", "-SW", name).split(separator: "\n").compactMap { SectionRow($0) }
  }
}

/// A line of `readelf -SW`: `  [ 1] .interp  PROGBITS  0000000000000318 000318 00001c …`.
struct SectionRow {
  let name: String
  let type: String
  let offset: Int64
  let size: Int64

  init?(_ line: Substring) {
    guard let bracket = line.firstIndex(of: "]"), line.contains("[") else { return nil }
    let fields = line[line.index(after: bracket)...].split(separator: " ")
    guard fields.count > 4, let offset = Int64(fields[3], radix: 16),
      let size = Int64(fields[4], radix: 16)
    else { return nil }
    name = String(fields[0])
    type = String(fields[1])
    self.offset = offset
    self.size = size
  }

  var isStored: Bool { type != "NOBITS" && size > 0 }
}

/// SplitMix64: the same numbers in every run.
struct FixedNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) {
    state = seed
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }
}

extension FileDifference {
  /// `place` on one line: `archive member a.o+64 > ELF section .text+3`.
  var placeText: String? {
    place?.steps.map { "\($0.part.text)+\($0.offset)" }.joined(separator: " > ")
  }

  /// The paths of `parts`, one line each.
  var partTexts: [String] {
    parts.map { $0.path.map(\.text).joined(separator: " > ") }
  }
}

extension Part {
  var text: String { name.map { "\(kind.rawValue) \($0)" } ?? kind.rawValue }
}
