import Planning
import Reading
import Reporting
import Testing

@Suite struct WordsTests {
  private static let same = [("app", "abc")]

  @Test func identicalSaysWhatWasVaried() throws {
    let report = try Bench().report(Self.same, Self.same)
    let words = report.words(output: "cupel-out")
    #expect(
      words.hasPrefix(
        "identical: 1 artifact, byte for byte, in two builds that differed in:\n  host name, "))
    let flat = words.split { $0 == "\n" || $0 == " " }.joined(separator: " ")
    for variation in Variation.standard { #expect(flat.contains(variation.summary)) }
    #expect(words.contains("\nand had in common: paths inside the sandbox, kernel and CPU\n"))
    #expect(!words.contains("the clock"))
    #expect(
      words.hasSuffix(
        """
          app  3 bytes  sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad
        plan \(report.plan.digest)
        output in cupel-out

        """))
    for line in words.split(separator: "\n") where !line.contains("sha256:") {
      #expect(line.utf8.count <= 82, "too wide: \(line)")
    }
  }

  @Test func identicalWithoutVariationsSaysSo() throws {
    let words = try Bench().report(Self.same, Self.same, variations: []).words(output: "o")
    #expect(
      words.hasPrefix(
        "identical: 1 artifact, byte for byte, in two builds under the same conditions\n"))
  }

  @Test func onceIsNotCompared() throws {
    let words = try Bench().report([("a", "1"), ("b", "2")], nil).words(output: "o")
    #expect(words.hasPrefix("not compared: 2 artifacts, built once\n  a  1 byte  sha256:"))
    #expect(!words.contains("identical"))
  }

  @Test func nothingIsNotIdentical() throws {
    let words = try Bench().report([], []).words(output: "o")
    #expect(words.hasPrefix("not compared: there are no artifacts\n"))
  }

  @Test func differentSaysWhichAndWhere() throws {
    let words = try Bench().report(
      [("app", "abcdef"), ("gone", ""), ("longer", "xy"), ("same", "x")],
      [("app", "abXdef"), ("longer", "xyz"), ("new", "n"), ("same", "x")],
      variations: [.umask]
    ).words(output: "out")
    #expect(
      words.hasPrefix(
        """
        different: 4 of 5 artifacts, in two builds that differed in:
          umask
        and had in common: paths inside the sandbox, the clock, kernel and CPU
          app
            A  6 bytes  sha256:bef57ec7f53a6d40beb640a780a639c83bc29ac8a9816f1fc6c5c6dcd93c4721
            B  6 bytes  sha256:
        """))
    #expect(words.contains("    first difference at byte 2\n    1 block of 4096 bytes differs\n"))
    #expect(words.contains("    both are kept: out/artifacts/app and out/artifacts-B/app\n"))
    #expect(words.contains("  gone  leg B did not make it\n"))
    #expect(words.contains("  new  only leg B made it\n"))
    #expect(words.contains("  same  identical\n"))
    #expect(words.contains("    the shorter file is the beginning of the longer one\n"))
  }

  @Test func severalLegsAreToldApart() throws {
    let report = try Bench().report(
      [("app", "1"), ("lib", "1"), ("same", "1")], [("app", "1"), ("lib", "1"), ("same", "1")],
      further: [
        [("app", "2"), ("lib", "1"), ("same", "1")], [("app", "3"), ("same", "1"), ("new", "1")],
      ], variations: [.umask])
    let words = report.words(output: "out")
    #expect(
      words.hasPrefix(
        """
        different: 3 of 4 artifacts, in 4 builds that differed (leg C by seed 1, leg D by seed 2) in:
          umask
        """), "\(words)")
    #expect(words.contains("    legs C, D differ from leg A, B does not\n"))
    #expect(words.contains("    both are kept: out/artifacts/app and out/artifacts-C/app\n"))
    #expect(words.contains("    C  1 byte  sha256:"))
    #expect(words.contains("  new  only leg D made it\n"))
    #expect(words.contains("  lib  leg D did not make it\n"))
    #expect(report.record["verdict"]?["legs"] == ["C", "D"])
    let entries = try #require(report.record["artifacts"]?.arrayValue)
    #expect(entries.map { $0["differingLegs"] } == [["C", "D"], ["D"], ["D"], []])
    #expect(
      entries.map { $0["result"]?.stringValue }
        == ["different", "only-in-A", "only-in-D", "identical"])
    #expect(report.record["legs"]?.arrayValue?.map { $0["seed"] } == [.null, .null, 1, 2])
  }

  @Test func aSeedIsNamed() throws {
    let words = try Bench().report(Self.same, Self.same, seed: 9, variations: [.umask])
      .words(output: "o")
    #expect(
      words.hasPrefix(
        "identical: 1 artifact, byte for byte, in two builds that differed (leg B by seed 9) in:\n")
    )
  }

  /// The word promises more than two builds can show.
  @Test func neverABareReproducible() throws {
    for report in [
      try Bench().report(Self.same, Self.same), try Bench().report(Self.same, nil),
      try Bench().report(Self.same, [("app", "x")]), try Bench().report([], []),
    ] {
      #expect(!report.words(output: "o").lowercased().contains("reproducib"))
    }
  }

  @Test func controlCharactersInNamesAreNeutralised() throws {
    let name = "a\u{1b}[2J\nb\u{7f}\u{9b}"
    for report in [
      try Bench().report([(name, "1")], [(name, "1")]),
      try Bench().report([(name, "1")], [(name, "2")]), try Bench().report([(name, "1")], nil),
      try Bench().report([(name, "1")], []), try Bench().report([], [(name, "1")]),
    ] {
      let words = report.words(output: "o")
      #expect(words.contains("a\\u{1b}[2J\\u{a}b\\u{7f}\\u{9b}"))
      #expect(
        !words.unicodeScalars.contains {
          ($0.value < 0x20 && $0 != "\n") || (0x7f...0x9f).contains($0.value)
        })
    }
  }

  // MARK: SHA256SUMS

  @Test func sumsAreAsSha256sumWritesThem() throws {
    let report = try Bench().report([("a", "abc"), ("examples/b", "")], nil)
    #expect(
      report.checksums == """
        ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  artifacts/a
        e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  artifacts/examples/b

        """)
  }

  /// coreutils manual, "md5sum invocation": a name with a backslash or a line end is escaped, and
  /// its line begins with a backslash.
  @Test func namesThatWouldBreakALineAreEscaped() throws {
    let report = try Bench().report([("a\\b\nc\rd", "abc")], nil)
    #expect(
      report.checksums
        == "\\ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad  "
        + "artifacts/a\\\\b\\nc\\rd\n")
  }
}
