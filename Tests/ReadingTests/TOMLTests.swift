import Linux
import Reading
import Testing

@Suite struct TOMLTests {
  @Test func agreesWithTomllib() throws {
    let files = try Oracle.corpus(.toml, "valid") + Oracle.corpus(.toml, "invalid")
    #expect(files.count > 100)
    for (file, verdict) in try Oracle.verdicts(.toml, files) {
      let table = Result { try TOML.parse(FileSystem.read(file), file: file) }
      switch (verdict, table) {
      case (.refused, .failure):
        #expect(file.contains("/invalid/"))
      case (.accepted(let expected, _), .success(let table)):
        #expect(file.contains("/valid/"))
        #expect(JSON.tagged(.table(table)) == expected, "\(file)")
      case (.refused(let why), .success): Issue.record("\(file): tomllib refuses it: \(why)")
      case (.accepted, .failure(let error)): Issue.record("\(file): tomllib reads it: \(error)")
      }
    }
  }

  @Test func placesEveryKeyAndValue() throws {
    let table = try TOML.parse(
      bytes("a = 1\n[b]\nc = 3\n[[d]]\nf = {g = 2}\n"), file: "x.toml")
    #expect(table["a"]?.position == Position(line: 1, column: 5))
    #expect(table.entry("b")?.position == Position(line: 2, column: 2))
    #expect(table["b"]?.position == Position(line: 2, column: 1))
    #expect(table["d"]?.array?[0].position == Position(line: 4, column: 1))
    #expect(table["d"]?.array?[0].table?["f"]?.position == Position(line: 5, column: 5))
    let inner = try #require(table["d"]?.array?[0].table?["f"]?.table)
    #expect(inner.entry("g")?.position == Position(line: 5, column: 6))
    #expect(inner["g"]?.position == Position(line: 5, column: 10))
  }

  /// Tables are looked through while they are small, and indexed from the 17th key on.
  @Test(arguments: [1, 15, 16, 17, 18, 100])
  func findsEveryKeyOfTablesOfAnySize(count: Int) throws {
    let text = (1...count).map { "k\($0) = \($0)\n" }.joined()
    let table = try TOML.parse(bytes(text), file: "x.toml")
    for number in 1...count { #expect(table["k\(number)"]?.integer == Int64(number)) }
    for number in [1, count] {
      #expect(throws: ReadingError.self) {
        try TOML.parse(bytes(text + "k\(number) = 0\n"), file: "x.toml")
      }
    }
  }

  @Test func placesValuesOfQuotedDottedKeys() throws {
    let table = try TOML.parse(bytes("\"é\".c = [1,\n   \"x\"]\n"), file: "x.toml")
    let inner = try #require(table["é"]?.table?["c"])
    #expect(inner.position == Position(line: 1, column: 9))
    #expect(inner.array?[1].position == Position(line: 2, column: 4))
  }

  @Test func keepsTheOrderOfTheFile() throws {
    let table = try TOML.parse(bytes("z = 1\na = 2\nm.x = 3\nb = 4\nm.a = 5\n"), file: "x.toml")
    #expect(table.keys == ["z", "a", "m", "b"])
    #expect(table["m"]?.table?.keys == ["x", "a"])
  }

  @Test func keepsTheTextOfDates() throws {
    let table = try TOML.parse(bytes("a = 1979-05-27 07:32:00.10z"), file: "x.toml")
    guard case .datetime(let text)? = table["a"]?.value else {
      Issue.record("not a date")
      return
    }
    #expect(text == "1979-05-27 07:32:00.10z")
  }

  @Test(arguments: ["9223372036854775808", "-9223372036854775809", "0xffffffffffffffff"])
  func refusesIntegersBeyond64Bits(literal: String) {
    expectRefusal("reading x.toml:1:5: '\(literal)' is not a value") {
      try TOML.parse(bytes("a = \(literal)"), file: "x.toml")
    }
  }

  @Test(arguments: [
    String(repeating: "[", count: 200) + String(repeating: "]", count: 200),
    String(repeating: "{a=", count: 200) + "1" + String(repeating: "}", count: 200),
    String(repeating: "[{a.b.c=", count: 100) + "1" + String(repeating: "}]", count: 100),
  ])
  func boundsTheDepthOfValues(value: String) throws {
    do {
      _ = try TOML.parse(bytes("a = \(value)"), file: "x.toml")
      Issue.record("accepted")
    } catch {
      #expect(error.fact == .tooDeep(limit: 128))
    }
  }

  @Test func boundsTheDepthOfKeys() throws {
    let key = Array(repeating: "a", count: 200).joined(separator: ".")
    for content in ["\(key) = 1", "[\(key)]", "[[\(key)]]"] {
      do {
        _ = try TOML.parse(bytes(content), file: "x.toml")
        Issue.record("accepted")
      } catch {
        #expect(error.fact == .tooDeep(limit: 128))
      }
    }
  }

  @Test(arguments: [
    ("a = 1\nb = 2\na = 3", "3:1: key \"a\" is given twice"),
    ("[a]\n[b]\n[a]", "3:2: key \"a\" is given twice"),
    ("a = ", "1:5: expected a value, found the end of the file"),
    ("a = \nb", "1:5: expected a value, found the end of the line"),
    ("a b", "1:3: expected '=', found 'b'"),
    ("[a", "1:3: expected ']', found the end of the file"),
    ("[[a]", "1:5: expected ']]', found the end of the file"),
    ("a = [1,\n2", "1:5: the array is not closed"),
    ("a = {b = 1,}", "1:12: expected a key, found '}'"),
    ("a = \"é\n\"", "1:5: the string is not closed"),
    ("a = \"\\q\"", "1:6: unknown escape \\ followed by 'q'"),
    ("a = \"\\ud800\"", "1:6: d800 is not a Unicode scalar value"),
    ("a = \"\u{1}\"", "1:6: byte 0x01 is not allowed in a string"),
    ("# \u{1}", "1:3: byte 0x01 is not allowed in a comment"),
    ("a = 2021-02-29", "1:5: '2021-02-29' is not a value"),
    ("a = 1 b = 2", "1:7: expected the end of the line, found 'b'"),
    ("\u{FEFF}a = 1", "1:1: expected a key, found byte 0xef"),
  ])
  func namesThePlace(content: String, message: String) {
    expectRefusal("reading cupel.toml:\(message)") {
      try TOML.parse(bytes(content), file: "cupel.toml")
    }
  }

  @Test func keepsControlCharactersOutOfMessages() {
    expectRefusal(#"reading x.toml:2:1: key "\u{1b}[31m" is given twice"#) {
      try TOML.parse(bytes("\"\\u001b[31m\" = 1\n\"\\u001b[31m\" = 2"), file: "x.toml")
    }
  }
}
