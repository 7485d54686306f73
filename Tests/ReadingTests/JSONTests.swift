import Failing
import Linux
import Reading
import Testing

@Suite struct JSONTests {
  @Test func agreesWithPython() throws {
    let files = try Oracle.corpus(.json, "valid") + Oracle.corpus(.json, "invalid")
    #expect(files.count > 40)
    for (file, verdict) in try Oracle.verdicts(.json, files) {
      let value = Result { try JSON(parsing: FileSystem.read(file), file: file) }
      switch (verdict, value) {
      case (.refused, .failure):
        #expect(file.contains("/invalid/"))
      case (.accepted(let expected, let canonical), .success(let value)):
        #expect(file.contains("/valid/"))
        #expect(JSON.tagged(value) == expected, "\(file)")
        #expect(try JSON(parsing: value.prettyBytes(), file: file) == value)
        #expect(try JSON(parsing: value.compactBytes(), file: file) == value)
        if let bytes = try? value.canonicalBytes() {
          #expect(String(decoding: bytes, as: UTF8.self) == canonical, "\(file)")
        }
      case (.refused(let why), .success): Issue.record("\(file): Python refuses it: \(why)")
      case (.accepted, .failure(let error)): Issue.record("\(file): Python reads it: \(error)")
      }
    }
  }

  @Test func writesCanonicallyAsRFC8785Says() throws {
    // The strings and the order of RFC 8785 section 3.2.2 and 3.2.3.
    let value: JSON = [
      "\u{20ac}": "Euro Sign", "\r": "Carriage Return", "\u{fb33}": "Hebrew Letter Dalet",
      "1": "One", "\u{1F600}": "Emoji: Grinning Face", "\u{80}": "Control",
      "\u{f6}": "Latin Small Letter O With Diaeresis",
      "string": "\u{20ac}$\u{F}\nA'\u{42}\u{22}\u{5c}\\\u{22}/", "literals": [nil, true, false],
    ]
    #expect(
      String(decoding: try value.canonicalBytes(), as: UTF8.self)
        == #"{"\r":"Carriage Return","1":"One","literals":[null,true,false],"#
        + #""string":"€$\u000f\nA'B\"\\\\\"/","# + "\"\u{80}\":\"Control\","
        + #""ö":"Latin Small Letter O With Diaeresis","€":"Euro Sign","#
        + "\"\u{1F600}\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet\"}")
  }

  @Test func refusesToDigestWhatIsNotExact() {
    expectRefusal("reading canonical JSON: 1.5 has no exact canonical form") {
      try JSON.array([1.5]).canonicalBytes()
    }
    expectRefusal("reading canonical JSON: 9007199254740992 has no exact canonical form") {
      try JSON.integer(1 << 53).canonicalBytes()
    }
  }

  @Test func writesForPeople() {
    let value: JSON = ["name": "a", "empty": [], "none": [:], "list": [1, ["x": nil]]]
    #expect(
      String(decoding: value.prettyBytes(), as: UTF8.self) == """
        {
          "name": "a",
          "empty": [],
          "none": {},
          "list": [
            1,
            {
              "x": null
            }
          ]
        }

        """)
  }

  @Test func givesAccessToItsParts() throws {
    let value = try JSON(
      parsing: bytes(#"{"a": [1, "x", true, null, 2.5]}"#), file: "x.json")
    #expect(value["a"]?[0]?.integerValue == 1)
    #expect(value["a"]?[1]?.stringValue == "x")
    #expect(value["a"]?[2]?.boolValue == true)
    #expect(value["a"]?[3]?.isNull == true)
    #expect(value["a"]?[4]?.doubleValue == 2.5)
    #expect(value["a"]?[5] == nil)
    #expect(value["b"] == nil)
    #expect(value.objectValue?.members.map(\.key) == ["a"])
  }

  @Test func changesMembersInPlace() {
    var object = JSON.Object()
    object["a"] = 1
    object["b"] = 2
    object["a"] = 3
    object["b"] = nil
    #expect(JSON.object(object) == ["a": 3])
  }

  @Test func keepsCanonicallyEquivalentKeysApart() throws {
    let value = try JSON(parsing: bytes("{\"\u{e9}\": 1, \"e\u{301}\": 2}"), file: "x.json")
    #expect(value["e\u{301}"] == 2)
    #expect(JSON.string("\u{e9}") != JSON.string("e\u{301}"))
  }

  @Test func boundsTheDepth() {
    let deep = String(repeating: "[", count: 128) + String(repeating: "]", count: 128)
    #expect(throws: Never.self) { try JSON(parsing: bytes(deep), file: "x.json") }
    expectRefusal("reading x.json:1:129: nested deeper than 128 levels", exitCode: .inputRejected) {
      try JSON(parsing: bytes("[\(deep)]"), file: "x.json")
    }
  }

  @Test(arguments: [
    ("{\n  \"a\": 1,\n  \"a\": 2}", "3:3: key \"a\" is given twice"),
    ("[1, 2", "1:6: expected ',' or ']', found the end of the file"),
    ("{\"é\": tru}", "1:7: expected true, found 't'"),
    ("[\"\\ud800\"]", "1:3: lone surrogate in a string"),
    ("1 2", "1:3: '2' follows the value"),
    ("[1e999]", "1:2: 1e999 is out of range"),
    ("\"a\tb\"", "1:3: byte 0x09 must be escaped in a string"),
    ("\"ab", "1:1: the string is not closed"),
    ("[01]", "1:3: expected ',' or ']', found '1'"),
    ("\"\\q\"", "1:2: unknown escape \\ followed by 'q'"),
  ])
  func namesThePlace(content: String, message: String) {
    expectRefusal("reading x.json:\(message)", exitCode: .inputRejected) {
      try JSON(parsing: bytes(content), file: "x.json")
    }
  }

  @Test func refusesWhatIsNotUTF8() {
    expectRefusal(
      "reading x.json:1:2: not valid UTF-8", hint: "save the file as UTF-8",
      exitCode: .inputRejected
    ) {
      try JSON(parsing: [0x22, 0xE9, 0x22], file: "x.json")
    }
  }
}
