import Hashing
import Linux
import Testing

@testable import Building

@Suite struct LinkRecorderTests {
  private func unit(_ crate: String, _ outputs: [String], arguments: [String] = []) -> RecordedUnit
  {
    RecordedUnit(
      package: nil, kind: .foreignLibrary, crate: crate, hash: "-1", platform: nil, features: [],
      arguments: arguments, environment: [], sources: .none, dependencies: [],
      outputs: outputs.map {
        RecordedUnit.Output(name: $0, content: .file(size: 1, digest: .hashing("")))
      }, libraries: [], evidence: .kernel)
  }

  private func record(
    _ scratch: borrowing Scratch, _ units: [RecordedUnit], sizeLimit: Int64,
    end: FileTime? = Machine.wallClock
  ) throws -> [RecordedLink] {
    try LinkRecorder(
      Directory("\(scratch.path)/links"), target: Directory("\(scratch.path)/target"), trees: [],
      directory: "/build/src", sizeLimit: sizeLimit, ends: { _ in end }
    ).record(UnitRecord(units: units))
  }

  @Test func saysThatItCouldNotReadAll() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/links")
    try FileSystem.makeDirectories("\(scratch.path)/target")
    try FileSystem.write(
      Array("!<arch>\n".utf8), to: "\(scratch.path)/target/liba.a")
    try FileSystem.write(
      Array("!<arch>\n".utf8), to: "\(scratch.path)/target/libb.a")
    let units = [unit("a", ["liba.a"]), unit("b", ["libb.a"]), unit("c", ["liba.a"])]
    #expect(try record(scratch, units, sizeLimit: 24).map(\.defects) == [[], [], []])
    let short = try record(scratch, units, sizeLimit: 15)
    let words = "more than 15 bytes to read: some files were not looked at"
    #expect(short.map { $0.defects.contains(words) } == [false, true, true])
  }

  @Test func believesNothingWithoutAnEnd() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/links")
    try FileSystem.makeDirectories("\(scratch.path)/target")
    for name in ["a-1.map", "a-1.d"] {
      try FileSystem.write([], to: "\(scratch.path)/links/\(name)")
    }
    let arguments = [
      "--crate-name", "a", "--crate-type", "cdylib", "--emit=link", "-C", "extra-filename=-1",
    ]
    let units = [unit("a", ["liba.so"], arguments: arguments)]
    let words = "cargo did not say when the artifact was done"
    let without = try record(scratch, units, sizeLimit: 100, end: nil)
    #expect(without[0].defects.count { $0.contains(words) } == 2)
    let with = try record(scratch, units, sizeLimit: 100)
    #expect(!with[0].defects.contains { $0.contains(words) })
  }
}
