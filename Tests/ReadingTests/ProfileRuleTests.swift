import Testing

@testable import Reading

/// How rules of a profile, and profiles, relate to each other.
@Suite struct ProfileRuleTests {
  private func profile(_ more: String = "") throws -> Profile {
    try Profile(parsing: bytes(ProfileTests.head(more)), file: "p.toml")
  }

  private static func rule(
    _ action: String, _ when: String = "", names: String = "\"a\""
  ) -> String {
    "[[syscalls.rule]]\nnames = [\(names)]\naction = \"\(action)\"\nreason = \"r\"\n"
      + (when.isEmpty ? "" : "when = [\(when)]\n")
  }

  private static func when(_ op: String, _ value: String, argument: Int = 0, mask: String = "")
    -> String
  {
    "{ argument = \(argument), op = \"\(op)\", value = \(value)"
      + (mask.isEmpty ? "" : ", mask = \(mask)") + " }"
  }

  @Test(arguments: [
    (when("==", "1"), when("==", "1")),
    ("", when("==", "1")),
    (when("<", "5"), when(">", "3")),
    (when("<=", "5"), when(">=", "5")),
    (when("!=", "5"), when("!=", "6")),
    (when("!=", "5"), when("<", "6")),
    (when("&", "[4, 8]"), when("==", "12")),
    (when("==", "2", mask: "6"), when("==", "1", mask: "1")),
    (when("==", "4", mask: "6"), when(">", "1000")),
    (when("==", "1"), when("==", "1", argument: 1)),
    (when("in", "[1, 2]"), when("not-in", "[1]", mask: "0xff")),
    (when(">", "0x7ffffffffffffffe"), when("==", "0x7fffffff", mask: "0xffffffff")),
  ])
  func refusesRulesThatContradictEachOther(first: String, second: String) throws {
    for (a, b) in [(first, second), (second, first)] {
      expectRefusal(
        "reading p.toml:\(a.isEmpty ? 11 : 12):1: \"rule\" is \"a\": "
          + "a rule in line 7 treats the same call differently"
      ) { try profile(Self.rule("EPERM", a) + Self.rule("ENOSYS", b)) }
      // The same treatment twice is none.
      _ = try profile(Self.rule("EPERM", a) + Self.rule("EPERM", b))
      // Nor is another call.
      _ = try profile(Self.rule("EPERM", a) + Self.rule("ENOSYS", b, names: "\"b\""))
    }
  }

  @Test(arguments: [
    (when("==", "1"), when("==", "2")),
    (when("==", "1"), when("!=", "1")),
    (when("<", "5"), when(">=", "5")),
    (when("<", "0"), when(">=", "0")),
    (when("==", "0", mask: "12"), when("&", "[4, 8]")),
    (when("==", "2", mask: "6"), when("==", "4", mask: "6")),
    (when("==", "4", mask: "4"), when("<", "4")),
    (when("in", "[1, 2]"), when("in", "[3]")),
    (when("in", "[1, 2]", mask: "0xff"), when("not-in", "[1, 2]", mask: "0xff")),
    (
      when("==", "1") + ", " + when("==", "1", argument: 1),
      when("==", "1") + ", " + when("==", "2", argument: 1)
    ),
  ])
  func acceptsRulesThatNeverMeet(first: String, second: String) throws {
    _ = try profile(Self.rule("EPERM", first) + Self.rule("ENOSYS", second))
    _ = try profile(Self.rule("EPERM", second) + Self.rule("ENOSYS", first))
  }

  @Test func extendsAnother() throws {
    let base = try profile(
      Self.rule("EPERM") + """
        [devices]
        names = ["null"]
        reason = "r"
        [writable]
        home = { size = "1M", reason = "r" }
        target = { size = "2M", reason = "r" }
        [limits]
        nofile = { most = 0, reason = "r" }
        pids = { most = 5, reason = "r" }
        """)
    let profile = try Profile(
      parsing: bytes(
        """
        schema = 1
        name = "more"
        extends = "p"
        [[ioctls.rule]]
        requests = ["TIOCSTI", 7]
        action = "EPERM"
        report = "terminal"
        reason = "r"
        [devices]
        names = ["tty"]
        reason = "r"
        [writable]
        target = { size = "25% of memory", reason = "r" }
        [limits]
        pids = { most = 6, reason = "r" }
        """), file: "more.toml"
    ) { name throws(ReadingError) in name == "p" ? base : nil }
    #expect(profile.base == "p")
    #expect(profile.syscalls.rules.map(\.names) == [["a"], ["ioctl"]])
    #expect(profile.syscalls.rules[1].report == .terminal)
    #expect(
      profile.syscalls.rules[1].conditions.map(\.test)
        == [.oneOf([0x5412, 7], mask: 0xffff_ffff)])
    #expect(profile.syscalls.newest == 452)
    #expect(profile.devices == [.null, .tty])
    #expect(profile.limits.openFiles?.value == 0)
    #expect(profile.limits.pids?.value == 6)
    #expect(profile.writable.size(of: .home) == .bytes(ByteCount(bytes: 1 << 20)))
    #expect(profile.writable.size(of: .target) == .ofMemory(percent: 25))
    #expect(profile.writable.size(of: .temporary) == .ofMemory(percent: 50))

    expectRefusal(
      "reading less.toml:4:1: \"rule\" is \"a\": a rule in the profile that this one extends "
        + "treats the same call differently"
    ) {
      try Profile(
        parsing: bytes("schema = 1\nname = \"less\"\nextends = \"p\"\n" + Self.rule("allow")),
        file: "less.toml"
      ) { _ throws(ReadingError) in base }
    }
  }

  /// Rules are compared with each other, so those of a stranger's kit could take minutes.
  @Test func namesAreLimited() throws {
    func rules(_ count: Int) -> String {
      let names = (0..<count).map { "\"call\($0)\"" }
      let first = names.prefix(4096).joined(separator: ", ")
      let rest = names.dropFirst(4096).joined(separator: ", ")
      return Self.rule("allow", names: first) + Self.rule("EPERM", names: rest)
    }
    _ = try profile(rules(8192))
    expectRefusal("reading p.toml:3:1: \"syscalls\" is \"8193 names\": there can be 8192") {
      try profile(rules(8193))
    }
  }

  @Test func resolvesSizes() throws {
    let profile = try profile(
      """
      [writable]
      target = { size = "50% of memory", reason = "r" }
      temporary = { size = "25% of target", reason = "r" }
      home = { size = "3M", reason = "r" }
      """)
    #expect(
      profile.writable.resolved(freeMemory: 1000)
        == Profile.FolderSizes(target: 500, temporary: 125, home: 3 << 20, cargoHome: 500))
    #expect(
      profile.writable.resolved(freeMemory: 1000, target: 4000)
        == Profile.FolderSizes(target: 4000, temporary: 1000, home: 3 << 20, cargoHome: 500))
  }

  private func differences(_ first: String, _ second: String) throws -> [Profile.Difference] {
    try profile(first).differences(from: profile(second))
  }

  @Test func findsNoDifferenceInWhatIsWrittenDifferently() throws {
    let same: [(String, String)] = [
      (
        Self.rule("EPERM", Self.when("in", "[1, 2]")),
        Self.rule("EPERM", Self.when("==", "2")) + Self.rule("EPERM", Self.when("==", "1"))
      ),
      (
        Self.rule("EPERM", Self.when("&", "[1, 4]")),
        Self.rule("EPERM", Self.when("!=", "0", mask: "5"))
      ),
      (Self.rule("EPERM", Self.when("<", "5")), Self.rule("EPERM", Self.when("<=", "4"))),
      ("", Self.rule("allow")),
      (
        Self.rule("EPERM", names: "\"a\", \"b\""),
        Self.rule("EPERM", names: "\"b\"") + Self.rule("EPERM", names: "\"a\"")
      ),
    ]
    for (a, b) in same {
      #expect(try differences(a, b).isEmpty, "\(a) \(b)")
      #expect(try differences(b, a).isEmpty, "\(a) \(b)")
    }
  }

  @Test func findsDifferences() throws {
    let different = try differences(
      Self.rule("EPERM", names: "\"a\", \"b\"")
        + Self.rule("EPERM", Self.when("==", "1"), names: "\"c\"")
        + "[limits]\npids = { most = 5, reason = \"r\" }\n",
      Self.rule("ENOSYS", names: "\"b\", \"a\"")
        + Self.rule("EPERM", Self.when("==", "1", mask: "0xff"), names: "\"c\"")
        + "[devices]\nnames = [\"tty\"]\nreason = \"r\"\n")
    #expect(different.map(\.area) == ["system calls", "system calls", "devices", "limits"])
    #expect(different.map(\.subjects) == [["a", "b"], ["c"], ["tty"], ["pids"]])
    #expect(
      different.map(\.first) == ["EPERM", "EPERM when argument 0 is 1; else allow", "not", "5"])
    #expect(
      different.map(\.second)
        == ["ENOSYS", "EPERM when argument 0 is 1; else allow", "given", "none"])
    #expect(different[1].example == "c(0x101, 0x0, 0x0, 0x0, 0x0, 0x0): allow → EPERM")
  }

  @Test func saysEveryRuleWithItsReason() throws {
    let profile = try profile(
      Self.rule("EPERM", Self.when("&", "[\"S_ISUID\", \"S_ISGID\"]", argument: 1))
        + "[limits]\npids = { most = 5, reason = \"few are enough\" }\n")
    let words = profile.words(columns: 80)
    #expect(
      words.contains(
        """
          EPERM      a, when argument 1 has a bit of S_ISUID, S_ISGID
                       r

        """), "\(words)")
    #expect(words.contains("  limit      pids: 5\n               few are enough\n"))
    for name in ProfileDataTests.names {
      let profile = try ProfileDataTests.profile(name)
      let flowing = profile.words(columns: 80).split { $0 == " " || $0 == "\n" }
        .joined(separator: " ")
      for rule in profile.syscalls.rules { #expect(flowing.contains(rule.reason)) }
      #expect(profile.words(columns: 80).split(separator: "\n").allSatisfy { $0.count <= 80 })
      let json = try JSON(parsing: profile.json.prettyBytes(), file: name)
      #expect(json == profile.json)
      #expect(json["syscalls"]?["rules"]?.arrayValue?.count == profile.syscalls.rules.count)
    }
  }
}
