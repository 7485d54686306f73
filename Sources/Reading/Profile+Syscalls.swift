extension Profile {
  /// What happens to a system call.
  public enum Action: Sendable, Hashable {
    case allow
    /// It fails with this error.
    case fail(ErrorName)
    /// The process is killed.
    case kill
  }

  /// What kind of thing was tried when a call is refused and reported.
  public enum Category: String, Sendable, CaseIterable {
    case network, exec, mount, process, kernel, clock, terminal, write
  }

  public struct Syscalls: Sendable, Equatable {
    /// For calls without a rule.
    public let defaultAction: Action
    /// For numbers above `newest`.
    public let unknown: Action
    /// The highest call number that the rules have considered. Written down, so that the sandbox is
    /// the same whatever release of libseccomp compiles it.
    public let newest: Int
    /// Those of `[[syscalls.rule]]` and `[[ioctls.rule]]`. They have no order: no two treat the
    /// same call with the same arguments differently.
    public let rules: [Rule]
  }

  /// Calls that share an action under the same conditions.
  public struct Rule: Sendable, Equatable {
    public let names: [String]
    /// Numbers of calls that libseccomp may be too old to name; at least 403, from where on all
    /// architectures number new calls alike (arch/x86/entry/syscalls/syscall_64.tbl).
    public let numbers: [NumberedCall]
    public let action: Action
    /// The category under which a refusal is reported; nil is silence.
    public let report: Category?
    public let reason: String
    /// All must hold; each is about another argument.
    public let conditions: [Condition]
    public let position: Position

    /// The rule holds when all comparisons of any one of these do. Each list is what one rule of
    /// libseccomp can carry: at most one comparison per argument.
    public var alternatives: [[Comparison]] {
      var lists: [[Comparison]] = [[]]
      for condition in conditions {
        let comparisons = condition.comparisons
        lists = lists.flatMap { list in comparisons.map { list + [$0] } }
      }
      return lists
    }

    /// All calls it is about.
    public var calls: [String] {
      names + numbers.map(\.name).filter { name in !names.contains { $0 == name } }
    }

    var treatment: Treatment { Treatment(action: action, report: report) }
  }

  public struct NumberedCall: Sendable, Hashable {
    public let name: String
    public let number: Int
  }

  /// What becomes of a call.
  public struct Treatment: Sendable, Hashable {
    public let action: Action
    public let report: Category?
  }
}

extension Profile.Syscalls {
  /// Takes `[syscalls]` and `[ioctls]` out of the file, added to those of the profile it extends.
  init(_ root: inout Fields, extending parent: Self?) throws(ReadingError) {
    var rules = parent?.rules ?? []
    let table = parent == nil ? try root.table("syscalls") : try root.optionalTable("syscalls")
    if var fields = table {
      defaultAction = try fields.action("default", else: parent?.defaultAction)
      unknown = try fields.action("unknown", else: parent?.unknown)
      newest = try fields.newest(else: parent?.newest)
      for rule in try fields.tables("rule") { rules.append(try Profile.Rule(rule)) }
      try fields.finish()
    } else if let parent {
      defaultAction = parent.defaultAction
      unknown = parent.unknown
      newest = parent.newest
    } else {
      preconditionFailure("a required table that is absent")
    }
    if var fields = try root.optionalTable("ioctls") {
      for rule in try fields.tables("rule") { rules.append(try Profile.Rule(ioctl: rule)) }
      try fields.finish()
    }
    self.rules = rules
    let names = rules.reduce(0) { $0 + $1.names.count + $1.numbers.count }
    guard names <= Self.nameLimit else {
      throw root.badValue("syscalls", "\(names) names", "there can be \(Self.nameLimit)")
    }
    try refuseContradictions(from: parent?.rules.count ?? 0, root)
  }

  /// Names of calls in all rules; Linux has fewer than 500 calls. Each is compared with each.
  private static let nameLimit = 8192

  /// libseccomp lets one of two rules win where both hold, and not always the same one: such
  /// profiles are refused. `first` is the first rule of this file.
  private func refuseContradictions(from first: Int, _ root: Fields) throws(ReadingError) {
    let calls = rules.map(\.calls)
    for (index, rule) in rules.enumerated().dropFirst(first) {
      for (earlier, other) in rules.prefix(index).enumerated() {
        guard other.treatment != rule.treatment,
          let call = calls[index].first(where: { calls[earlier].contains($0) }),
          other.overlaps(rule)
        else { continue }
        let place =
          earlier < first
          ? "in the profile that this one extends" : "in line \(other.position.line)"
        throw root.error(
          .badValue(
            key: "rule", value: call, reason: "a rule \(place) treats the same call differently"),
          at: rule.position)
      }
    }
  }
}

extension Profile.Rule {
  init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    position = fields.table.position
    names = try fields.optionalStrings("names") ?? []
    action = try fields.action("action")
    report = try fields.optionalWord("report", as: Profile.Category.self)
    reason = try fields.reason()

    var numbers: [Profile.NumberedCall] = []
    if var table = try fields.optionalTable("numbers") {
      for name in table.table.keys {
        guard let number = try table.optionalInteger(name) else { continue }
        guard (403...0xFFFF).contains(number) else {
          throw table.badValue(
            name, String(number), "only calls from 403 on have one number everywhere")
        }
        numbers.append(Profile.NumberedCall(name: name, number: Int(number)))
      }
    }
    self.numbers = numbers
    guard !names.isEmpty || !numbers.isEmpty else {
      throw fields.error(.missingKey("names", table: fields.name), at: position)
    }

    var conditions: [Profile.Condition] = []
    for when in try fields.tables("when") {
      let condition = try Profile.Condition(when)
      guard !conditions.contains(where: { $0.argument == condition.argument }) else {
        throw when.badValue(
          "argument", String(condition.argument), "a rule tests each argument once")
      }
      conditions.append(condition)
    }
    self.conditions = conditions
    try fields.finish()
    try refuseReportOfNothing(fields)
  }

  /// `[[ioctls.rule]]`: a rule for ioctl(2) by its request, an unsigned int to the kernel.
  init(ioctl fields: Fields) throws(ReadingError) {
    var fields = fields
    position = fields.table.position
    names = ["ioctl"]
    numbers = []
    action = try fields.action("action")
    report = try fields.optionalWord("report", as: Profile.Category.self)
    reason = try fields.reason()
    let requests = try fields.constants("requests")
    guard !requests.isEmpty else {
      throw fields.error(.missingKey("requests", table: fields.name), at: position)
    }
    if let wide = requests.first(where: { $0.value > 0xffff_ffff }) {
      throw fields.badValue("requests", wide.words, "a request has 32 bits")
    }
    conditions = [
      Profile.Condition(
        argument: 1, test: .oneOf(requests.map(\.value), mask: 0xffff_ffff),
        values: requests.map(\.words), maskNames: [])
    ]
    try fields.finish()
    try refuseReportOfNothing(fields)
  }

  private func refuseReportOfNothing(_ fields: Fields) throws(ReadingError) {
    guard let report, action == .allow else { return }
    throw fields.badValue("report", report.rawValue, "only what is refused is reported")
  }
}

extension Profile.Action {
  init?(_ text: String) {
    switch text {
    case "allow": self = .allow
    case "kill": self = .kill
    default:
      guard let error = ErrorName(rawValue: text) else { return nil }
      self = .fail(error)
    }
  }

  /// The word for it in a profile.
  public var word: String {
    switch self {
    case .allow: "allow"
    case .kill: "kill"
    case .fail(let error): error.rawValue
    }
  }
}

extension Fields {
  fileprivate mutating func action(
    _ key: String, else inherited: Profile.Action? = nil
  ) throws(ReadingError) -> Profile.Action {
    if let inherited, table[key] == nil { return inherited }
    let text = try string(key)
    guard let action = Profile.Action(text) else {
      let names = ErrorName.allCases.map(\.rawValue).joined(separator: ", ")
      throw badValue(key, text, "it must be allow, kill or one of \(names)")
    }
    return action
  }

  fileprivate mutating func newest(else inherited: Int?) throws(ReadingError) -> Int {
    guard let newest = try optionalCount("newest") ?? inherited else {
      throw error(.missingKey("newest", table: name), at: table.position)
    }
    guard (403...0xFFFF).contains(newest) else {
      throw badValue(
        "newest", String(newest), "only calls from 403 on have one number everywhere")
    }
    return newest
  }

  /// Why the rule exists; every one must say.
  mutating func reason() throws(ReadingError) -> String {
    let reason = try string("reason")
    guard !reason.isEmpty else { throw badValue("reason", "", "every rule needs one") }
    return reason
  }
}
