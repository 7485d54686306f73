import Explaining
import Linux
import Testing

/// Programs and objects that gcc made, each pair different for one known reason.
@Suite struct ProgramTests {
  private static let main = """
    #include <stdio.h>
    static int number(int x) { return x * 3 + NUMBER; }
    __attribute__((noinline)) int twice(int x) { return number(x) + number(x + 1); }
    int main(int argc, char **argv) { puts(TEXT); return twice(argc); }
    """

  private static func pair(
    _ bench: Bench, _ first: [String], _ second: [String], options: [String] = ["-O2"]
  ) throws -> Explanation {
    try bench.write(main, "main.c")
    for (name, own) in [("first", first), ("second", second)] {
      try bench.run(
        ["gcc", "main.c", "-o", name, "-Wl,--build-id=sha1", "-DNUMBER=7", "-DTEXT=\"text\""]
          + options + own)
    }
    let explanation = try bench.explain("first", "second")
    #expect(explanation.isConsistent)
    return explanation
  }

  private static func text(_ text: String) -> [String] { ["-UTEXT", "-DTEXT=\"\(text)\""] }

  @Test func namesPaths() throws {
    let explanation = try Self.pair(
      Bench(), Self.text("opened /home/a/project/src/lib.c"),
      Self.text("opened /opt/other-place/project/src/lib.c"))
    #expect(explanation.causes == [.sourcePath])
    #expect(
      try explanation.finding(.sourcePath).detail
        == "/home/a/project against /opt/other-place/project"
        || explanation.finding(.sourcePath).detail == "/home/a against /opt/other-place")
    #expect(try explanation.finding(.buildID).standing == .symptom)
  }

  @Test func namesDates() throws {
    let explanation = try Self.pair(
      Bench(), Self.text("built Nov 21 2026"), Self.text("built Dec 24 2027"))
    #expect(explanation.causes == [.embeddedTime])
    #expect(explanation.unexplainedBytes == 0)
    #expect(explanation.locatedBytes == 0)
    let evidence = try #require(try explanation.finding(.embeddedTime).evidence.first)
    #expect(evidence.part == ".rodata")
    #expect(evidence.first?.contains("Nov 21 2026") == true)
    #expect(evidence.second?.contains("Dec 24 2027") == true)
  }

  /// A build-id is nobody's reason.
  @Test func takesABuildIDForASymptom() throws {
    let bench = try Bench()
    let explanation = try Self.pair(
      bench, ["-Wl,--build-id=0x0102030405060708"], ["-Wl,--build-id=0x0102030405060709"])
    #expect(explanation.findings.map(\.cause) == [.buildID])
    #expect(explanation.causes.isEmpty)
  }

  @Test func namesFunctionsAndNumbers() throws {
    let explanation = try Self.pair(
      Bench(), ["-UNUMBER", "-DNUMBER=70000"], ["-UNUMBER", "-DNUMBER=90000"])
    #expect(explanation.causes.isEmpty)
    let located = explanation.findings.filter { $0.standing == .located }
    #expect(located.flatMap(\.evidence).allSatisfy { $0.part == ".text" && $0.symbol == "twice" })
    #expect(!located.isEmpty)
  }

  @Test func looksForTimesInCode() throws {
    let bench = try Bench()
    for (name, time) in [("first", "1764000000"), ("second", "1764003601")] {
      try bench.write("unsigned now(void) { return \(time)u; }", "now.c")
      try bench.run(["gcc", "-c", "-O2", "now.c", "-o", name])
    }
    let explanation = try bench.explain("first", "second")
    let finding = try explanation.finding(.embeddedTime)
    #expect(finding.isGuess)
    #expect(finding.evidence.first?.first == "1764000000")
    #expect(finding.evidence.first?.second == "1764003601")
  }

  @Test func namesWhatDebugInformationHolds() throws {
    let bench = try Bench()
    for folder in ["one", "another-one"] {
      try bench.write(Self.main, "\(folder)/main.c")
      try bench.run(
        ["gcc", "-g", "-c", "main.c", "-o", "../\(folder).o", "-DNUMBER=1", "-DTEXT=\"t\""],
        in: folder)
    }
    let explanation = try bench.explain("one.o", "another-one.o")
    #expect(explanation.causes == [.sourcePath])
    #expect(
      try explanation.finding(.sourcePath).detail
        == "\(bench.path)/one against \(bench.path)/another-one")
  }

  @Test func namesCompilers() throws {
    let bench = try Bench()
    _ = try Self.pair(bench, [], ["-g"])
    try FileSystem.write(Array("GCC: (Other 99.1) 99.1\0".utf8), to: "\(bench.path)/comment")
    try bench.run(["objcopy", "--update-section", ".comment=comment", "first", "third"])
    let explanation = try bench.explain("first", "third")
    #expect(explanation.causes == [.compilerVersion])
    #expect(try explanation.finding(.compilerVersion).detail.contains("Other 99.1"))
  }

  @Test func comparesSymbolsOfRust() throws {
    let bench = try Bench()
    for (name, hash) in [("first", "hf95c9f23a09829c8"), ("second", "h9aa6ef085f62329c")] {
      try bench.write("int _ZN4main5alpha17\(hash)E(void) { return 4; }", "\(name).c")
      try bench.run(["gcc", "-c", "-O2", "-x", "c", "\(name).c", "-o", "\(name).o"])
      try bench.run(["objcopy", "--strip-symbol=\(name).c", "\(name).o"])
    }
    let explanation = try bench.explain("first.o", "second.o")
    #expect(explanation.causes == [.crateHash])
    #expect(
      try explanation.finding(.crateHash).evidence.first?.first?.hasPrefix("main::alpha") == true)
  }

  @Test func saysWhichFunctionsCameAndWent() throws {
    let bench = try Bench()
    for (name, source) in [
      ("first", "int a(void){return 1;} int b(void){return 2;} int _start(void){return a()+b();}"),
      ("second", "int a(void){return 1;} int c(void){return 9;} int _start(void){return a()+c();}"),
    ] {
      try bench.write(source, "s.c")
      try bench.run(["gcc", "-O0", "-nostdlib", "-static", "s.c", "-o", name])
    }
    let explanation = try bench.explain("first", "second")
    let only = explanation.findings.filter { $0.detail.hasPrefix("functions only in") }
    #expect(only.flatMap(\.evidence).compactMap(\.symbol).sorted() == ["b", "c"])
  }

  @Test func isNilForEqualFiles() throws {
    let bench = try Bench()
    try bench.write("same", "first")
    try bench.write("same", "second")
    #expect(try Explanation("\(bench.path)/first", "\(bench.path)/second") == nil)
  }
}
