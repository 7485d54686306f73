import Comparing
import Hashing
import Linux
import Testing

@Suite struct ComparisonTests {
  private static func artifact(_ name: String, _ text: String, _ bench: Workbench) throws
    -> Artifact
  {
    let serial = try Directory(bench.path).entries().count
    try bench.write(Array(text.utf8), "\(serial)")
    return try Artifact.examine(
      path: "\(bench.path)/\(serial)", name: name, kind: .cdylib, target: "wasm32-wasip1")
  }

  @Test func examinesAFile() throws {
    let bench = try Workbench()
    let bytes = (0..<(3 << 20) + 17).map { UInt8(truncatingIfNeeded: $0 &* 7) }
    let artifact = try bench.write(bytes, "file")
    #expect(artifact.size == Int64(bytes.count))
    #expect(artifact.digest == Digest.hashing(bytes))
    #expect(artifact.path == "\(bench.path)/file")
  }

  @Test func findsTheFirstByteAcrossBuffers() throws {
    let bench = try Workbench()
    let bytes = [UInt8](repeating: 5, count: (2 << 20) + 5000)
    let first = try bench.write(bytes, "first")
    for offset in [0, 4095, 4096, (1 << 20) - 1, 1 << 20, (2 << 20) + 4999] {
      var changed = bytes
      changed[offset] = 6
      changed[changed.count - 1] = 6
      let difference = try #require(
        try FileDifference.between(first, try bench.write(changed, "second")))
      #expect(difference.firstOffset == Int64(offset))
      #expect(difference.differingBlocks == (offset == changed.count - 1 ? 1 : 2))
      #expect(difference.place == nil)
    }
  }

  @Test func countsTheBlocksOfALongerFileOnce() throws {
    let bench = try Workbench()
    let first = try bench.write([UInt8](repeating: 5, count: 5000), "first")
    var bytes = [UInt8](repeating: 5, count: 8192)
    #expect(
      try FileDifference.between(first, try bench.write(bytes, "second"))?.differingBlocks == 1)
    bytes[4500] = 6
    #expect(
      try FileDifference.between(first, try bench.write(bytes, "second"))?.differingBlocks == 1)
    bytes.append(5)
    let difference = try FileDifference.between(first, try bench.write(bytes, "second"))
    #expect(difference?.differingBlocks == 2)
    #expect(difference?.isPrefix == false)
    let empty = try bench.write([], "empty")
    #expect(try FileDifference.between(empty, first)?.differingBlocks == 2)
    #expect(try FileDifference.between(empty, empty) == nil)
  }

  @Test func matchesByNameInTheOrderOfBytes() throws {
    let bench = try Workbench()
    let first = [
      try Self.artifact("z", "same", bench), try Self.artifact("a", "one", bench),
      try Self.artifact("left", "l", bench), try Self.artifact("\u{E9}", "composed", bench),
    ]
    let second = [
      try Self.artifact("e\u{301}", "composed", bench), try Self.artifact("a", "two", bench),
      try Self.artifact("z", "same", bench), try Self.artifact("right", "r", bench),
    ]
    let comparison = try Comparison(first, second)
    #expect(
      comparison.entries.map { Array($0.name.utf8) }
        == ["a", "e\u{301}", "left", "right", "z", "\u{E9}"].map { Array($0.utf8) })
    guard case .different = comparison.entries[0].result else {
      Issue.record("one and two are not different")
      return
    }
    #expect(
      comparison.entries.dropFirst().map(\.result)
        == [.onlyInSecond, .onlyInFirst, .onlyInSecond, .identical, .onlyInFirst])
    #expect(comparison.entries[4].first?.path == first[0].path)
    #expect(comparison.entries[4].second?.path == second[2].path)
    #expect(try Self.verdict(first, second, variations: ["uid"]) == .different)
  }

  @Test func saysIdenticalOnlyOfSomething() throws {
    let bench = try Workbench()
    let a = try Self.artifact("a", "same", bench)
    let b = try Self.artifact("a", "same", bench)
    #expect(try Self.verdict([a], [b], variations: ["x"]) == .identical(variations: ["x"]))
    #expect(try Self.verdict([a], []) == .different)
    #expect(try Self.verdict([], [b]) == .different)
    #expect(try Self.verdict([], []) == .notCompared(.noArtifacts))
  }

  private static func verdict(
    _ first: [Artifact], _ second: [Artifact], variations: [String] = []
  ) throws -> Verdict {
    try LegComparison(first, [("B", second)]).verdict(variations: variations)
  }

  @Test func everyLegIsComparedWithTheFirst() throws {
    let bench = try Workbench()
    let first = [
      try Self.artifact("early", "1", bench), try Self.artifact("late", "1", bench),
      try Self.artifact("same", "1", bench), try Self.artifact("often", "1", bench),
    ]
    let b = [
      try Self.artifact("early", "2", bench), try Self.artifact("late", "1", bench),
      try Self.artifact("same", "1", bench), try Self.artifact("often", "1", bench),
    ]
    let c = [
      try Self.artifact("early", "1", bench), try Self.artifact("late", "3", bench),
      try Self.artifact("same", "1", bench), try Self.artifact("new", "3", bench),
    ]
    let comparison = try LegComparison(first, [("B", b), ("C", c), ("D", first)])
    #expect(comparison.differingLegs == ["B", "C"])
    #expect(comparison.verdict(variations: []) == .different)
    #expect(comparison.entries.map(\.name) == ["early", "late", "new", "often", "same"])
    #expect(comparison.entries.map(\.differingLegs) == [["B"], ["C"], ["C"], ["C"], []])
    #expect(comparison.entries[0].second?.path == b[0].path)
    #expect(comparison.entries[1].second?.path == c[1].path)
    #expect(comparison.entries[2].result == .onlyInSecond)
    #expect(comparison.entries[3].result == .onlyInFirst)
    #expect(comparison.entries[4].result == .identical)
    let alike = try LegComparison(first, [("B", first), ("C", first)])
    #expect(alike.verdict(variations: ["x"]) == .identical(variations: ["x"]))
  }

  @Test func refusesTwoArtifactsOfOneName() throws {
    let bench = try Workbench()
    let a = try Self.artifact("a", "same", bench)
    do {
      _ = try Comparison([a], [a, a])
      Issue.record("two artifacts of one name were accepted")
    } catch {
      #expect(error.message == "comparing artifacts: one build has two named `a`")
    }
  }

  @Test func refusesAFileThatChanged() throws {
    let bench = try Workbench()
    let first = try bench.write(Array("same".utf8), "first")
    let second = try bench.write(Array("same".utf8), "second")
    for text in ["sAme", "longer"] {
      try bench.write(Array(text.utf8), "second")
      do {
        _ = try FileDifference.between(first, second)
        Issue.record("a file that changed was accepted")
      } catch {
        #expect(error.message == "comparing \(bench.path)/second: it changed meanwhile")
      }
    }
  }

  @Test func refusesWhatIsNotARegularFile() throws {
    let bench = try Workbench()
    try bench.run("mkfifo", "pipe")
    try FileSystem.makeSymlink("\(bench.path)/link", to: "/etc/passwd")
    for name in ["pipe", "link", "."] {
      do {
        _ = try bench.artifact(name)
        Issue.record("\(name) was accepted")
      } catch let error as ComparingError {
        #expect(error.message == "comparing \(bench.path)/\(name): not a regular file")
      }
    }
    do {
      _ = try bench.artifact("nothing")
      Issue.record("a missing file was accepted")
    } catch let error as ComparingError {
      #expect(error.cause != nil)
    }
  }
}
