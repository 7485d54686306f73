import Explaining
import Failing
import Linux
import Testing

/// Archives, modules, plain files, folders.
@Suite struct ContainerTests {
  private func member(_ name: String, time: String = "0", mode: String = "100644", _ body: String)
    -> String
  {
    func field(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: width - text.utf8.count)
    }
    return field("\(name)/", 16) + field(time, 12) + field("0", 6) + field("0", 6) + field(mode, 8)
      + field(String(body.utf8.count), 10) + "`\n" + body + (body.utf8.count % 2 == 0 ? "" : "\n")
  }

  private func archive(_ members: [String]) -> [UInt8] {
    Array(("!<arch>\n" + members.joined()).utf8)
  }

  @Test func readsHeadersOfMembers() throws {
    let explanation = try Bench().explain(
      archive([member("a.o", time: "1764000000", "some body")]),
      archive([member("a.o", time: "1764000099", mode: "100755", "some body")]))
    #expect(explanation.causes == [.archiveHeader, .archiveHeader])
    #expect(Set(explanation.findings.map(\.detail)) == ["time", "mode"])
    #expect(explanation.explainedBytes == explanation.differingBytes)
  }

  @Test func findsMembersInAnotherOrder() throws {
    let explanation = try Bench().explain(
      archive([member("a.o", "first body"), member("b.o", "second body")]),
      archive([member("b.o", "second body"), member("a.o", "first body")]))
    #expect(explanation.causes == [.order])
    #expect(try explanation.finding(.order).evidence.first?.first == "a.o, b.o")
  }

  @Test func findsRandomNamesOfMembers() throws {
    let explanation = try Bench().explain(
      archive([member("1a2b3c4d5e6f7.o", "body")]), archive([member("7f6e5d4c3b2a1.o", "body")]))
    #expect(explanation.causes == [.archiveNames])
  }

  @Test func saysThatMetadataIsOpaque() throws {
    let explanation = try Bench().explain(
      archive([member("lib.rmeta", "rust\u{0}\u{1}\u{2}\u{3}")]),
      archive([member("lib.rmeta", "rust\u{0}\u{4}\u{2}\u{3}")]))
    #expect(explanation.causes.isEmpty)
    #expect(try explanation.finding(.crateMetadata).standing == .located)
  }

  // MARK: Modules

  private func section(_ number: UInt8, _ body: [UInt8]) -> [UInt8] {
    [number, UInt8(body.count)] + body
  }

  private func custom(_ name: String, _ body: [UInt8]) -> [UInt8] {
    section(0, [UInt8(name.utf8.count)] + Array(name.utf8) + body)
  }

  /// Two functions, `one` and `two`; the second returns `value`.
  private func module(returning value: UInt8, producer: String = "rustc 1.95.0") -> [UInt8] {
    [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0] + section(1, [1, 0x60, 0, 1, 0x7F]) + section(3, [2, 0, 0])
      + section(10, [2, 4, 0, 0x41, 1, 0x0B, 4, 0, 0x41, value, 0x0B])
      + custom("name", [1, 11, 2, 0, 3] + Array("one".utf8) + [1, 3] + Array("two".utf8))
      + custom("producers", Array(producer.utf8))
  }

  @Test func namesFunctionsOfModules() throws {
    let explanation = try Bench().explain(module(returning: 2), module(returning: 3))
    #expect(explanation.findings.map(\.cause) == [.code])
    #expect(explanation.findings[0].evidence.map(\.symbol) == ["two"])
  }

  @Test func namesProducers() throws {
    let explanation = try Bench().explain(
      module(returning: 2), module(returning: 2, producer: "rustc 1.96.0"))
    #expect(explanation.causes == [.compilerVersion])
  }

  // MARK: Plain files and folders

  @Test func explainsText() throws {
    let bench = try Bench()
    let explanation = try bench.explain(
      Array("static NAMES: [&str; 2] = [\n\"one\",\n\"other\",\n];\nbuilt 2026-11-21\n".utf8),
      Array("static NAMES: [&str; 2] = [\n\"one\",\n\"other\",\n];\nbuilt 2027-12-24\n".utf8))
    #expect(explanation.causes == [.embeddedTime])
  }

  @Test func comparesFolders() throws {
    let bench = try Bench()
    for (name, text) in [
      ("a/same", "x"), ("b/same", "x"), ("a/old", "x"), ("b/new", "x"), ("a/d/f", "built 12:34:56"),
      ("b/d/f", "built 12:35:57"),
    ] { try bench.write(text, name) }
    try FileSystem.makeSymlink("\(bench.path)/a/link", to: "one")
    try FileSystem.makeSymlink("\(bench.path)/b/link", to: "two")
    let comparison = try TreeComparison("\(bench.path)/a", "\(bench.path)/b")
    #expect(comparison.areFolders && !comparison.isIdentical)
    #expect(comparison.entries.map(\.name) == ["d/f", "link", "new", "old", "same"])
    #expect(comparison.entries[1].result == .different(nil))
    #expect(comparison.entries[2].result == .onlyInSecond)
    #expect(comparison.entries[3].result == .onlyInFirst)
    #expect(comparison.entries[4].result == .identical)
    guard case .different(let explanation?) = comparison.entries[0].result else {
      Issue.record("\(comparison.entries[0])")
      return
    }
    #expect(explanation.causes == [.embeddedTime])
    #expect(try TreeComparison("\(bench.path)/a", "\(bench.path)/a").isIdentical)
  }

  @Test func refusesWhatCannotBeCompared() throws {
    let bench = try Bench()
    let file = try bench.write("x", "a/file")
    try bench.run(["mkfifo", "a/pipe"])
    for (first, second, code) in [
      (file, "\(bench.path)/a", ExitCode.usage), ("\(bench.path)/a", file, .usage),
      (file, "\(bench.path)/none", .inputRejected), (file, "\(bench.path)/a/pipe", .inputRejected),
      ("\(bench.path)/a", "\(bench.path)/a", .inputRejected),
    ] {
      do throws(ExplainingError) {
        _ = try TreeComparison(first, second)
        Issue.record("\(first) and \(second) were compared")
      } catch {
        #expect(error.exitCode == code, "\(error.chain)")
      }
    }
  }

  // MARK: Size

  /// Two files of 1 GiB, nearly all of them holes.
  @Test(.timeLimit(.minutes(5))) func readsLargeFilesInLittleMemory() throws {
    let bench = try Bench()
    for (name, text) in [("first", "A"), ("second", "B")] {
      try bench.run(["truncate", "-s", "1G", name])
      try bench.write(text, "piece")
      try bench.run(
        ["dd", "if=piece", "of=\(name)", "bs=1", "seek=900000001", "conv=notrunc", "status=none"])
    }
    let explanation = try bench.explain("first", "second")
    #expect(explanation.differingBytes == 1)
    #expect(explanation.findings.map(\.cause) == [.tooLarge])
    #expect(explanation.findings[0].evidence.first?.firstOffset == 900_000_001)
  }
}
