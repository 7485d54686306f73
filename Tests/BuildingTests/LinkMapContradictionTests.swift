import Linux
import Reading
import Testing

@testable import Building
@testable import Comparing

/// Whether a map is of the artifact, with what installed linkers make.
@Suite struct LinkMapContradictionTests {
  private func contradiction(_ map: String, _ artifact: String) throws -> String? {
    let file = try #require(try ELFFile.read(Region(OpenFile(artifact))))
    return try LinkMap(parsing: Array(map.utf8), file: "map").contradiction(to: file)
  }

  /// Two programs, `one` and `two`, and their maps.
  private func link(_ linker: String, in folder: String) throws {
    try FileSystem.write(
      Array(
        """
        int f(int); int g(int);
        #ifdef TWO
        int more(int x) { return x * 3; }
        #endif
        int main(int c, char **v) { return f(c) + g(c); }
        """.utf8), to: "\(folder)/main.c")
    for name in ["f", "g"] {
      try FileSystem.write(
        Array("int \(name)(int x) { for (int i = 0; i < x; i++) x ^= i; return x; }".utf8),
        to: "\(folder)/\(name).c")
    }
    try Command(
      [
        "sh", "-ec",
        """
        gcc -O1 -c f.c g.c
        ar rcsD libfg.a f.o g.o
        for name in one two; do
          [ $name = one ] && flag= || flag=-DTWO
          gcc $flag main.c -L. -lfg -fuse-ld=$1 -Wl,-Map=$name.map -o $name
        done
        """, "sh", linker,
      ], directory: folder, timeout: 60
    ).runChecked()
  }

  @Test(arguments: ["bfd", "gold"])
  func believesOnlyTheMapOfTheArtifact(linker: String) throws {
    let scratch = try Scratch()
    try link(linker, in: scratch.path)
    func map(_ name: String) throws -> String {
      String(decoding: try FileSystem.read("\(scratch.path)/\(name).map"), as: UTF8.self)
    }
    let one = "\(scratch.path)/one"
    let text = try map("one")
    #expect(try contradiction(text, one) == nil)
    #expect(try contradiction(map("two"), "\(scratch.path)/two") == nil)
    #expect(try contradiction(map("two"), one)?.contains("is not in the map") == true)

    // A member is left out, stands twice, or elsewhere.
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    let place = try #require(
      lines.lastIndex { $0.hasPrefix(" .text ") && $0.hasSuffix("libfg.a(g.o)") })
    func changed(_ edit: (inout [String]) -> Void) throws -> String? {
      var lines = lines
      edit(&lines)
      return try contradiction(lines.joined(separator: "\n"), one)
    }
    let without = try changed { $0.remove(at: place) }
    #expect(without?.contains("do not make up .text: none at 0x") == true, "\(without ?? "")")
    let twice = try changed { $0.insert($0[place], at: place) }
    #expect(twice?.contains("do not make up .text: two overlap at 0x") == true)
    let elsewhere = try changed { $0[place].replace("0x0000", with: "0x7000") }
    #expect(elsewhere?.contains("do not make up .text") == true, "\(elsewhere ?? "")")
    let last = try changed { $0[place].replace("0x0000000000", with: "0xffffffffff") }
    #expect(last?.contains("do not make up .text") == true, "\(last ?? "")")
    let fill = try changed {
      $0[place] =
        " *fill*         "
        + $0[place].split(separator: " ").dropFirst().dropLast()
        .joined(separator: " ")
    }
    #expect(fill?.contains("do not make up .text: none at 0x") == true, "\(fill ?? "")")
  }

  private func section(
    _ name: String, _ address: UInt64, _ size: Int64, alignment: Int64 = 16
  ) -> ELFFile.Section {
    ELFFile.Section(
      index: 1, name: name, type: 1, flags: 6, address: address, offset: 0, size: size, link: 0,
      info: 0, alignment: alignment, entrySize: 0, isStored: true)
  }

  private func contradiction(
    _ sections: [ELFFile.Section], _ lines: String...
  ) throws -> String? {
    let text = (["Linker script and memory map"] + lines).joined(separator: "\n") + "\n"
    let file = ELFFile(
      isWide: true, isBigEndian: false, type: 2, machine: 62, sections: sections, segments: [])
    return try LinkMap(parsing: Array(text.utf8), file: "map").contradiction(to: file)
  }

  @Test func asksEachSectionOfTheMapOnce() throws {
    let one = section(".text", 0x1000, 0x10)
    let lines = [".text 0x1000 0x10", " .text 0x1000 0x10 a.o"].joined(separator: "\n")
    #expect(try contradiction([one], lines) == nil)
    #expect(try contradiction([one, one], lines, lines) == nil)
    #expect(
      try contradiction([one, one], lines) == "the artifact's .text is not in the map")
    #expect(try contradiction([], lines) == "the artifact has no sections to hold it against")
    // As many as a file and a map can have.
    let many = String(repeating: lines + "\n", count: 1 << 15)
    #expect(try contradiction([ELFFile.Section](repeating: one, count: 1 << 15), many) == nil)
  }

  @Test func exemptsTheLinkersOwnSectionsByTheirNames() throws {
    for name in [".plt", ".plt.got", ".plt.sec", ".plt.bnd", ".iplt"] {
      #expect(try contradiction([section(name, 0x1000, 0x40)], "\(name) 0x1000 0x40") == nil)
    }
    for name in [".plt.x", ".pltx", ".iplt.x", ".plt.got.y"] {
      let found = try contradiction([section(name, 0x1000, 0x40)], "\(name) 0x1000 0x40")
      #expect(found?.contains("do not make up \(name): none at 0x1000") == true)
    }
  }

  @Test func takesForPaddingOnlyWhatAligns() throws {
    let text = section(".text", 0x1000, 0x100, alignment: 64)
    func found(_ pieces: String...) throws -> String? {
      try contradiction(
        [text], ([".text 0x1000 0x100"] + pieces.map { " .text \($0)" }).joined(separator: "\n"))
    }
    #expect(try found("0x1000 0x41 a.o", "0x1080 0x80 b.o") == nil)
    #expect(try found("0x1000 0xc1 a.o") == nil)
    // Too much for what stands behind it, and for the section.
    #expect(
      try found("0x1000 0x40 a.o", "0x1048 0xb8 b.o")?.hasSuffix("none at 0x1040") == true)
    #expect(
      try found("0x1000 0x40 a.o", "0x1080 0x80 b.o")?.hasSuffix("none at 0x1040") == true)
    #expect(try found("0x1000 0xc0 a.o")?.hasSuffix("none at 0x10c0") == true)
    // What has no size bridges nothing, and fills only so much.
    #expect(
      try found("0x1000 0x40 a.o", "0x1044 0x0 b.o", "0x1048 0xb8 b.o")?
        .hasSuffix("none at 0x1040") == true)
    func filled(_ fills: String...) throws -> String? {
      try contradiction(
        [text], ".text 0x1000 0x100", " .text 0x1000 0x40 a.o",
        fills.map { " *fill* \($0)" }.joined(separator: "\n"), " .text 0x10a8 0x58 b.o")
    }
    #expect(
      try filled("0x1040 0x20", "0x1060 0x20", "0x1080 0x28")?.hasSuffix("none at 0x1060") == true)
    #expect(try filled("0x1040 0x68")?.hasSuffix("none at 0x1040") == true)
  }
}
