import Attesting
import Building
import Explaining
import Failing
import Hashing
import Linux
import Planning
import Reading
import Staging
import Testing

@testable import Reporting

/// Reports for CI: SARIF, JUnit, and what GitHub reads.
@Suite struct OutcomeTests {
  private static let lock = """
    version = 3

    [[package]]
    name = "derive"
    version = "1.0.0"

    [[package]]
    name = "evil-sys"
    version = "0.3.1"

    [[package]]
    name = "gen"
    version = "0.2.1"

    """

  private static func places() throws -> SourcePlaces {
    SourcePlaces(
      lockFile: "work/Cargo.lock", try CargoLock(parsing: Array(lock.utf8), file: "Cargo.lock"))
  }

  private static func outcome(_ report: BuildReport) throws -> CommandOutcome {
    CommandOutcome(of: report, in: try places(), output: "cupel-out")
  }

  /// A build in which everything was found that can be found.
  private static func full(_ bench: borrowing Bench) throws -> BuildReport {
    let (first, second) = try Workspace.legs(in: "\(bench.path)/copies")
    let blame = Blame(first, second)
    let script = try #require(blame.findings.firstIndex { $0.unit.kind == .buildScriptRun })
    return try bench.report(
      [("client", Array("same".utf8)), ("gone", []), ("server", Array("one".utf8))],
      [("client", Array("same".utf8)), ("server", Array("two".utf8))],
      denials: [
        "A": Denials([DenialTests.connect, DenialTests.macro], unlisted: 2),
        "B": Denials([DenialTests.connect]),
      ],
      units: first, blame: blame,
      causes: [
        script: UnitCause(
          variations: [.readdir], certainty: .certain, flips: 5, trials: 5,
          ruledOut: [.hostname, .random, .locale], stage: .output)
      ],
      hazards: [
        Hazard(
          .nativeCPU, file: ".cargo/config.toml", subject: "target-cpu=native", isInSource: true),
        Hazard(
          .asksGit, file: "my app/build.rs", line: 4, subject: "Command::new(\"git\")",
          isInSource: true),
        Hazard(.readsClock, file: "gen-0.2.1/build.rs", line: 9, subject: "Utc::now()"),
        Hazard(.rustSource, file: nil, subject: "rust-src"),
      ])
  }

  // MARK: What is said

  private static func golden(_ name: String) throws -> String {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    return String(
      decoding: try FileSystem.read("/\(folder)/Golden/\(name)"), as: UTF8.self)
  }

  /// Where CUPEL_WRITE_GOLDEN is set, the file is written instead.
  private static func compare(_ bytes: [UInt8], _ report: BuildReport, with name: String) throws {
    let text = String(decoding: bytes, as: UTF8.self)
      .replacing("\(report.plan.digest)", with: "PLAN")
    if Machine.environment("CUPEL_WRITE_GOLDEN") != nil {
      let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
      try FileSystem.write(Array(text.utf8), to: "/\(folder)/Golden/\(name)")
    }
    #expect(try text == golden(name), "Golden/\(name)")
  }

  @Test func everyFormIsAsItIsWritten() throws {
    let report = try Self.full(Bench())
    let outcome = try Self.outcome(report)
    try Self.compare(outcome.sarif.prettyBytes(), report, with: "build.sarif")
    try Self.compare(outcome.junit, report, with: "build.xml")
    try Self.compare(Array(outcome.stepSummary.utf8), report, with: "build.md")
    let lines = outcome.annotations.map { "\($0.line)\n" }.joined()
    try Self.compare(Array(lines.utf8), report, with: "build.annotations")
  }

  @Test func sarifFollowsItsSchema() throws {
    let outcome = try Self.outcome(Self.full(Bench()))
    let seen = try FormatReaders.sarif(outcome.sarif)
    let rules = seen["results"]?.arrayValue?.compactMap(\.stringValue) ?? []
    for rule in [
      "unit-differs-readdir", "unit-differs-environment", "unit-differs-one-leg-only",
      "artifact-differs", "refused-network", "refused-mount", "refused-more", "hazard-native-cpu",
      "hazard-asks-git", "hazard-reads-clock", "hazard-rust-src",
    ] {
      #expect(rules.contains(rule), "\(rule) in \(rules)")
    }
  }

  @Test func placesAreInTheSource() throws {
    let outcome = try Self.outcome(Self.full(Bench()))
    func place(_ rule: String) -> Diagnostic.Place? {
      outcome.diagnostics.first { $0.rule.id == rule }?.place
    }
    #expect(place("unit-differs-readdir") == .init("work/Cargo.lock", line: 11))
    #expect(place("refused-network") == .init("work/Cargo.lock", line: 7))
    #expect(place("artifact-differs") == .init("work/Cargo.lock"))
    #expect(place("hazard-asks-git") == .init("my app/build.rs", line: 4))
    #expect(place("hazard-reads-clock") == .init("work/Cargo.lock", line: 11))
    let text = String(decoding: outcome.sarif.compactBytes(), as: UTF8.self)
    #expect(text.contains("\"uri\":\"my%20app/build.rs\",\"uriBaseId\":\"SRCROOT\""))
  }

  /// The same thing has the same fingerprint in every version and on every line, another has another.
  @Test func fingerprintsAreStable() throws {
    let bench = try Bench()
    let (first, second) = (try Self.full(bench), try Self.full(Bench()))
    let one = try Self.outcome(first).diagnostics
    #expect(one == (try Self.outcome(second).diagnostics))
    #expect(Set(one.map(\.fingerprint)).count == one.count)
    let moved = SourcePlaces(
      lockFile: "Cargo.lock",
      try CargoLock(parsing: Array("# a line\n\(Self.lock)".utf8), file: "Cargo.lock"))
    let other = CommandOutcome(of: first, in: moved, output: "elsewhere").diagnostics
    #expect(one.map(\.fingerprint) == other.map(\.fingerprint))
    #expect(one != other)
  }

  @Test func junitAsksOneQuestionEach() throws {
    let seen = try FormatReaders.junit(Self.outcome(Self.full(Bench())).junit)
    let cases = (seen["cases"]?.arrayValue ?? []).map { one in
      ["class", "name", "result"].map { one[$0]?.stringValue ?? "" }.joined(separator: " ")
    }
    #expect(
      cases == [
        "cupel.build.artifact client passed", "cupel.build.artifact gone failure",
        "cupel.build.artifact server failure", "cupel.build.policy refused attempts failure",
      ])
    let server = seen["cases"]?[2]?["text"]?.stringValue ?? ""
    #expect(server.contains("first unit that differs: build script of gen 0.2.1 (run)"))
  }

  @Test func whatIsNotComparedIsSkipped() throws {
    let report = try Bench().report([("app", "x")], nil, reportsDenials: false)
    let outcome = try Self.outcome(report)
    let seen = try FormatReaders.junit(outcome.junit)
    #expect(seen["cases"]?.arrayValue?.map { $0["result"]?.stringValue } == ["skipped", "skipped"])
    #expect(outcome.exitCode == .identical && outcome.diagnostics.isEmpty)
    #expect(try FormatReaders.sarif(outcome.sarif)["results"]?.arrayValue == [])
  }

  @Test func exitCodesAreThoseOfTheCommand() throws {
    let bench = try Bench()
    #expect(try Self.full(bench).exitCode == .policyRefused)
    #expect(try Bench().report([("a", "1")], [("a", "2")]).exitCode == .different)
    #expect(try Bench().report([("a", "1")], [("a", "1")]).exitCode == .identical)
  }

  /// GitHub shows ten of each level for a step.
  @Test func annotationsAreFewAndTheGravestFirst() throws {
    let names = (0..<30).map { "artifact\($0)" }
    let report = try Bench().report(names.map { ($0, "1") }, names.map { ($0, "2") })
    let lines = try Self.outcome(report).annotations.map(\.line)
    #expect(lines.count == 10)
    #expect(lines.allSatisfy { $0.hasPrefix("::error ") })
    #expect(lines.last?.hasSuffix("::and 21 more, see the summary of this job") == true)
  }

  // MARK: Verifications and failures

  @Test func verificationsAreReported() throws {
    let verification = Verification(
      artifacts: [.init(name: "rg", digest: .hashing("rg"))],
      materials: [
        Material(place: "a.jsonl:2", bytes: Array("{}".utf8)),
        Material(place: "/abs/b.json", bytes: Array("no JSON".utf8)),
      ], keys: [], policy: nil, time: UTCTime(seconds: 0))
    let outcome = CommandOutcome(of: verification, paths: ["out/rg"], toolVersion: "0.0.0")
    #expect(outcome.exitCode == .inputRejected)
    let sarif = try FormatReaders.sarif(outcome.sarif)
    #expect(
      sarif["results"]?.arrayValue == [
        "verify-not-an-envelope", "verify-attestation-unreadable", "verify-no-provenance",
      ], "\(sarif)")
    #expect(outcome.diagnostics.map(\.place).first == .init("a.jsonl", line: 2))
    #expect(outcome.diagnostics.map(\.place).last == .init("out/rg"))
    let text = String(decoding: outcome.sarif.compactBytes(), as: UTF8.self)
    #expect(text.contains("{\"uri\":\"file:///abs/b.json\"}"))
    let junit = try FormatReaders.junit(outcome.junit)
    let results = (junit["cases"]?.arrayValue ?? []).map { one in
      "\(one["class"]?.stringValue ?? "") \(one["result"]?.stringValue ?? "")"
    }
    #expect(results.contains("cupel.verify.envelope failure"))
    #expect(results.contains("cupel.verify.provenance failure"))
    #expect(results.contains("cupel.verify.rebuild skipped"))
    #expect(outcome.stepSummary.hasPrefix("### cupel verify: failed\n"))
  }

  /// Cargo failed after attempts: the report says of whom, and that there is no result.
  @Test func failuresAreReported() throws {
    let denials = Denials([DenialTests.connect])
    let refusal = try #require(Refusal([denials], by: .network))
    let failure = BuildingError.denied(
      leg: "A", status: 101, refusal: refusal, words: ["error: ::error::no", "  ##[error]no"])
    let outcome = CommandOutcome(
      of: failure, command: "build", toolVersion: "0.0.0", file: "app/Cargo.toml")
    let seen = try FormatReaders.sarif(outcome.sarif)
    #expect(seen["results"]?.arrayValue == ["failed-policy-refused", "refused-network"])
    let invocation = outcome.sarif["runs"]?[0]?["invocations"]?[0]
    #expect(invocation?["executionSuccessful"] == false && invocation?["exitCode"] == 6)
    let junit = try FormatReaders.junit(outcome.junit)
    #expect(junit["cases"]?[0]?["result"] == "error")
    #expect(junit["cases"]?[0]?["text"]?.stringValue?.contains("##[error]no") == true)
  }

  // MARK: Hostile texts

  /// Names that would be orders somewhere.
  private static let hostile = [
    "::error::a", "x\n::set-output name=a::b", "x\r::add-mask::c", "##[error]d", "##[\u{301}e",
    "%0A::error::f", "a,line=1::g", "]](javascript:alert(1))", "]\u{301}(h)", "[x](//i)", "{0}",
    "<img src=x onerror=alert(1)>", "</failure><testcase name=\"j\"/>", "]]>", "&amp;k;",
    "`l` <b>m</b>", "``` \n<script>", "~~~\n# n", "| o | p |", "\\| q", "@octocat", "www.r.example",
    "https://s.example/", "\u{fffe}\u{ffff}", "\u{1b}[31m", "\u{202e}t", "</details>", "u``v```w",
    "|\u{301}y", "&#39;", "", " ", "\\",
  ]

  private static func hostileReport(_ bench: borrowing Bench) throws -> BuildReport {
    let files = hostile.enumerated().map {
      (name: "\($0.element)", text: Array("\($0.offset)".utf8))
    }
    return try bench.report(
      files, files.map { (name: $0.name, text: Array("other".utf8)) },
      hazards: hostile.map {
        Hazard(.asksGit, file: $0, line: 1, subject: $0, isInSource: true)
      })
  }

  @Test func hostileTextsStayTextInSARIFAndJUnit() throws {
    let outcome = try Self.outcome(Self.hostileReport(Bench()))
    let sarif = try FormatReaders.sarif(outcome.sarif)
    for message in sarif["messages"]?.arrayValue ?? [] {
      let text = Array((message.stringValue ?? "").utf8)
      #expect(!Self.contains(text, "]("), "\(message)")
      #expect(!Self.contains(text.split { $0 == 0x20 }.flatMap { $0 }, "x{0}x"))
    }
    let junit = try FormatReaders.junit(outcome.junit)
    let cases = junit["cases"]?.arrayValue ?? []
    #expect(cases.count == Self.hostile.count + 1)
    for text in ["<img src=x onerror=alert(1)>", "]]>", "&amp;k;", "\\u{fffe}\\u{ffff}"] {
      #expect(cases.contains { $0["name"]?.stringValue == text }, "\(text)")
    }
  }

  private static func contains(_ bytes: [UInt8], _ text: String) -> Bool {
    let pattern = Array(text.utf8)
    return bytes.indices.contains { bytes[$0...].starts(with: pattern) }
  }

  /// Read as the runner does it: an order a line, and what comes out is what went in.
  @Test func hostileTextsGiveNoOrders() throws {
    let outcome = try Self.outcome(Self.hostileReport(Bench()))
    for diagnostic in outcome.diagnostics {
      let command = WorkflowCommand(
        name: "error",
        properties: [("file", diagnostic.place?.file ?? ""), ("title", diagnostic.rule.title)],
        text: diagnostic.message)
      let bytes = Array(command.line.utf8)
      #expect(!bytes.contains { $0 == 0x0a || $0 == 0x0d })
      #expect(!Self.contains(bytes, "##["))
      let parts = command.line.utf8.dropFirst("::error ".utf8.count)
      let properties = String(decoding: parts, as: UTF8.self).prefix { $0 != ":" }
      #expect(properties.utf8.count { $0 == UInt8(ascii: ",") } == 1, "\(command.line)")
      #expect(command.line.hasPrefix("::error file="))
    }
    for line in outcome.annotations.map(\.line) {
      #expect(line.hasPrefix("::error ") || line.hasPrefix("::notice "), "\(line)")
    }
  }

  /// Ordinary words on a runner: no line of them is an order either.
  @Test func wordsAreDisarmed() {
    for (text, shown) in [
      ("::error::a", ": :error::a"), ("  \t::b", "  \t: :b"), ("a::b", "a::b"),
      ("a\n::c\r::d\r\n::e", "a\n: :c\r: :d\r\n: :e"), ("\u{3000}::f", "\u{3000}: :f"),
      (":::g", ": ::g"), (": :h", ": :h"), ("x ##[error]i", "x # #[error]i"),
      ("##[\u{301}", "# #[\u{301}"), ("###[j", "## #[j"), ("", ""), ("plain", "plain"),
    ] {
      #expect(Array(WorkflowCommand.inert(text).utf8) == Array(shown.utf8), "\(text)")
    }
  }

  @Test func hostileTextsAreCodeInSummaries() throws {
    let outcome = try Self.outcome(Self.hostileReport(Bench()))
    let seen = try FormatReaders.markdown(outcome.stepSummary)
    #expect(
      seen["types"]?.arrayValue
        == [
          "bullet_list_close", "bullet_list_open", "code_inline", "fence", "heading_close",
          "heading_open", "html_block", "list_item_close", "list_item_open", "paragraph_close",
          "paragraph_open", "softbreak", "strong_close", "strong_open", "text",
        ].filter { type in
          type != "softbreak" || seen["types"]?.arrayValue?.contains("softbreak") == true
        }.map { .string($0) })
    #expect(
      seen["html"]?.arrayValue == ["<details><summary>In full</summary>\n", "</details>\n"])
    let text = seen["text"]?.stringValue ?? ""
    for word in ["octocat", "example", "img", "script", "javascript"] {
      #expect(!text.contains(word), "\(word)")
    }
  }
}
