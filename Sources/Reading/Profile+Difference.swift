extension Profile {
  /// Something that two profiles treat differently.
  public struct Difference: Sendable, Hashable {
    /// A group of subjects: `system calls`, `devices`.
    public let area: String
    /// The calls, paths or keys.
    public let subjects: [String]
    public let first: String
    public let second: String
    /// For calls that are judged by their arguments: one whose fate differs.
    public let example: String?
  }

  /// What `self` and `other` treat differently, the reasons aside. A difference of calls is real:
  /// arguments were found for which it shows. They are sought at and next to every number that
  /// either profile names.
  public func differences(from other: Profile) -> [Difference] {
    syscallDifferences(other) + socketDifferences(other) + surroundingDifferences(other)
  }

  // MARK: System calls

  private func syscallDifferences(_ other: Profile) -> [Difference] {
    let mine = syscalls.rulesByCall
    let theirs = other.syscalls.rulesByCall
    var groups: [(key: Difference, calls: [String])] = []
    let calls = Set(mine.keys).union(theirs.keys)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    for call in calls {
      let rules = mine[call] ?? []
      let otherRules = theirs[call] ?? []
      guard
        let arguments = Witnesses(rules + otherRules).first(where: { arguments in
          syscalls.treatment(by: rules, arguments)
            != other.syscalls.treatment(by: otherRules, arguments)
        })
      else { continue }
      let isConditional = (rules + otherRules).contains { !$0.conditions.isEmpty }
      let key = Difference(
        area: "system calls", subjects: [],
        first: syscalls.words(rules), second: other.syscalls.words(otherRules),
        example: isConditional
          ? "\(Self.shown(call, arguments)): "
            + syscalls.treatment(by: rules, arguments).words + " → "
            + other.syscalls.treatment(by: otherRules, arguments).words
          : nil)
      if let index = groups.firstIndex(where: { $0.key == key }) {
        groups[index].calls.append(call)
      } else {
        groups.append((key, [call]))
      }
    }
    var differences = groups.map { group in
      Difference(
        area: group.key.area, subjects: group.calls, first: group.key.first,
        second: group.key.second, example: group.key.example)
    }
    func compare(_ subject: String, _ first: String, _ second: String) {
      guard first != second else { return }
      differences.append(
        Difference(
          area: "system calls", subjects: [subject], first: first, second: second, example: nil))
    }
    compare(
      "every other call", syscalls.defaultAction.word, other.syscalls.defaultAction.word)
    compare(
      "newer calls", "\(syscalls.unknown.word) above \(syscalls.newest)",
      "\(other.syscalls.unknown.word) above \(other.syscalls.newest)")
    return differences
  }

  private static func shown(_ call: String, _ arguments: [UInt64]) -> String {
    "\(call)(" + arguments.map { "0x" + String($0, radix: 16) }.joined(separator: ", ") + ")"
  }

  // MARK: Everything else

  private func socketDifferences(_ other: Profile) -> [Difference] {
    func words(_ names: [String]?) -> String {
      guard let names else { return "left to the rules" }
      return names.isEmpty
        ? "none"
        : names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined(separator: ", ")
    }
    return [
      ("families", sockets?.familyNames, other.sockets?.familyNames),
      ("decoys", sockets?.decoyNames, other.sockets?.decoyNames),
    ].compactMap { key, first, second in
      Self.difference("sockets", key, words(first), words(second))
    }
  }

  private func surroundingDifferences(_ other: Profile) -> [Difference] {
    var differences: [Difference] = []
    func compare(_ area: String, _ subject: String, _ first: String, _ second: String) {
      Self.difference(area, subject, first, second).map { differences.append($0) }
    }
    func compareSets(_ area: String, _ mine: [String], _ theirs: [String], _ word: String) {
      for name in mine + theirs.filter({ name in !mine.contains { $0 == name } }) {
        compare(
          area, name, mine.contains { $0 == name } ? word : "not",
          theirs.contains { $0 == name } ? word : "not")
      }
    }
    compare("writes", "report", reportsWrites ? "on" : "off", other.reportsWrites ? "on" : "off")
    compareSets(
      "observation", observation?.subjects ?? [], other.observation?.subjects ?? [], "observed")
    compareSets("/proc", maskedPaths, other.maskedPaths, "hidden")
    compareSets("/proc", readOnlyPaths, other.readOnlyPaths, "read-only")
    compare(
      "/proc", "hidepid", processVisibility?.value.rawValue ?? "off",
      other.processVisibility?.value.rawValue ?? "off")
    compare(
      "landlock", "require", String(landlock?.required ?? 0), String(other.landlock?.required ?? 0))
    compare(
      "landlock", "tcp", landlock?.allowsTCP ?? false ? "allowed" : "refused",
      other.landlock?.allowsTCP ?? false ? "allowed" : "refused")
    compare(
      "time", "uptime", uptime.map { String($0.value) } ?? "the host's",
      other.uptime.map { String($0.value) } ?? "the host's")
    compareSets("devices", devices.map(\.rawValue), other.devices.map(\.rawValue), "given")
    for folder in Writable.Folder.allCases {
      compare(
        "writable folders", folder.rawValue, writable.size(of: folder).description,
        other.writable.size(of: folder).description)
    }
    for key in ["nofile", "pids", "memory"] {
      func most(_ limits: Limits) -> String { limits.rows.first { $0.key == key }?.value ?? "none" }
      compare("limits", key, most(limits), most(other.limits))
    }
    return differences
  }

  private static func difference(
    _ area: String, _ subject: String, _ first: String, _ second: String
  ) -> Difference? {
    first == second
      ? nil
      : Difference(area: area, subjects: [subject], first: first, second: second, example: nil)
  }
}

extension Profile.Treatment {
  var words: String { action.word + (report.map { ", reported as \($0.rawValue)" } ?? "") }
}

extension Profile.Syscalls {
  fileprivate var rulesByCall: [String: [Profile.Rule]] {
    var byCall: [String: [Profile.Rule]] = [:]
    for rule in rules {
      for call in rule.calls { byCall[call, default: []].append(rule) }
    }
    return byCall
  }

  /// What becomes of a call that these rules are about.
  func treatment(by rules: [Profile.Rule], _ arguments: [UInt64]) -> Profile.Treatment {
    rules.first { rule in
      rule.conditions.allSatisfy { $0.holds(for: arguments[$0.argument]) }
    }?.treatment ?? Profile.Treatment(action: defaultAction, report: nil)
  }

  fileprivate func words(_ rules: [Profile.Rule]) -> String {
    var parts = rules.map { rule in
      let clauses = rule.conditions.map(\.clause).joined(separator: " and ")
      return rule.treatment.words + (clauses.isEmpty ? "" : " when \(clauses)")
    }
    if !rules.contains(where: { $0.conditions.isEmpty }) {
      parts.append(parts.isEmpty ? defaultAction.word : "else \(defaultAction.word)")
    }
    return parts.joined(separator: "; ")
  }
}

/// Argument lists that tell rules apart: for each argument the numbers that a condition names, those
/// next to them and those that differ in one bit.
private struct Witnesses: Sequence {
  private let choices: [[UInt64]]
  private static let most = 1 << 20

  init(_ rules: [Profile.Rule]) {
    var numbers = [Set<UInt64>](repeating: [0], count: 6)
    let conditions = rules.flatMap(\.conditions)
    let isAlone = Set(conditions.map(\.argument)).count < 2
    for condition in conditions {
      var found: Set<UInt64> = [.max]
      for value in condition.numbers {
        found.formUnion([value, value &+ 1, value &- 1])
        guard isAlone else { continue }
        for bit in 0..<64 { found.insert(value ^ (1 << UInt64(bit))) }
      }
      numbers[condition.argument].formUnion(found)
    }
    choices = numbers.map { $0.sorted() }
  }

  func makeIterator() -> AnyIterator<[UInt64]> {
    var indices = [Int](repeating: 0, count: choices.count)
    var rest = Self.most
    var isOver = false
    return AnyIterator {
      guard !isOver, rest > 0 else { return nil }
      rest -= 1
      let arguments = zip(choices, indices).map { $0[$1] }
      isOver = true
      for place in indices.indices {
        indices[place] += 1
        if indices[place] < choices[place].count {
          isOver = false
          break
        }
        indices[place] = 0
      }
      return arguments
    }
  }
}

extension Profile.Condition {
  /// The numbers at which the test changes its answer.
  fileprivate var numbers: [UInt64] {
    switch test {
    case .less(let value), .lessOrEqual(let value), .greater(let value), .greaterOrEqual(let value):
      [value]
    case .oneOf(let values, _), .noneOf(let values, _): values
    case .anyBit(let bits): (0..<64).map { 1 << UInt64($0) }.filter { bits & $0 != 0 }
    }
  }
}
