import Building
import Hashing
import Linux
import Testing

@testable import Explaining

/// Lists of units made by hand, and what is blamed.
@Suite struct BlameTests {
  static let gen = package("gen", "0.2.1")
  static let app = package("app", "0.1.0")
  static let derive = package("derive", "1.0.0")

  static func package(_ name: String, _ version: String) -> CargoPackage {
    guard let package = CargoPackage(name: name, version: version) else {
      fatalError("\(name) \(version) is no package")
    }
    return package
  }

  static func file(_ name: String, _ text: String) -> RecordedUnit.Output {
    RecordedUnit.Output(
      name: name, content: .file(size: Int64(text.utf8.count), digest: .hashing(text)))
  }

  /// A build script of `gen`, its run, the library, a proc macro, and a program that uses both.
  static func leg(
    names: String = "n", directives: String = "d", rlib: String = "r", rmeta: String = "m",
    macro: String = "s", program: String = "p", script: String = "b", sources: String = "x",
    variable: String? = nil, extra: [RecordedUnit] = []
  ) -> [RecordedUnit] {
    let gen0 = "release/build/gen-0"
    return [
      RecordedUnit(
        package: gen, kind: .buildScript, crate: "build_script_build", hash: "-1",
        outputs: [file("release/build/gen-1/build_script_build-1", script)]),
      RecordedUnit(
        package: gen, kind: .buildScriptRun, crate: "build-script", hash: "gen-0",
        dependencies: [0],
        outputs: [file("\(gen0)/out/names.rs", names), file("\(gen0)/output", directives)]),
      RecordedUnit(
        package: gen, kind: .library, crate: "gen", hash: "-2",
        sources: .init(count: 2, digest: .hashing(names)), dependencies: [1],
        outputs: [
          file("release/deps/libgen-2.rlib", rlib), file("release/deps/libgen-2.rmeta", rmeta),
        ]),
      RecordedUnit(
        package: derive, kind: .procMacro, crate: "derive", hash: "-3",
        outputs: [file("release/deps/libderive-3.so", macro)]),
      RecordedUnit(
        package: app, kind: .program, crate: "one", hash: "-4",
        environment: variable.map { [.init(name: "HOME", value: $0)] } ?? [],
        sources: .init(count: 1, digest: .hashing(sources)), dependencies: [2, 3],
        outputs: [file("release/deps/one-4", program)]),
    ] + extra
  }

  private func blame(_ a: [RecordedUnit], _ b: [RecordedUnit]) -> Blame {
    Blame(UnitRecord(units: a), UnitRecord(units: b))
  }

  private func roots(_ blame: Blame) -> [String] {
    blame.beginnings.map { index in
      guard case .root(let root) = blame.findings[index].state else { return "only" }
      return "\(blame.findings[index].unit.crate): \(root.name)"
    }
  }

  @Test func equalLegsHaveNoFinding() {
    let blame = blame(Self.leg(), Self.leg())
    #expect(blame.findings.isEmpty && blame.words.isEmpty)
    #expect(blame.unitCount == 5)
  }

  @Test func aGeneratedFileIsTheRootOfWhatComesAfter() {
    let blame = blame(
      Self.leg(), Self.leg(names: "N", rlib: "R", rmeta: "M", program: "P"))
    #expect(roots(blame) == ["build-script: build-script-run"])
    #expect(blame.findings.map(\.unit.crate) == ["build-script", "gen", "one"])
    #expect(blame.consequences(of: 0) == 2)
    #expect(
      blame.words == [
        "first unit that differs: build script of gen 0.2.1 (run): OUT_DIR/names.rs differs",
        "2 more units differ because of it",
      ])
  }

  @Test func instructionsToCargoAreNamed() {
    let blame = blame(Self.leg(), Self.leg(directives: "D"))
    #expect(
      blame.words == [
        "first unit that differs: build script of gen 0.2.1 (run): its instructions to cargo differ"
      ])
  }

  @Test func aScriptThatWasCompiledOtherwiseIsTheRoot() {
    let blame = blame(Self.leg(), Self.leg(names: "N", script: "B"))
    #expect(roots(blame) == ["build_script_build: compiler-or-linker"])
    #expect(blame.headline(0).hasPrefix("build script of gen 0.2.1 (compilation): other output"))
  }

  /// The library was compiled against the same interface, so that its own difference is its own.
  @Test func onlyTheCodeOfALibraryCountsForLinking() {
    let above = RecordedUnit(
      package: Self.package("mid", "1.0.0"), kind: .library, crate: "mid", hash: "-5",
      dependencies: [2],
      outputs: [
        Self.file("release/deps/libmid-5.rlib", "a"), Self.file("release/deps/libmid-5.rmeta", "i"),
      ])
    let changed = RecordedUnit(
      package: above.package, kind: .library, crate: "mid", hash: "-5", dependencies: [2],
      outputs: [Self.file("release/deps/libmid-5.rlib", "b"), above.outputs[1]])
    let blame = blame(
      Self.leg(extra: [above]), Self.leg(rlib: "R", program: "P", extra: [changed]))
    #expect(Set(roots(blame)) == ["gen: code-generation", "mid: code-generation"])
    #expect(
      blame.findings.contains { $0.state == .propagated(from: [0]) && $0.unit.crate == "one" })
  }

  @Test func macrosAreSuspected() {
    let blame = blame(Self.leg(), Self.leg(program: "P"))
    #expect(roots(blame) == ["one: proc-macro"])
    #expect(
      blame.words == [
        "first unit that differs: app 0.1.0 (program one): other output from the same sources and "
          + "inputs; it can run the proc macro of derive 1.0.0"
      ])
  }

  /// As serde passes serde_derive on: who depends on the library alone runs the macro, too.
  @Test func macrosThatLibrariesPassOnAreSuspected() {
    func leg(macro: String, user: String) -> [RecordedUnit] {
      Self.leg(
        macro: macro,
        extra: [
          RecordedUnit(
            package: Self.package("serde", "1.0.0"), kind: .library, crate: "serde", hash: "-5",
            dependencies: [3], outputs: [Self.file("release/deps/libserde-5.rmeta", "i")]),
          RecordedUnit(
            package: Self.package("user", "1.0.0"), kind: .library, crate: "user", hash: "-6",
            dependencies: [5], outputs: [Self.file("release/deps/libuser-6.rmeta", user)]),
        ])
    }
    let blame = blame(leg(macro: "s", user: "u"), leg(macro: "s", user: "U"))
    #expect(roots(blame) == ["user: proc-macro"])
    #expect(blame.headline(0).hasSuffix("it can run the proc macro of derive 1.0.0"))
    #expect(roots(self.blame(leg(macro: "s", user: "u"), leg(macro: "S", user: "U"))).count == 1)
  }

  @Test func aVariableIsNamed() {
    let blame = blame(
      Self.leg(variable: "/build/home"), Self.leg(program: "P", variable: "/build/home-varied"))
    #expect(roots(blame) == ["one: environment"])
    #expect(blame.words[0].contains("it was compiled with HOME, and the legs differ in that"))
  }

  @Test func sourcesThatNoUnitWroteAreNamed() {
    let blame = blame(Self.leg(), Self.leg(program: "P", sources: "X"))
    #expect(roots(blame) == ["one: sources"])
  }

  @Test func aFileThatWasChangedLaterIsNotItsUnitsDoing() {
    var other = Self.leg()
    other[3] = RecordedUnit(
      package: Self.derive, kind: .procMacro, crate: "derive", hash: "-3",
      outputs: [
        RecordedUnit.Output(
          name: "release/deps/libderive-3.so",
          content: .file(size: 1, digest: .hashing("forged")), wasChangedLater: true)
      ])
    let blame = blame(Self.leg(), other)
    #expect(roots(blame) == ["derive: changed-later"])
    #expect(
      blame.words[0].hasSuffix(
        "libderive-3.so differs, changed by something else after the unit was done"))
  }

  @Test func unitsOfOneLegAreNamed() {
    let extra = RecordedUnit(package: Self.package("new", "1.0.0"), kind: .library, crate: "new")
    let blame = blame(Self.leg(), Self.leg(extra: [extra]))
    #expect(
      blame.words == ["first unit that differs: new 1.0.0 (lib new): only leg B has it"])
  }

  /// A crash between two writes, a file more or less: named, not skipped.
  @Test func missingAndUnreadOutputsDiffer() {
    var other = Self.leg()
    let run = "release/build/gen-0"
    other[1] = RecordedUnit(
      package: Self.gen, kind: .buildScriptRun, crate: "build-script", hash: "gen-0",
      dependencies: [0],
      outputs: [
        RecordedUnit.Output(name: "\(run)/out/names.rs", content: .unread("too large")),
        RecordedUnit.Output(name: "\(run)/out/link", content: .symlink(target: "/etc/passwd")),
        Self.file("\(run)/output", "d"),
      ])
    let blame = blame(Self.leg(), other)
    #expect(
      blame.findings[0].differences.map(\.name) == [
        "\(run)/out/names.rs", "\(run)/out/link",
      ])
    #expect(blame.words[0].hasSuffix("OUT_DIR/names.rs and 1 more file differ"))
  }

  /// Cargo's hashes may differ where paths do.
  @Test func otherHashesAreTheSameStepWhereThereIsNoChoice() {
    func unit(_ hash: String, _ text: String) -> RecordedUnit {
      RecordedUnit(
        package: Self.gen, kind: .procMacro, crate: "gen", hash: hash,
        outputs: [Self.file("release/x.so", text)])
    }
    #expect(blame([unit("-1", "a")], [unit("-2", "a")]).findings.isEmpty)
    #expect(blame([unit("-1", "a"), unit("-3", "a")], [unit("-2", "a")]).findings.count == 3)
  }

  @Test func aRingOfDependenciesIsCut() {
    func unit(_ name: String, _ dependency: Int, _ text: String) -> RecordedUnit {
      RecordedUnit(
        package: Self.package(name, "1.0.0"), kind: .library, crate: name,
        dependencies: [dependency, 99], outputs: [Self.file("\(name).rmeta", text)])
    }
    let blame = blame(
      [unit("a", 1, "a"), unit("b", 0, "b")], [unit("a", 1, "A"), unit("b", 0, "B")])
    #expect(blame.findings.count == 2)
    #expect(blame.beginnings.count == 1)
  }

  @Test func thousandsOfUnitsAreSummarised() {
    func leg(_ text: String) -> [RecordedUnit] {
      (0..<6000).map { index in
        RecordedUnit(
          package: Self.package("c\(index)", "1.0.0"), kind: .library, crate: "c\(index)",
          dependencies: index < 3000 ? [] : [index == 3000 ? 0 : index - 1],
          outputs: [Self.file("c\(index).rmeta", text)])
      }
    }
    let blame = blame(leg("a"), leg("b"))
    #expect(blame.findings.count == 6000 && blame.beginnings.count == 3000)
    #expect(blame.words.count == 9)
    #expect(blame.words[1] == "3000 more units differ because of it")
    #expect(blame.words.last == "  and 2994 more, see record.json")
  }

  @Test func copiesShowTheLinesThatDiffer() throws {
    let folder = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(folder) }
    let texts = ["one\ntwo\nthree\n", "one\nTWO\nthree\n"]
    var records: [UnitRecord] = []
    for text in texts {
      let copies = "\(folder)/\(records.count)"
      try FileSystem.makeDirectories(copies)
      try FileSystem.write(Array(text.utf8), to: "\(copies)/\(Digest.hashing(text).hex)")
      records.append(UnitRecord(units: Self.leg(names: text), copies: copies))
    }
    #expect(
      Blame(records[0], records[1]).words.prefix(4) == [
        "first unit that differs: build script of gen 0.2.1 (run): OUT_DIR/names.rs differs",
        "    @ line 2", "    - two", "    + TWO",
      ])
  }

  /// Names come from a build.
  @Test func namesCannotDrawOnTheTerminal() {
    func unit(_ text: String) -> RecordedUnit {
      RecordedUnit(
        package: Self.gen, kind: .buildScriptRun, crate: "build-script", hash: "gen-0",
        outputs: [Self.file("release/build/gen-0/out/\u{1B}[31mx", text)])
    }
    let words = blame([unit("a")], [unit("b")]).words
    #expect(!words[0].contains("\u{1B}"))
  }
}
