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

  @Test func readsWhatAnInstalledLinkerWrites() throws {
    let folder = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(folder) }
    try FileSystem.write(Array("int f(void) { return 0; }".utf8), to: "\(folder)/f.c")
    try FileSystem.write(
      Array("int f(void); int main(void) { return f(); }".utf8), to: "\(folder)/main.c")
    for command in [
      "gcc -c f.c", "ar rcsD libf.a f.o",
      "gcc main.c -L. -lf -fuse-ld=bfd -Wl,-Map=map -Wl,--dependency-file=rule -o main",
    ] {
      try Command(["sh", "-c", command], directory: folder, timeout: 60).runChecked()
    }
    let map = try LinkMap(parsing: FileSystem.read("\(folder)/map"), file: "map")
    #expect(map.form == .bfd)
    let members = map.inputs.filter { $0.member != nil }
    #expect(members.map { "\($0.file)(\($0.member ?? ""))" } == ["./libf.a(f.o)"])
    #expect(members.first.map { $0.size > 0 } == true)
    let opened = try LinkInputs(parsing: FileSystem.read("\(folder)/rule"), file: "rule").files
    #expect(opened.contains("./libf.a"))
    #expect(opened.contains { $0.hasSuffix("/libc.so.6") })
    #expect(opened.contains { $0.hasSuffix("crtn.o") })
  }

  @Test func refusesOtherTexts() {
    for text in ["", "nothing\n", "VMA\n", "Archive member included to satisfy\n"] {
      #expect(throws: ReadingError.self) {
        try LinkMap(parsing: Array(text.utf8), file: "map")
      }
    }
    let long = [UInt8](repeating: 0x61, count: (1 << 20) + 1)
    #expect(throws: ReadingError.self) { try LinkMap(parsing: long, file: "map") }
    let head = "Linker script and memory map\n"
    let many = (0...(1 << 18)).map { " .text 0x1 0x1 /\($0).o\n" }.joined()
    #expect(throws: ReadingError.self) {
      try LinkMap(parsing: Array((head + many).utf8), file: "map")
    }
  }

  @Test func takesTheLargestNumbers() throws {
    let line = " .text 0xffffffffffffffff 0xffffffffffffffff /a.o\n"
    let text = "Linker script and memory map\n" + line + line
    #expect(try shown(text) == ["/a.o||\(Int64.max)"])
  }

  @Test func readsRules() throws {
    let rule = "out: \\\n  /a.o \\\n /with\\ space.o /hash\\#.o /dollar$$.o \\\n\t/a.o\n\n/a.o:\n"
    #expect(
      try LinkInputs(parsing: Array(rule.utf8), file: "rule").files == [
        "/a.o", "/with space.o", "/hash#.o", "/dollar$.o",
      ])
    #expect(try LinkInputs(parsing: Array("out: x".utf8), file: "rule").files == ["x"])
    for text in ["", "\n", "no rule\n", "\\"] {
      #expect(throws: ReadingError.self) {
        try LinkInputs(parsing: Array(text.utf8), file: "rule")
      }
    }
  }
}
