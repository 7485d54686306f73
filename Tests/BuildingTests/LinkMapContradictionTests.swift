import Comparing
import Linux
import Reading
import Testing

@testable import Building

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
}
