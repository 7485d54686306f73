import Explaining
import Linux
import Testing

/// `.debug_line` of crafted units: what is a name there, and which name is another place.
@Suite struct LineTableTests {
  private static func little(_ value: Int, _ size: Int) -> [UInt8] {
    (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  private static func ended(_ texts: [String]) -> [UInt8] {
    texts.flatMap { Array($0.utf8) + [0] }
  }

  /// What every version has between the length of the header and the names.
  private static func numbers(_ version: Int) -> [UInt8] {
    [1] + (version < 4 ? [] : [1]) + [1, 0xFB, 14, 13]
      + [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1]
  }

  /// A unit of any version, whose names are written in its header.
  private static func unit(
    _ version: Int, folders: [String], files: [String], program: String = ""
  ) -> [UInt8] {
    var names: [UInt8]
    if version == 5 {
      // One form, of text (1, 8); for files a number of the folder too (2, 11).
      names = [1, 1, 8, UInt8(folders.count)] + ended(folders) + [2, 1, 8, 2, 11]
      names += [UInt8(files.count)] + files.flatMap { Array($0.utf8) + [0, 1] }
    } else {
      names = ended(folders) + [0] + files.flatMap { Array($0.utf8) + [0, 1, 0, 0] } + [0]
    }
    let header = numbers(version) + names
    let body =
      little(version, 2) + (version == 5 ? [8, 0] : []) + little(header.count, 4) + header
      + Array(program.utf8)
    return little(body.count, 4) + body
  }

  /// Two objects that have these sections.
  private static func explain(
    _ first: [UInt8], _ second: [UInt8], _ section: String = ".debug_line"
  ) throws -> Explanation {
    let bench = try Bench()
    try bench.write("int x;", "x.c")
    try bench.run(["gcc", "-c", "x.c", "-o", "x.o"])
    for (name, bytes) in [("first", first), ("second", second)] {
      try FileSystem.write(bytes, to: "\(bench.path)/bytes")
      try bench.run(["objcopy", "--add-section", "\(section)=bytes", "x.o", name])
    }
    let explanation = try bench.explain("first", "second")
    #expect(explanation.isConsistent)
    return explanation
  }

  private static let core = "/rustc/0123456789/library/core/src"

  /// Special opcodes are any bytes from 13 on, so most are letters.
  @Test(arguments: 2...5) func takesNoProgramForAPath(_ version: Int) throws {
    func unit(_ program: String) -> [UInt8] {
      Self.unit(version, folders: ["/build/src"], files: ["main.rs"], program: program)
    }
    for other in ["uvwxKLMNOPQRabcdef", "uvwxyzKLMNOPQ/tmp/xabcdef", "uvwx", "uvwxabcdefKLMNOP"] {
      let explanation = try Self.explain(unit("uvwxKLMNOPQabcdef"), unit(other))
      #expect(explanation.causes.isEmpty, "\(other): \(explanation.findings)")
      #expect(try explanation.finding(.debugInformation).detail == "line tables")
    }
  }

  /// A function that only one build inlines brings its file and its folder along.
  @Test(arguments: 2...5) func takesNoOtherFileForAnotherPlace(_ version: Int) throws {
    func unit(_ folders: [String], _ files: [String]) -> [UInt8] {
      Self.unit(
        version, folders: ["/build/src", Self.core] + folders, files: ["main.rs"] + files,
        program: "program of lines")
    }
    let old = unit(["\(Self.core)/slice", "\(Self.core)/fmt"], ["abs.rs", "mod.rs"])
    for (folders, files) in [
      (["\(Self.core)/iterx", "\(Self.core)/fmt"], ["abs.rs", "mod.rs"]),
      (["\(Self.core)/slice", "\(Self.core)/fmt"], ["pow.rs", "mod.rs"]),
      (["\(Self.core)/fmt"], ["mod.rs"]),
      (["\(Self.core)/fmt", "\(Self.core)/slice"], ["mod.rs", "abs.rs"]),
      (["/build/src/parser", "\(Self.core)/fmt"], ["abs.rs", "mod.rs"]),
      (["/rustc/0123456789/library/std/src/slice", "\(Self.core)/fmt"], ["abs.rs", "mod.rs"]),
    ] {
      let explanation = try Self.explain(old, unit(folders, files))
      #expect(explanation.causes.isEmpty, "\(folders) \(files): \(explanation.findings)")
    }
  }

  @Test(arguments: 2...5, [["/home/a", "/opt/other-place"], ["/home/a", "/home/b"]])
  func namesAFolderThatHasMoved(_ version: Int, _ roots: [String]) throws {
    let units = roots.map { root in
      Self.unit(
        version, folders: ["\(root)/src", "\(root)/src/parser", Self.core], files: ["main.rs"],
        program: "program of lines")
    }
    let explanation = try Self.explain(units[0], units[1])
    #expect(explanation.causes == [.sourcePath], "\(explanation.findings)")
    #expect(
      try explanation.finding(.sourcePath).detail == "\(roots[0]) against \(roots[1])")
  }

  /// The tables that others refer to.
  @Test(arguments: [".debug_line_str", ".debug_str"])
  func tellsOtherFilesFromOtherPlacesInTables(_ section: String) throws {
    func table(_ names: [String]) -> [UInt8] { Self.ended(["/build/src", Self.core] + names) }
    let others = try Self.explain(
      table(["\(Self.core)/fmt", "u8"]), table(["/rustc/0123456789/library/std/src/fmt", "u8"]),
      section)
    #expect(
      others.causes == [], "\(others.findings)")
    let moved = try Self.explain(
      Self.ended(["/home/a/src/fmt", Self.core]), Self.ended(["/opt/b/src/fmt", Self.core]),
      section)
    #expect(moved.causes == [.sourcePath])
    #expect(try moved.finding(.sourcePath).detail == "/home/a against /opt/b")
  }

  /// What breaks the rules holds no names, and ends nothing.
  @Test func readsNoTableThatLies() throws {
    let bench = try Bench()
    try bench.write("int x;", "x.c")
    try bench.run(["gcc", "-c", "x.c", "-o", "x.o"])
    for version in 2...5 {
      let unit = Self.unit(version, folders: ["/build/src"], files: ["main.rs"], program: "lines")
      try FileSystem.write(unit, to: "\(bench.path)/bytes")
      try bench.run(["objcopy", "--add-section", ".debug_line=bytes", "x.o", "whole"])
      let whole = try bench.read("whole")
      let start = try #require(whole.firstRange(of: unit)).lowerBound
      for place in unit.indices {
        for value: UInt8 in [0, 1, 0x7F, 0xFF] where unit[place] != value {
          var other = whole
          other[start + place] = value
          let explanation = try bench.explain(whole, other)
          #expect(explanation.isConsistent, "version \(version), byte \(place)")
          #expect(explanation.causes.allSatisfy { $0 == .sourcePath })
        }
      }
    }
  }
}
