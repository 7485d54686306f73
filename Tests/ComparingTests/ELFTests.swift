import Comparing
import Linux
import Testing

/// Real files of gcc, and readelf as the oracle.
@Suite struct ELFTests {
  private static func program(_ words: String) -> String {
    """
    #include <stdio.h>
    static int unused[1000];
    int main(int count, char **words) {
      unused[count] = 1;
      return puts("\(words)");
    }
    """
  }

  @Test func sameSourceTwiceIsIdentical() throws {
    let bench = try Workbench()
    let first = try bench.compile(Self.program("hello"), "first")
    let second = try bench.compile(Self.program("hello"), "second")
    #expect(try FileDifference.between(first, second) == nil)
  }

  @Test func namesTheSectionOfAChangedString() throws {
    let bench = try Workbench()
    let first = try bench.compile(Self.program("hello"), "first", ["-Wl,--build-id=none"])
    let second = try bench.compile(Self.program("hellO"), "second", ["-Wl,--build-id=none"])
    let difference = try #require(try FileDifference.between(first, second))
    let offset = try #require(difference.firstOffset)
    #expect(try bench.bytes(first)[Int(offset)] == UInt8(ascii: "o"))
    let row = try #require(try bench.readelf("first").first { $0.name == ".rodata" })
    #expect(difference.placeText == "ELF section .rodata+\(offset - row.offset)")
    #expect(
      difference.parts == [
        PartDifference(
          path: [Part(.elfSection, ".rodata")], firstSize: row.size, secondSize: row.size)
      ])
    #expect(difference.differingBlocks == 1)
    #expect(!difference.areMoreParts)
  }

  @Test func namesTheSectionOfAChangedDebugPath() throws {
    let bench = try Workbench()
    func build(_ name: String, folder: String) throws -> Artifact {
      let options = ["-g", "-gdwarf-5", "-Wl,--build-id=none"]
      let mapping = "-fdebug-prefix-map=\(bench.path)=\(folder)"
      return try bench.compile(Self.program("hello"), name, options + [mapping])
    }
    let first = try build("first", folder: "/a")
    let second = try build("second", folder: "/b")
    let changed = try #require(try FileDifference.between(first, second))
    let row = try #require(try bench.readelf("first").first { $0.name == ".debug_line_str" })
    let offset = try #require(changed.firstOffset)
    #expect(changed.placeText == "ELF section .debug_line_str+\(offset - row.offset)")
    #expect(changed.partTexts == ["ELF section .debug_line_str"])

    // A longer path moves the section headers, which the ELF header at 40 points to, and lets
    // offsets into the strings change; the code stays as it was.
    let third = try build("third", folder: "/a/longer/folder")
    let moved = try #require(try FileDifference.between(first, third))
    #expect(moved.placeText == "ELF header+40")
    #expect(moved.partTexts.contains("ELF section .debug_line_str"))
    for name in [".text", ".rodata", ".symtab", ".strtab", ".shstrtab"] {
      #expect(!moved.partTexts.contains("ELF section \(name)"))
    }
  }

  @Test func listsSectionsOfOneSideOnly() throws {
    let bench = try Workbench()
    let first = try bench.compile(Self.program("hello"), "first")
    try bench.run("objcopy", "--add-section", ".extra=source.c", "first", "second")
    let difference = try #require(
      try FileDifference.between(first, try bench.artifact("second")))
    let extra = try #require(difference.parts.last)
    #expect(extra.path == [Part(.elfSection, ".extra")])
    #expect(extra.firstSize == nil)
    #expect(extra.secondSize == Int64(Self.program("hello").utf8.count))
  }

  @Test func comparesSizesOfSectionsWithoutBytes() throws {
    let bench = try Workbench()
    let options = ["-c", "-fno-common"]
    let first = try bench.compile("char room[100];", "first", options)
    let second = try bench.compile("char room[200];", "second", options)
    let difference = try #require(try FileDifference.between(first, second))
    #expect(
      difference.parts.contains(
        PartDifference(path: [Part(.elfSection, ".bss")], firstSize: 100, secondSize: 200)))
  }

  /// 64 bits and 32, either byte order, a program and objects.
  @Test(arguments: ["program", "elf64-little", "elf64-big", "elf32-little", "elf32-big"])
  func agreesWithReadelfOnEverySection(format: String) throws {
    let bench = try Workbench()
    let first: Artifact
    if format == "program" {
      first = try bench.compile(Self.program("hello"), "first", ["-g"])
    } else {
      try bench.write(Array("some bytes to wrap".utf8), "data")
      try bench.run("objcopy", "-I", "binary", "-O", format, "data", "first")
      first = try bench.artifact("first")
    }
    let rows = try bench.readelf("first").filter(\.isStored)
    #expect(rows.count >= (format == "program" ? 20 : 4))
    let bytes = try bench.bytes(first)
    for row in rows {
      for inside in Set([0, row.size / 2, row.size - 1]) {
        var changed = bytes
        changed[Int(row.offset + inside)] ^= 0x20
        let difference = try #require(
          try FileDifference.between(first, try bench.write(changed, "second")))
        #expect(difference.firstOffset == row.offset + inside)
        #expect(difference.placeText == "ELF section \(row.name)+\(inside)")
        // Its bytes are other sections' names.
        if row.name == ".shstrtab" { continue }
        #expect(difference.partTexts == ["ELF section \(row.name)"])
      }
    }
  }

  @Test func namesHeadersAndPadding() throws {
    let bench = try Workbench()
    let first = try bench.compile(Self.program("hello"), "first")
    let bytes = try bench.bytes(first)
    let rows = try bench.readelf("first").filter(\.isStored)
    let text = try bench.run("readelf", "-hW", "first")
    let table = try #require(
      text.split(separator: "\n").first { $0.contains("Start of section headers") }?
        .split(separator: " ").compactMap { Int($0) }.first)
    func place(_ offset: Int) throws -> String? {
      var changed = bytes
      changed[offset] ^= 1
      return try FileDifference.between(first, try bench.write(changed, "second"))?.placeText
    }
    #expect(try place(24) == "ELF header+24")
    #expect(try place(64 + 56 + 8) == "ELF program headers+64")
    #expect(try place(table + 70) == "ELF section headers+70")
    let end = try #require(rows.last { $0.name == ".fini" || $0.name == ".eh_frame" })
    #expect(try place(Int(end.offset + end.size) + 1) == "unclaimed+1")
  }

  @Test func saysThatATruncatedFileIsAPrefix() throws {
    let bench = try Workbench()
    let whole = try bench.compile(Self.program("hello"), "whole")
    let bytes = try bench.bytes(whole)
    let row = try #require(try bench.readelf("whole").first { $0.name == ".text" })
    let cut = try bench.write(Array(bytes[..<Int(row.offset + 3)]), "cut")
    for (first, second) in [(whole, cut), (cut, whole)] {
      let difference = try #require(try FileDifference.between(first, second))
      #expect(difference.firstOffset == nil)
      #expect(difference.isPrefix)
      #expect(difference.placeText == "ELF section .text+3")
      #expect(difference.parts.isEmpty)
      #expect(
        difference.differingBlocks == (whole.size - 1) / 4096 - (row.offset + 3) / 4096 + 1)
    }
  }
}
