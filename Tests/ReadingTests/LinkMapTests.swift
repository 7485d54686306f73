import Failing
import Linux
import Reading
import Testing

@Suite struct LinkMapTests {
  private static let lld = """
                 VMA              LMA     Size Align Out     In      Symbol
                 2a8              2a8       1c     1 .interp
                 2a8              2a8       1c     1         <internal>:(.interp)
                16b0             16b0      145    16 .text
                16b0             16b0       22    16         /usr/lib/x86_64-linux-gnu/Scrt1.o:(.text)
                16b0             16b0       22     1                 _start
                16d2             16d2        0     1         /usr/lib/crti.o:(.text)
                1799             1799       4d     1         /b/with :(odd).o:(.text.a+0x18)
                17e6             17e6        f     1         /b/libfoo-1.rlib(foo.o):(.text)
                17f5             17f5       10     1         /b/libfoo-1.rlib(foo.o):(.data)

    """

  private static let bfd = """
    Archive member included to satisfy reference by file (symbol)

    ./libfoo.a(foo.o)             /tmp/cc8AIhmh.o (foo)
    /a/very/long/name/libbar.rlib(bar.o)
                                  /tmp/cc8AIhmh.o (bar)
    As-needed library included to satisfy reference by file (symbol)

    libz.so.1                     /tmp/cc8AIhmh.o (zlibVersion)

    Discarded input sections

     .text          0x0000000000000000       0x10 /gone.o

    Linker script and memory map

    LOAD /usr/lib/Scrt1.o
                    0x0000000000000318                . = (SEGMENT_START ("x", 0x0) + SIZEOF_HEADERS)
    .text           0x0000000000001040      0x153
     *(.text.unlikely .text.*_unlikely .text.unlikely.*)
     .text          0x0000000000001040       0x22 /usr/lib/Scrt1.o
                    0x0000000000001040                _start
     *fill*         0x0000000000001062        0xe
     .text.a_name_that_is_long
                    0x0000000000001070        0xf ./libfoo.a(foo.o)
     .comment       0x0000000000000000       0x27 /usr/lib/Scrt1.o
                                             0x28 (size before relaxing)

    """

  private static let gold = """
    Archive member included because of file (symbol)

    ./libf.a(f.o)                 main.o (f)
    /usr/lib/libgcc.a(_addsub_dd.o)
                                  main.o (__bid_adddd3)

    Discarded input sections

     .data          0x0000000000000000        0x4 /gone.o

    Memory map

     ** file header
                    0x0000000000000000       0x40

    .interp         0x00000000000002a8       0x1c
     ** fill        0x00000000000002a8       0x1c

    .note.gnu.property
                    0x00000000000002c8       0x20
     ** note header
                    0x00000000000002c8       0x10

    .text           0x0000000000000780       0x80
     .text.startup.main
                    0x0000000000000780       0x4f main.o
                    0x0000000000000780                main
     ** fill        0x00000000000007cf        0x1
     .text          0x00000000000007d0       0x22 ./libf.a(f.o)

    """

  private static let mold = """
                   VMA       Size Align Out     In      Symbol
                     0         64     8 EHDR
                0x1dc0         64    16 .plt
                0x1f80         35    16 .text
                0x1f80         19    16         libf.a(f.o):(.text.f)
                0x1f80          0     0                 f
                0x1fa0         10    16         /b/with space.o:(.text)

    """

  private func shown(_ text: String) throws -> [String] {
    let map = try LinkMap(parsing: Array(text.utf8), file: "map")
    return map.inputs.map { "\($0.file)|\($0.member ?? "")|\($0.size)" }
  }

  @Test func readsTheFormOfLLD() throws {
    #expect(
      try shown(Self.lld) == [
        "/usr/lib/x86_64-linux-gnu/Scrt1.o||34", "/usr/lib/crti.o||0", "/b/with :(odd).o||77",
        "/b/libfoo-1.rlib|foo.o|31",
      ])
  }

  @Test func readsTheFormOfGNU() throws {
    #expect(
      try shown(Self.bfd) == [
        "./libfoo.a|foo.o|15", "/a/very/long/name/libbar.rlib|bar.o|0", "/usr/lib/Scrt1.o||73",
      ])
  }

  @Test func readsTheFormOfGold() throws {
    #expect(
      try shown(Self.gold) == [
        "./libf.a|f.o|34", "/usr/lib/libgcc.a|_addsub_dd.o|0", "main.o||79",
      ])
  }

  @Test func readsTheFormOfMold() throws {
    #expect(try shown(Self.mold) == ["libf.a|f.o|19", "/b/with space.o||10"])
  }

  @Test func readsWhatTheOutputIsMadeOf() throws {
    for (text, form, expected) in [
      (Self.lld, LinkMap.Form.lld, [".interp 2a8 1c", ".text 16b0 145"]),
      (Self.bfd, .bfd, [".text 1040 153"]),
      (
        Self.gold, .gold, [".interp 2a8 1c", ".note.gnu.property 2c8 20", ".text 780 80"]
      ),
      (Self.mold, .mold, ["EHDR 0 40", ".plt 1dc0 40", ".text 1f80 23"]),
    ] {
      let map = try LinkMap(parsing: Array(text.utf8), file: "map")
      #expect(map.form == form)
      let sections = map.sections.map {
        "\($0.name) \(String($0.address, radix: 16)) \(String($0.size, radix: 16))"
      }
      #expect(sections == expected, "\(form)")
    }
    let pieces = try LinkMap(parsing: Array(Self.gold.utf8), file: "map").sections[2].pieces
    #expect(
      pieces == [
        .init(address: 0x780, size: 0x4F, isFromFile: true),
        .init(address: 0x7CF, size: 1, isFromFile: false),
        .init(address: 0x7D0, size: 0x22, isFromFile: true),
      ])
  }

  @Test(arguments: ["bfd", "gold"])
  func readsWhatAnInstalledLinkerWrites(linker: String) throws {
    let folder = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(folder) }
    try FileSystem.write(Array("int f(void) { return 0; }".utf8), to: "\(folder)/f.c")
    try FileSystem.write(
      Array("int f(void); int main(void) { return f(); }".utf8), to: "\(folder)/main.c")
    for command in [
      "gcc -c f.c", "gcc -c main.c -o 'ma in#$.o'", "ar rcsD libf.a f.o",
      "gcc 'ma in#$.o' -L. -lf -fuse-ld=\(linker) -Wl,-Map=map -Wl,--dependency-file=rule -o main",
    ] {
      try Command(["sh", "-c", command], directory: folder, timeout: 60).runChecked()
    }
    let map = try LinkMap(parsing: FileSystem.read("\(folder)/map"), file: "map")
    #expect(map.form.rawValue == linker)
    let members = map.inputs.filter { $0.member != nil }
    #expect(members.map { "\($0.file)(\($0.member ?? ""))" } == ["./libf.a(f.o)"])
    #expect(members.first.map { $0.size > 0 } == true)
    let opened = try LinkInputs(parsing: FileSystem.read("\(folder)/rule"), file: "rule").files
    #expect(opened.contains("./libf.a"))
    // Neither of them escapes anything.
    #expect(opened.contains("ma in#$.o"))
    #expect(opened.contains { $0.hasSuffix("/libc.so.6") })
    #expect(opened.contains { $0.hasSuffix("crtn.o") })
  }

  private func refusal(_ text: [UInt8]) -> String {
    do throws(ReadingError) {
      _ = try LinkMap(parsing: text, file: "map")
      return ""
    } catch {
      return error.chain
    }
  }

  @Test func refusesOtherTexts() {
    for text in [
      "", "nothing\n", "VMA\n", "Archive member included to satisfy\n", "VMA LMA Size\n",
    ] {
      #expect(refusal(Array(text.utf8)).contains("a map of none of"), "\(text)")
    }
    let long = [UInt8](repeating: 0x61, count: (1 << 20) + 1)
    #expect(refusal(long).contains("map:1:1: a line of more than 1 MiB"))
    let head = "Linker script and memory map\n"
    let many = (0...(1 << 18)).map { " .text 0x1 0x1 /\($0).o\n" }.joined()
    #expect(refusal(Array((head + many).utf8)).contains("more than 262144 files"))
    let sections = String(repeating: ".a 0x1 0x1\n", count: (1 << 16) + 1)
    #expect(refusal(Array((head + sections).utf8)).contains("more than 65536 sections"))
    for name in ["/\u{1B}[31m.o", "/a\rb.o", "/a\u{7F}", "/a\tb.o"] {
      let line = " .text 0x1 0x1 \(name)\n"
      #expect(refusal(Array((head + line).utf8)).contains("map:2:1: a file name with control"))
    }
    let bytes = Array((head + " .text 0x1 0x1 /").utf8) + [0xFF]
    #expect(refusal(bytes).contains("a file name that is not UTF-8"))
  }

  /// What a member's name with line ends in it makes of the maps of lld and mold: its own line has no
  /// end, so that its bytes have no file.
  @Test func takesNoBytesForBrokenNames() throws {
    let lines = """
                   VMA       Size Align Out     In      Symbol
                0x1f80         35    16 .text
                0x1f80         19    16         libf.a(a
       .text    0x1000       0x10 b.o):(.text)
                0x1fa0         10    16         libf.a(f.o):(.text)

      """
    #expect(try shown(lines) == ["libf.a|f.o|10"])
    let map = try LinkMap(parsing: Array(lines.utf8), file: "map")
    #expect(map.sections.map(\.pieces.count) == [1])
  }

  @Test func takesTheLargestNumbers() throws {
    let line = " .text 0xffffffffffffffff 0xffffffffffffffff /a.o\n"
    let text = "Linker script and memory map\n" + line + line
    #expect(try shown(text) == ["/a.o||\(Int64.max)"])
  }

  @Test func readsRules() throws {
    let rule = """
      out: \\
        /a.o \\
       /with\\ space.o /hash\\#.o /dollar$$.o \\
      \t/a.o

      /a.o:
      /with\\ space.o:
      /hash\\#.o:

      /dollar$$.o:

      """
    #expect(
      try LinkInputs(parsing: Array(rule.utf8), file: "rule").files == [
        "/a.o", "/with space.o", "/hash#.o", "/dollar$.o",
      ])
    // GNU ld escapes nothing: where the name ends, its own rule says.
    let plain = "out: /with space.o b\n/with space.o:\nb:\n"
    #expect(
      try LinkInputs(parsing: Array(plain.utf8), file: "rule").files == ["/with space.o", "b"])
    #expect(try LinkInputs(parsing: Array("out:\n".utf8), file: "rule").files == [])
  }

  @Test func refusesOtherRules() {
    func refusal(_ text: String) -> String {
      do throws(ReadingError) {
        _ = try LinkInputs(parsing: Array(text.utf8), file: "rule")
        return ""
      } catch {
        return error.chain
      }
    }
    for text in ["", "\n", "no rule\n", "\\"] {
      #expect(refusal(text).contains("no rule of a makefile"), "\(text)")
    }
    for text in ["out: x", "out: x\n", "out: x\ny:\n", "out: x\nx:\ny:\n", "out:\nx:\n"] {
      #expect(refusal(text).contains("rules that do not name the same files"), "\(text)")
    }
    // What a line end in a name makes of both.
    #expect(refusal("out: \\\n  a\nb.o \\\n  c.o\n\na\nb.o:\n\nc.o:\n").contains("no empty rule"))
    #expect(refusal("out: a\u{1B}.o\na\u{1B}.o:\n").contains("rule:2:1: a file name with control"))
    let names = (0...(1 << 18)).map { "/\($0)" }
    let text = "out: \(names.joined(separator: " "))\n\(names.joined(separator: ":\n")):\n"
    #expect(refusal(text).contains("more than 262144 files"))
    let words = String(repeating: "a ", count: (1 << 20) + 1)
    #expect(refusal("out: \(words)\n").contains("more than 1048576 words"))
    #expect(refusal("out: a\n\(words):\n").contains("more than 1048576 words"))
    let lines = String(repeating: "\n", count: 1 << 20)
    #expect(refusal("out: a\n\(lines)b:\n").contains("rules that do not name the same files"))
  }
}
