import Linux
import Testing

@testable import Reading

@Suite struct ProfileTests {
  private func profile(_ text: String) throws -> Profile {
    try Profile(parsing: bytes(text), file: "p.toml")
  }

  static func head(_ more: String = "") -> String {
    """
    schema = 1
    name = "p"
    [syscalls]
    default = "allow"
    unknown = "ENOSYS"
    newest = 452
    \(more)
    """
  }

  @Test func readsRules() throws {
    let profile = try profile(
      Self.head(
        """
        [[syscalls.rule]]
        names = ["a", "b"]
        numbers = { setxattrat = 463 }
        action = "EPERM"
        reason = "because"
        [[syscalls.rule]]
        names = ["socket"]
        action = "kill"
        reason = "because"
        when = [{ argument = 0, op = "!=", value = "AF_UNIX" }, { argument = 1, op = "<", value = 3 }]
        [landlock]
        require = 5
        tcp = true
        reason = "x"
        [time]
        uptime = 60
        reason = "y"
        [proc]
        hidepid = { mode = "invisible", reason = "z" }
        [[proc.masked]]
        paths = ["/proc/kcore"]
        reason = "memory"
        [[proc.readonly]]
        paths = ["/proc/sys"]
        reason = "settings"
        [devices]
        names = ["null"]
        reason = "expected"
        [limits]
        nofile = { most = 1024, reason = "a" }
        memory = { most = "1G", reason = "c" }
        pids = { most = 9, reason = "d" }
        """))
    #expect(profile.name == "p")
    #expect(profile.processVisibility?.value == .invisible)
    #expect(profile.landlock?.required == 5)
    #expect(profile.landlock?.allowsTCP == true)
    #expect(profile.uptime?.value == 60)
    #expect(profile.syscalls.defaultAction == .allow)
    #expect(profile.syscalls.unknown == .fail(.ENOSYS))
    #expect(profile.syscalls.newest == 452)
    let rules = profile.syscalls.rules
    #expect(rules.count == 2)
    #expect(rules[0].names == ["a", "b"])
    #expect(rules[0].numbers == [Profile.NumberedCall(name: "setxattrat", number: 463)])
    #expect(rules[0].action == .fail(.EPERM))
    #expect(rules[0].alternatives == [[]])
    #expect(rules[1].action == .kill)
    #expect(
      rules[1].alternatives == [
        [
          Profile.Comparison(argument: 0, operation: .notEqual, value: 1),
          Profile.Comparison(argument: 1, operation: .less, value: 3),
        ]
      ])
    #expect(profile.maskedPaths == ["/proc/kcore"])
    #expect(profile.readOnlyPaths == ["/proc/sys"])
    #expect(profile.devices == [.null])
    #expect(
      profile.limits
        == Profile.Limits(
          openFiles: .init(value: 1024, reason: "a"),
          memory: .init(value: ByteCount(bytes: 1 << 30), reason: "c"),
          pids: .init(value: 9, reason: "d")))
  }

  private func condition(_ text: String) throws -> Profile.Condition {
    let profile = try profile(
      Self.head(
        "[[syscalls.rule]]\nnames = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\nwhen = [\(text)]"))
    return profile.syscalls.rules[0].conditions[0]
  }

  @Test func splitsBitsIntoComparisons() throws {
    let condition = try condition(
      "{ argument = 1, op = \"&\", value = [\"S_ISUID\", \"S_ISGID\"] }")
    #expect(condition.test == .anyBit(of: 0o6000))
    #expect(
      condition.comparisons == [
        Profile.Comparison(argument: 1, operation: .maskedEqual(mask: 0o2000), value: 0o2000),
        Profile.Comparison(argument: 1, operation: .maskedEqual(mask: 0o4000), value: 0o4000),
      ])
  }

  @Test func comparesUnderAMask() throws {
    let condition = try condition(
      "{ argument = 1, op = \"==\", value = \"TIOCSTI\", mask = 0xffffffff }")
    #expect(
      condition.comparisons == [
        Profile.Comparison(
          argument: 1, operation: .maskedEqual(mask: 0xffff_ffff), value: 0x5412)
      ])
  }

  @Test func coversExactlyWhatIsNotListed() throws {
    let condition = try condition(
      "{ argument = 0, op = \"not-in\", value = [0, 0x40000, 0xffffffff], mask = 0xffffffff }")
    func holds(_ argument: UInt64) -> Bool {
      condition.comparisons.contains { comparison in
        guard case .maskedEqual(let mask) = comparison.operation else { return false }
        return argument & mask == comparison.value
      }
    }
    for allowed: UInt64 in [0, 0x40000, 0xffff_ffff, .max, 1 << 32, 0x5_0004_0000] {
      #expect(!holds(allowed))
    }
    for bit in 0..<32 {
      for base: UInt64 in [0, 0x40000, 0xffff_ffff] {
        let argument = base ^ (1 << UInt64(bit))
        #expect(holds(argument) == ![0, 0x40000].contains(argument))
      }
    }
    #expect(condition.comparisons.count < 100)
  }

  private static func rule(_ lines: String) -> String { head("[[syscalls.rule]]\n\(lines)") }

  private static let badRules: [(content: String, message: String)] = [
    ("schema = 1\nname = \"p\"", "1:1: missing key \"syscalls\" in the file"),
    (
      head().replacing("\"allow\"", with: "\"maybe\""),
      "4:11: \"default\" is \"maybe\": it must be allow, kill or one of "
        + "EPERM, ENOENT, EACCES, EBUSY, ENODEV, EINVAL, EROFS, ENOSYS, EOPNOTSUPP, EAFNOSUPPORT"
    ),
    (
      head().replacing("452", with: "300"),
      "6:10: \"newest\" is \"300\": only calls from 403 on have one number everywhere"
    ),
    (rule("names = [\"a\"]\naction = \"EPERM\""), "7:1: missing key \"reason\" in [[rule]]"),
    (
      rule("names = [\"a\"]\naction = \"EPERM\"\nreason = \"\""),
      "10:10: \"reason\" is \"\": every rule needs one"
    ),
    (rule("action = \"EPERM\"\nreason = \"r\""), "7:1: missing key \"names\" in [[rule]]"),
    (
      rule("names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\nnumbers = {b = 3}"),
      "11:16: \"b\" is \"3\": only calls from 403 on have one number everywhere"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n[[syscalls.rule.when]]\nargument = 6"),
      "12:12: \"argument\" is \"6\": a call has arguments 0 to 5"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n[[syscalls.rule.when]]\n"
          + "argument = 0\nop = \"==\"\nvalue = \"AF_NONE\""),
      "14:9: \"value\" is \"AF_NONE\": not a constant known here"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n[[syscalls.rule.when]]\n"
          + "argument = 0\nop = \"~\"\nvalue = 1"),
      "13:6: \"op\" is \"~\": it must be one of "
        + "\"==\", \"!=\", \"<\", \"<=\", \">\", \">=\", \"&\", \"in\", \"not-in\""
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n"
          + "when = [{argument = 0, op = \"==\", value = 1},\n{argument = 0, op = \"==\", value = 2}]"
      ),
      "12:13: \"argument\" is \"0\": a rule tests each argument once"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n"
          + "when = [{argument = 0, op = \"<\", value = 1, mask = 1}]"),
      "11:52: \"mask\" is \"<\": this operator takes no mask"
    ),
    (
      rule(
        "names = [\"a\"]\naction = \"EPERM\"\nreason = \"r\"\n"
          + "when = [{argument = 0, op = \"==\", value = 2, mask = 1}]"),
      "11:43: \"value\" is \"2\": it has bits outside the mask"
    ),
    (
      head("[landlock]\nrequire = 8\nreason = \"r\""),
      "8:11: \"require\" is \"8\": no version after 7 is made use of"
    ),
    (
      head("[proc]\nhidepid = { mode = \"some\", reason = \"r\" }"),
      "8:20: \"mode\" is \"some\": it must be one of "
        + "\"off\", \"noaccess\", \"invisible\", \"ptraceable\""
    ),
  ]

  private static let badTables: [(content: String, message: String)] = [
    (
      head("[[proc.masked]]\npaths = [\"/etc\"]"),
      "8:10: \"paths\" is \"/etc\": it must be below /proc"
    ),
    (
      head("[[proc.masked]]\npaths = [\"/proc/keys\"]"),
      "7:1: missing key \"reason\" in [[masked]]"
    ),
    (head("[devices]\nnames = [\"null\"]"), "7:1: missing key \"reason\" in [devices]"),
    (head("[limits]\npids = 0"), "8:8: \"pids\" must be a table, found an integer"),
    (
      head("[limits]\npids = { reason = \"r\" }"), "8:8: missing key \"most\" in [pids]"
    ),
    (
      head("[writable]\nhome = { size = \"half\", reason = \"r\" }"),
      "8:17: \"size\" is \"half\": it must be a size such as \"256M\", \"50% of memory\" or "
        + "\"25% of target\""
    ),
    (
      head("[writable]\ntarget = { size = \"5% of target\", reason = \"r\" }"),
      "8:19: \"size\" is \"5% of target\": the target folder is no part of itself"
    ),
    (
      head("[sockets]\nfamilies = [1]\ndecoys = [2, 1]\nreason = \"r\""),
      "9:10: \"decoys\" is \"1\": it is among the families too"
    ),
    (head("[observe]\nopens = true"), "7:1: missing key \"reason\" in [observe]"),
    (
      head("[[ioctls.rule]]\naction = \"EPERM\"\nreason = \"r\""),
      "7:1: missing key \"requests\" in [[rule]]"
    ),
    (
      head("[[ioctls.rule]]\naction = \"EPERM\"\nreason = \"r\"\nrequests = [0x100000000]"),
      "10:12: \"requests\" is \"0x100000000\": a request has 32 bits"
    ),
    (
      rule("names = [\"a\"]\naction = \"allow\"\nreason = \"r\"\nreport = \"mount\""),
      "11:10: \"report\" is \"mount\": only what is refused is reported"
    ),
    (
      "extends = \"nobody\"\n" + head(),
      "1:11: \"extends\" is \"nobody\": there is no profile of this name"
    ),
    (
      head("[devices]\nnames = [\"sda\"]"),
      "8:10: \"names\" is \"sda\": not a device that can be given"
    ),
  ]

  @Test(arguments: badRules + badTables)
  func refuses(content: String, message: String) {
    expectRefusal("reading p.toml:\(message)") { try profile(content) }
  }

  @Test func refusesUnknownKeys() {
    expectRefusal(
      "reading p.toml:8:1: unknown key \"nofiles\" in [limits]", hint: "did you mean \"nofile\"?"
    ) { try profile(Self.head("[limits]\nnofiles = { most = 1, reason = \"r\" }")) }
  }
}
