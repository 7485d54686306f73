import Explaining
import Linux
import Testing

/// A private folder in which to compile and to lay out files; it goes away with its owner.
final class Bench {
  let path: String

  init() throws {
    path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
  }

  deinit { try? FileSystem.removeTree(path) }

  /// Runs a program in the folder, or in one below it.
  @discardableResult
  func run(_ arguments: [String], in folder: String = ".") throws -> String {
    try Command(
      arguments, environment: [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C")],
      directory: "\(path)/\(folder)", timeout: 60
    ).runChecked().text
  }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try FileSystem.makeDirectories(FileSystem.split("\(path)/\(name)").parent)
    try FileSystem.write(bytes, to: "\(path)/\(name)")
    return "\(path)/\(name)"
  }

  @discardableResult
  func write(_ text: String, _ name: String) throws -> String {
    try write(Array(text.utf8), name)
  }

  func read(_ name: String) throws -> [UInt8] { try FileSystem.read("\(path)/\(name)") }

  /// The explanation of two files of the folder.
  func explain(_ first: String, _ second: String) throws -> Explanation {
    try #require(try Explanation("\(path)/\(first)", "\(path)/\(second)"))
  }

  func explain(_ first: [UInt8], _ second: [UInt8]) throws -> Explanation {
    try write(first, "first")
    try write(second, "second")
    return try explain("first", "second")
  }
}

extension Explanation {
  var causes: [Cause] { findings.filter { $0.standing == .cause }.map(\.cause) }

  func finding(_ cause: Cause) throws -> Finding {
    try #require(findings.first { $0.cause == cause }, "\(self)")
  }

  /// Whether the sums agree with each other.
  var isConsistent: Bool {
    unexplainedBytes >= 0 && explainedBytes >= 0 && locatedBytes >= 0
      && findings.allSatisfy { $0.evidence.count <= Finding.evidenceLimit && $0.bytes >= 0 }
      && findings.count <= Explanation.findingLimit
  }
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
