import Building
import Explaining
import Hashing
import Linux
import Planning
import Reading
import Testing

@testable import Reporting

/// `report.html` and `explain.json`.
@Suite struct PageTests {
  /// Two programs that differ in what gcc can make differ: a text, an order, machine code.
  static func programs(_ bench: borrowing Bench) throws -> [(name: String, text: [UInt8])] {
    let source = """
      #include <stdio.h>
      static const char *const trees[] = {PLACE "/main.c", "hazel", "birch", "damson"};
      int main(int count, char **names) {
        for (int i = 0; i < 4; i++) printf("%s %d\\n", trees[(i + count) % 4], STAMP);
        return count;
      }
      """
    try FileSystem.write(Array(source.utf8), to: "\(bench.path)/main.c")
    var made: [(String, [UInt8])] = []
    for (leg, place, stamp) in [
      ("A", "/home/ada/work/server/src", 1), ("B", "/home/grace/elsewhere/server/src", 700),
    ] {
      try Command(
        [
          "gcc", "-O1", "-DPLACE=\"\(place)\"", "-DSTAMP=\(stamp)", "-Wl,--build-id=sha1", "-o",
          "\(bench.path)/program-\(leg)", "\(bench.path)/main.c",
        ], timeout: 60
      ).runChecked()
      made.append((leg, try FileSystem.read("\(bench.path)/program-\(leg)")))
    }
    return made
  }

  /// A report in which everything stands that a page can show.
  static func full(_ bench: borrowing Bench) throws -> BuildReport {
    let programs = try programs(bench)
    let (first, second) = try Workspace.legs(in: "\(bench.path)/copies")
    let blame = Blame(first, second)
    let script = try #require(blame.findings.firstIndex { $0.unit.kind == .buildScriptRun })
    let explanation = try Explanation("\(bench.path)/program-A", "\(bench.path)/program-B")
    return try bench.report(
      [("client", Array("same".utf8)), ("notes", Array("x".utf8)), ("server", programs[0].text)],
      [("client", Array("same".utf8)), ("server", programs[1].text)], revision: Bench.revision,
      units: first,
      blame: blame, explanations: explanation.map { ["server": $0] } ?? [:],
      causes: [
        script: UnitCause(
          variations: [.readdir], certainty: .certain, flips: 5, trials: 5,
          ruledOut: [.hostname, .random, .locale], stage: .output)
      ])
  }

  /// Looks at a page. Where CUPEL_SCREENSHOTS names a folder, page and pictures are left there.
  static func browse(_ page: [UInt8], _ bench: borrowing Bench, _ name: String) throws -> JSON {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    try FileSystem.write(page, to: "\(bench.path)/report.html")
    let output = try Command(
      ["python3", "/\(folder)/browse.py", "\(bench.path)/report.html", bench.path], timeout: 180
    ).run()
    try #require(output.status == 0, "\(output.errorText)")
    if let place = Machine.environment("CUPEL_SCREENSHOTS") {
      for view in ["light-wide", "dark-wide", "light-narrow", "dark-narrow"] {
        let picture = try FileSystem.read("\(bench.path)/\(view).png")
        try FileSystem.write(picture, to: "\(place)/\(name)-\(view).png")
      }
      try FileSystem.write(page, to: "\(place)/\(name).html")
    }
    return try JSON(parsing: output.standardOutput, file: "browse.py")
  }

  /// What holds of any page in a browser.
  static func expectSound(_ seen: JSON) throws {
    #expect(seen["messages"]?.arrayValue == [])
    #expect(seen["requests"]?.arrayValue == [])
    let views = try #require(seen["views"]?.objectValue?.members)
    #expect(views.map(\.key) == ["light-wide", "light-narrow", "dark-wide", "dark-narrow"])
    for view in views {
      #expect((view.value["overflow"]?.integerValue ?? 1) <= 0, "\(view.key) is too wide")
      #expect((view.value["lines"]?.integerValue ?? 0) > 100, "\(view.key) is blank")
      let contrast = view.value["contrast"]
      #expect((contrast?[0]?.doubleValue ?? 0) >= 4.5, "\(view.key): \(contrast as Any)")
    }
    #expect(views[0].value["paper"] != views[2].value["paper"])
    #expect((seen["linesWithoutScripts"]?.integerValue ?? 0) > 100)
    #expect(seen["unnamed"]?.integerValue == 0)
    let structure = seen["structure"]
    #expect(structure?["landmarks"]?.arrayValue == [1, 1, 1, 1])
    #expect(structure?["scripts"] == 0)
    #expect(structure?["duplicates"] == 0 && structure?["dangling"] == 0)
    // No level is left out on the way down.
    let levels = structure?["headings"]?.arrayValue?.compactMap {
      $0.stringValue.flatMap { Int($0.dropFirst()) }
    }
    for (level, next) in zip(levels ?? [], (levels ?? []).dropFirst()) {
      #expect(next <= level + 1)
    }
    #expect(levels?.first == 1)
  }

  @Test func thePageIsSoundInABrowser() throws {
    let bench = try Bench()
    let page = try Self.full(bench).page(output: "cupel-out")
    let seen = try Self.browse(page, bench, "full")
    try Self.expectSound(seen)
    let text = try #require(seen["structure"]?["text"]?.stringValue)
    for words in [
      "different", "2 of 3 artifacts came out differently",
      "It began in build script of gen 0.2.1 (run): OUT_DIR/trees.rs differs.",
      "order in which folders list their entries", "certain",
      "sort the folder's entries before they are used", "cupel replay cupel-out --unit gen",
      "the hazel has 35 rings", "≠ differs", "= same", "By section", ".rodata",
    ] {
      #expect(text.contains(words), "\(words)")
    }
    // The skip link first, then everything by Tab alone, and Enter opens what is closed.
    let focused = try #require(seen["focused"]?.arrayValue)
    #expect(focused.first?[1] == "Skip to the content")
    #expect(focused.contains { $0[0] == "opened" && $0[1] == "True" })
    #expect(focused.contains { $0[1] == "Graph of the units" })
    #expect(focused.count < 120)
    #expect((seen["printed"]?.integerValue ?? 0) > 10_000)
  }

  @Test func latentDifferencesHaveAPage() throws {
    let bench = try Bench()
    let (first, second) = try Workspace.legs(in: "\(bench.path)/copies")
    let report = try bench.report(
      [("app", "x")], [("app", "x")], units: first, blame: Blame(first, second))
    let seen = try Self.browse(report.page(output: "out"), bench, "latent")
    try Self.expectSound(seen)
    let text = seen["structure"]?["text"]?.stringValue ?? ""
    #expect(text.contains("identical, latent differences"))
    #expect(report.explanation(output: "out")["verdict"] == "identical-latent")
  }

  /// A kernel that does not show the steps of a build.
  @Test func whatIsNotKnownIsNotLinked() throws {
    let report = try Bench().report([("app", "x")], [("app", "y")])
    let page = String(decoding: report.page(output: "out"), as: UTF8.self)
    #expect(page.contains("Which unit differs first is not known"))
    #expect(!page.contains("#units"))
  }

  // MARK: Hostile builds

  static let hostile = [
    "</script><script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' onload='alert(1)",
    "</style><style>*{display:none}", "a\u{202e}gnp.exe\u{2066}", "nul\0and\u{1b}[31mred",
    "&lt;&amp;",
    "--><svg onload=alert(1)>", "\u{feff}\u{0}\u{fffe}", "javascript:alert(1)", "]]><!--",
  ]

  @Test func nothingFromABuildBecomesMarkup() throws {
    let bench = try Bench()
    let text = Self.hostile.joined(separator: "\n")
    func unit(_ leg: String) -> RecordedUnit {
      RecordedUnit(
        package: nil, kind: .buildScriptRun, crate: Self.hostile[1], hash: Self.hostile[2],
        platform: Self.hostile[0],
        environment: Self.hostile.map { .init(name: $0, value: "\(leg)\($0)") },
        outputs: Self.hostile.map {
          Workspace.file("release/build/x/out/\($0)", "\(leg)\n\(text)\n\($0)")
        })
    }
    try FileSystem.makeDirectories("\(bench.path)/copies")
    for leg in ["A", "B"] {
      for line in Self.hostile {
        // Not UTF-8 at its end, and a text without NUL at its beginning.
        let contents = "\(leg)\n\(text)\n\(line)"
        try FileSystem.write(
          Array(contents.replacing("\0", with: "").utf8),
          to: "\(bench.path)/copies/\(Digest.hashing(contents).hex)")
      }
    }
    let records = ["A", "B"].map { UnitRecord(units: [unit($0)], copies: "\(bench.path)/copies") }
    let names = Self.hostile.map { (name: $0, text: Array("x".utf8)) }
    let explanation = try Self.hostileExplanation(bench)
    let report = try bench.report(
      names, names.map { (name: $0.name, text: Array("y\($0.name)".utf8)) },
      blame: Blame(records[0], records[1]),
      explanations: Dictionary(uniqueKeysWithValues: Self.hostile.map { ($0, explanation) }),
      causes: [
        0: UnitCause(
          variations: [], certainty: .unknown, flips: 0, trials: 3, ruledOut: [],
          stage: .expansion, lines: Self.hostile.map { "- \($0)" } + Self.hostile)
      ])
    let page = report.page(output: Self.hostile[1])
    let source = String(decoding: page, as: UTF8.self)
    for markup in ["<script", "<img", "onerror=alert(1)>", "</style><style>", "<svg onload"] {
      #expect(!source.contains(markup), "\(markup)")
    }
    let allowed: Set<Unicode.Scalar> = ["\n", "\t"]
    #expect(
      !source.unicodeScalars.contains { scalar in
        scalar.value < 0x20 && !allowed.contains(scalar) || scalar == "\u{202e}"
          || scalar == "\u{2066}"
      })
    let seen = try Self.browse(page, bench, "hostile")
    try Self.expectSound(seen)
    #expect(
      seen["structure"]?["text"]?.stringValue?.contains("</script><script>alert(1)</script>")
        == true)
  }

  private static func hostileExplanation(_ bench: borrowing Bench) throws -> Explanation {
    let texts = [hostile, hostile.reversed()].map { $0.joined(separator: "\u{1}\u{2}\u{3}") }
    for (name, text) in zip(["x", "y"], texts) {
      try FileSystem.write(
        Array(text.utf8) + [0xff, 0xfe, 0x80], to: "\(bench.path)/hostile-\(name)")
    }
    return try #require(
      try Explanation("\(bench.path)/hostile-x", "\(bench.path)/hostile-y"))
  }

  // MARK: Size

  /// Thousands of units that differ, hundreds of artifacts.
  @Test func largeBuildsHaveAPageOfBoundedSize() throws {
    let bench = try Bench()
    func leg(_ name: String) -> UnitRecord {
      UnitRecord(
        units: (0..<6000).map { place in
          RecordedUnit(
            package: Workspace.package("crate-\(place)"),
            kind: place % 50 == 49 ? .program : .library, crate: "crate_\(place)",
            hash: "-\(place)",
            arguments: (0..<10).map { "--argument-\($0)" },
            dependencies: (1...3).map { place - $0 * 7 }.filter { $0 >= 0 },
            outputs: (0..<8).map {
              Workspace.file("release/deps/\(place)-\($0)", place % 3 == 0 ? name : "same")
            })
        })
    }
    let names = (0..<500).map { (name: "artifact-\($0)", text: Array("x".utf8)) }
    let report = try bench.report(
      names, names.map { (name: $0.name, text: Array("y".utf8)) }, blame: Blame(leg("A"), leg("B")))
    let start = Machine.monotonicSeconds
    let page = report.page(output: "out")
    #expect(Machine.monotonicSeconds - start < 20)
    #expect(page.count < 2 << 20, "\(page.count) bytes")
    #expect(report.explanation(output: "out").compactBytes().count < 2 << 20)
    let text = String(decoding: page, as: UTF8.self)
    #expect(text.contains("6,000 units"))
    #expect(text.contains("Shown are 60 units on the way"))
    try Self.expectSound(try Self.browse(page, bench, "large"))
  }

  // MARK: explain.json

  @Test func theExplanationHoldsWhatThePageShows() throws {
    let bench = try Bench()
    let json = try Self.full(bench).explanation(output: "a folder")
    #expect(json["schema"] == "cupel-explain/1" && json["verdict"] == "different")
    #expect(json["replay"] == "cupel replay 'a folder'")
    #expect(json["variations"]?.arrayValue?.count == Variation.standard.count)
    let first = try #require(json["beginnings"]?[0])
    #expect(first["unit"]?["package"] == "gen" && first["root"] == "build-script-run")
    #expect(first["consequences"] == 4)
    #expect(first["advice"]?[0]?["place"] == "code")
    #expect(first["replay"] == "cupel replay 'a folder' --unit gen")
    #expect(first["lines"]?.arrayValue?.contains("@ line 2") == true)
    #expect(json["units"]?["differing"]?.integerValue == 7)
    let artifacts = try #require(json["artifacts"]?.arrayValue)
    #expect(artifacts.map { $0["result"] } == ["only-in-A", "different"])
    let explanation = artifacts[1]["explanation"]
    #expect(explanation?["findings"]?[0]?["advice"]?[0]?["text"]?.stringValue?.isEmpty == false)
    let parts = explanation?["parts"]?.arrayValue ?? []
    #expect(parts.contains { $0["part"] == ".rodata" })
    let sum = parts.reduce(Int64(0)) { sum, part in
      sum
        + ["causeBytes", "symptomBytes", "locatedBytes"].reduce(0) {
          $0 + (part[$1]?.integerValue ?? 0)
        }
    }
    #expect(sum == explanation?["differingBytes"]?.integerValue)
    #expect(json.compactBytes().count < 1 << 20)
  }
}
