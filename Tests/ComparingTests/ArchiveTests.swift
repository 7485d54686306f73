import Comparing
import Linux
import Testing

@Suite struct ArchiveTests {
  private static let longName = "a_name_longer_than_the_sixteen_bytes_of_a_header.o"

  @Test func namesTheMemberAndTheSectionWithin() throws {
    let bench = try Workbench()
    _ = try bench.compile("int one(void) { return 1; }", "one.o", ["-c"])
    _ = try bench.compile("const char text[] = \"abc\";", Self.longName, ["-c"])
    try bench.run("ar", "rcsD", "first.a", "one.o", Self.longName)
    let row = try #require(try bench.readelf(Self.longName).first { $0.name == ".rodata" })
    _ = try bench.compile("const char text[] = \"abd\";", Self.longName, ["-c"])
    try bench.run("ar", "rcsD", "second.a", "one.o", Self.longName)

    let difference = try #require(
      try FileDifference.between(bench.artifact("first.a"), bench.artifact("second.a")))
    #expect(
      difference.placeText
        == "archive member \(Self.longName)+\(row.offset + 2) > ELF section .rodata+2")
    #expect(difference.partTexts == ["archive member \(Self.longName) > ELF section .rodata"])
  }

  @Test func namesTheMemberHeaderOfAnotherTime() throws {
    let bench = try Workbench()
    _ = try bench.compile("int one(void) { return 1; }", "one.o", ["-c"])
    try bench.run("touch", "-d", "@1000000000", "one.o")
    try bench.run("ar", "rcSU", "first.a", "one.o")
    try bench.run("touch", "-d", "@1000000001", "one.o")
    try bench.run("ar", "rcSU", "second.a", "one.o")
    let difference = try #require(
      try FileDifference.between(bench.artifact("first.a"), bench.artifact("second.a")))
    #expect(difference.firstOffset == 33)
    #expect(difference.placeText == "archive member header one.o+25")
    #expect(difference.partTexts == ["archive member header one.o"])
  }

  @Test func tellsMembersOfOneNameApart() throws {
    let bench = try Workbench()
    for (archive, last) in [("first.a", "three"), ("second.a", "threE")] {
      try bench.write(Array("one".utf8), "m")
      try bench.run("ar", "qcSD", archive, "m")
      try bench.write(Array(last.utf8), "m")
      try bench.run("ar", "qcSD", archive, "m")
    }
    let difference = try #require(
      try FileDifference.between(bench.artifact("first.a"), bench.artifact("second.a")))
    #expect(difference.placeText == "archive member m+4")
    #expect(
      difference.parts == [
        PartDifference(path: [Part(.archiveMember, "m")], firstSize: 5, secondSize: 5)
      ])
  }

  /// A member of a BSD archive: `#1/` and the length of the name that precedes the data.
  private static func bsd(_ name: String, _ data: String) -> [UInt8] {
    func field(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: width - text.utf8.count)
    }
    let padded = Array(name.utf8) + [0, 0]
    let header =
      field("#1/\(padded.count)", 16) + field("0", 12) + field("0", 6) + field("0", 6)
      + field("644", 8) + field("\(padded.count + data.utf8.count)", 10) + "`\n"
    let bytes = Array(header.utf8) + padded + Array(data.utf8)
    return bytes.count % 2 == 0 ? bytes : bytes + [10]
  }

  @Test func readsLongNamesOfBSD() throws {
    let bench = try Workbench()
    let magic = Array("!<arch>\n".utf8)
    let index = Self.bsd("__.SYMDEF", "index")
    let first = try bench.write(magic + index + Self.bsd("some member.o", "data"), "first.a")
    let second = try bench.write(magic + index + Self.bsd("some member.o", "dXta"), "second.a")
    let other = try bench.write(magic + index + Self.bsd("some nember.o", "data"), "other.a")
    let changed = try #require(try FileDifference.between(first, second))
    #expect(changed.placeText == "archive member some member.o+1")
    let renamed = try #require(try FileDifference.between(first, other))
    #expect(renamed.placeText == "archive member header some member.o+65")
    #expect(
      renamed.partTexts == [
        "archive member header some member.o", "archive member some member.o",
        "archive member header some nember.o", "archive member some nember.o",
      ])
  }

  @Test func stopsAtTheLimitOfParts() throws {
    let bench = try Workbench()
    let magic = Array("!<arch>\n".utf8)
    var archives: [Artifact] = []
    for data in ["x", "y"] {
      let members = (0..<65).flatMap { Self.bsd("member \($0)", data) }
      archives.append(try bench.write(magic + members, "\(data).a"))
    }
    let difference = try #require(try FileDifference.between(archives[0], archives[1]))
    #expect(difference.parts.count == FileDifference.partLimit)
    #expect(difference.areMoreParts)
  }

  @Test func hasNoPlaceInABrokenArchive() throws {
    let bench = try Workbench()
    let magic = Array("!<arch>\n".utf8)
    var broken = Self.bsd("some member.o", "data")
    broken[48] = UInt8(ascii: "9")
    let first = try bench.write(magic + broken, "first.a")
    let second = try bench.write(magic + broken.dropLast() + [0], "second.a")
    let difference = try #require(try FileDifference.between(first, second))
    #expect(difference.place == nil)
    #expect(difference.parts.isEmpty)
  }
}
