/// What a sandbox allows (`profiles/*.toml`).
public struct Profile: Sendable, Equatable {
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

  /// Socket families (socket(2)).
  public struct Sockets: Sendable, Equatable {
    /// May be created.
    public let families: [UInt64]
    /// Seem to be created, but as descriptors that can do nothing: so it is seen which address the
    /// program wants.
    public let decoys: [UInt64]
  }

  public struct Syscalls: Sendable, Equatable {
    /// For calls without a rule.
    public let defaultAction: Action
    /// For numbers above `newest`.
    public let unknown: Action
    /// The highest call number that the rules have considered. Written down, so that the sandbox is
    /// the same whatever release of libseccomp compiles it.
    public let newest: Int
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
  }

  public struct NumberedCall: Sendable, Hashable {
    public let name: String
    public let number: Int
  }

  /// A test of one argument of a call, 0 being the first.
  public struct Condition: Sendable, Hashable {
    public enum Test: Sendable, Hashable {
      case less(UInt64)
      case lessOrEqual(UInt64)
      case greater(UInt64)
      case greaterOrEqual(UInt64)
      /// The argument, restricted to the bits of the mask, is the value.
      case equal(UInt64, mask: UInt64)
      /// The argument, restricted to the bits of the mask, is none of the values.
      case noneOf([UInt64], mask: UInt64)
      /// At least one of these bits is set.
      case anyBit(of: UInt64)
    }

    public let argument: Int
    public let test: Test
  }

  /// A test that libseccomp knows (seccomp_rule_add(3), `SCMP_CMP_*`).
  public struct Comparison: Sendable, Hashable {
    public enum Operation: Sendable, Hashable {
      case less, lessOrEqual, equal, notEqual, greaterOrEqual, greater
      /// (argument & mask) == value
      case maskedEqual(mask: UInt64)
    }

    public let argument: Int
    public let operation: Operation
    public let value: UInt64
  }

  public enum Device: String, Sendable, CaseIterable {
    case null, zero, full, random, urandom, tty
  }

  /// Which processes of others show in /proc (proc(5), `hidepid`).
  public enum ProcessVisibility: String, Sendable, CaseIterable {
    case off, noaccess, invisible, ptraceable
  }

  public struct Limits: Sendable, Equatable {
    /// Open files per process.
    public var openFiles: Int?
    /// Bytes of a core dump.
    public var coreSize: Int?
    /// Bytes of the whole sandbox.
    public var memory: ByteCount?
    /// Processes and threads of the whole sandbox.
    public var pids: Int?
  }

  public let name: String
  public let description: String
  public let syscalls: Syscalls
  /// Nil leaves sockets to the rules.
  public let sockets: Sockets?
  /// Whether files opened for writing where the sandbox is read-only are reported.
  public let reportsWrites: Bool
  /// Paths below /proc that are hidden, absolute.
  public let maskedPaths: [String]
  /// Paths below /proc that are read-only, absolute.
  public let readOnlyPaths: [String]
  public let processVisibility: ProcessVisibility
  /// The oldest version of Landlock's interface that will do; 0 asks for none.
  public let requiredLandlock: Int
  /// Whether Landlock lets TCP sockets bind and connect.
  public let allowsTCP: Bool
  /// Seconds that the machine seems to have been up when a sandbox starts; nil leaves it the host's.
  public let uptime: Int?
  public let devices: [Device]
  public let limits: Limits

  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    var root = Fields(try TOML.parse(bytes, file: file), name: "the file", file: file)
    try root.schema()
    name = try root.string("name")
    description = try root.optionalString("description") ?? ""
    syscalls = try Syscalls(try root.table("syscalls"))

    var sockets: Sockets?
    if var fields = try root.optionalTable("sockets") {
      sockets = Sockets(
        families: try fields.constants("families"), decoys: try fields.constants("decoys"))
      try fields.finish()
    }
    self.sockets = sockets
    var reportsWrites = false
    if var fields = try root.optionalTable("writes") {
      reportsWrites = try fields.optionalBoolean("report") ?? false
      try fields.finish()
    }
    self.reportsWrites = reportsWrites

    var masked: [String] = []
    var readOnly: [String] = []
    var visibility = ProcessVisibility.off
    if var proc = try root.optionalTable("proc") {
      masked = try proc.procPaths("masked")
      readOnly = try proc.procPaths("readonly")
      visibility = try proc.optionalWord("hidepid", as: ProcessVisibility.self) ?? .off
      try proc.finish()
    }
    maskedPaths = masked
    readOnlyPaths = readOnly
    processVisibility = visibility

    var requiredLandlock = 0
    var allowsTCP = false
    if var landlock = try root.optionalTable("landlock") {
      requiredLandlock = try landlock.optionalCount("require") ?? 0
      allowsTCP = try landlock.optionalBoolean("tcp") ?? false
      try landlock.finish()
    }
    self.requiredLandlock = requiredLandlock
    self.allowsTCP = allowsTCP

    var uptime: Int?
    if var time = try root.optionalTable("time") {
      uptime = try time.optionalCount("uptime")
      try time.finish()
    }
    self.uptime = uptime

    var devices: [Device] = []
    if var fields = try root.optionalTable("devices") {
      for (name, position) in try fields.optionalPlacedStrings("names") ?? [] {
        guard let device = Device(rawValue: name) else {
          throw fields.error(
            .badValue(key: "names", value: name, reason: "not a device that can be given"),
            at: position)
        }
        devices.append(device)
      }
      try fields.finish()
    }
    self.devices = devices

    var limits = Limits()
    if var fields = try root.optionalTable("limits") {
      limits.openFiles = try fields.optionalCount("nofile")
      limits.coreSize = try fields.optionalCount("core")
      limits.memory = try fields.optionalByteCount("memory")
      limits.pids = try fields.optionalCount("pids")
      try fields.finish()
    }
    self.limits = limits
    try root.finish()
  }
}

extension Profile.Action {
  fileprivate init?(_ text: String) {
    switch text {
    case "allow": self = .allow
    case "kill": self = .kill
    default:
      guard let error = ErrorName(rawValue: text) else { return nil }
      self = .fail(error)
    }
  }
}

extension Profile.Syscalls {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    defaultAction = try fields.action("default")
    unknown = try fields.action("unknown")
    guard let newest = try fields.optionalCount("newest") else {
      throw fields.error(.missingKey("newest", table: fields.name), at: fields.table.position)
    }
    guard (403...0xFFFF).contains(newest) else {
      throw fields.badValue(
        "newest", String(newest), "only calls from 403 on have one number everywhere")
    }
    self.newest = newest
    var rules: [Profile.Rule] = []
    for rule in try fields.tables("rule") { rules.append(try Profile.Rule(rule)) }
    self.rules = rules
    try fields.finish()
  }
}

extension Profile.Rule {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    position = fields.table.position
    names = try fields.optionalStrings("names") ?? []
    action = try fields.action("action")
    report = try fields.optionalWord("report", as: Profile.Category.self)
    reason = try fields.string("reason")
    guard !reason.isEmpty else { throw fields.badValue("reason", "", "every rule needs one") }

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
  }
}

extension Profile.Condition {
  private enum Operator: String, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case anyBit = "&"
    case notIn = "not-in"
  }

  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    guard let argument = try fields.optionalCount("argument") else {
      throw fields.error(.missingKey("argument", table: fields.name), at: fields.table.position)
    }
    guard argument < 6 else {
      throw fields.badValue("argument", String(argument), "a call has arguments 0 to 5")
    }
    guard let operation = try fields.optionalWord("op", as: Operator.self) else {
      throw fields.error(.missingKey("op", table: fields.name), at: fields.table.position)
    }
    let values = try fields.constants("value")
    guard !values.isEmpty else {
      throw fields.error(.missingKey("value", table: fields.name), at: fields.table.position)
    }
    let mask = try fields.constants("mask").first
    let takesMask: Bool =
      switch operation {
      case .equal, .notEqual, .notIn: true
      case .less, .lessOrEqual, .greater, .greaterOrEqual, .anyBit: false
      }
    if mask != nil, !takesMask {
      throw fields.badValue("mask", operation.rawValue, "this operator takes no mask")
    }
    if values.count > 1, operation != .anyBit, operation != .notIn {
      throw fields.badValue("value", operation.rawValue, "this operator takes one value")
    }
    if let mask, values.contains(where: { $0 & ~mask != 0 }) {
      throw fields.badValue("value", String(values[0]), "it has bits outside the mask")
    }
    try fields.finish()

    self.argument = argument
    test =
      switch operation {
      case .equal: .equal(values[0], mask: mask ?? .max)
      case .notEqual, .notIn: .noneOf(values, mask: mask ?? .max)
      case .less: .less(values[0])
      case .lessOrEqual: .lessOrEqual(values[0])
      case .greater: .greater(values[0])
      case .greaterOrEqual: .greaterOrEqual(values[0])
      case .anyBit: .anyBit(of: values.reduce(0, |))
      }
  }

  /// Comparisons of libseccomp; the condition holds when any of them does.
  public var comparisons: [Profile.Comparison] {
    func comparison(
      _ operation: Profile.Comparison.Operation, _ value: UInt64
    ) -> Profile.Comparison {
      Profile.Comparison(argument: argument, operation: operation, value: value)
    }
    switch test {
    case .less(let value): return [comparison(.less, value)]
    case .lessOrEqual(let value): return [comparison(.lessOrEqual, value)]
    case .greater(let value): return [comparison(.greater, value)]
    case .greaterOrEqual(let value): return [comparison(.greaterOrEqual, value)]
    case .equal(let value, .max): return [comparison(.equal, value)]
    case .equal(let value, let mask): return [comparison(.maskedEqual(mask: mask), value)]
    case .noneOf(let values, .max) where values.count == 1:
      return [comparison(.notEqual, values[0])]
    case .noneOf(let values, let mask):
      return Self.complement(of: values, mask: mask).map { part in
        comparison(.maskedEqual(mask: part.mask), part.value)
      }
    case .anyBit(let bits):
      return (0..<64).map { 1 << UInt64($0) }.filter { bits & $0 != 0 }.map { bit in
        comparison(.maskedEqual(mask: bit), bit)
      }
    }
  }

  /// The numbers below a mask that are none of the given ones, as masked equalities: libseccomp can
  /// test an argument only once per rule, so "neither a nor b" has to be said by prefixes, as
  /// netmasks do. At every bit, from the highest, the half without any of the numbers is one part.
  private static func complement(
    of values: [UInt64], mask: UInt64
  ) -> [(value: UInt64, mask: UInt64)] {
    var parts: [(value: UInt64, mask: UInt64)] = []
    var groups: [(prefix: UInt64, values: [UInt64])] = [(0, values)]
    var seen: UInt64 = 0
    for shift in (0..<64).reversed() {
      let bit: UInt64 = 1 << UInt64(shift)
      guard mask & bit != 0 else { continue }
      seen |= bit
      var next: [(prefix: UInt64, values: [UInt64])] = []
      for group in groups {
        for side in [0, bit] {
          let inside = group.values.filter { $0 & bit == side }
          if inside.isEmpty {
            parts.append((group.prefix | side, seen))
          } else {
            next.append((group.prefix | side, inside))
          }
        }
      }
      groups = next
    }
    return parts
  }
}

extension Fields {
  fileprivate mutating func action(_ key: String) throws(ReadingError) -> Profile.Action {
    let text = try string(key)
    guard let action = Profile.Action(text) else {
      let names = ErrorName.allCases.map(\.rawValue).joined(separator: ", ")
      throw badValue(key, text, "it must be allow, kill or one of \(names)")
    }
    return action
  }

  /// Integers or names of constants, alone or in an array; none when the key is absent.
  fileprivate mutating func constants(_ key: String) throws(ReadingError) -> [UInt64] {
    guard let item = item(key) else { return [] }
    var values: [UInt64] = []
    for item in item.array ?? [item] {
      switch item.value {
      case .integer(let number):
        guard let value = UInt64(exactly: number) else {
          throw error(
            .badValue(key: key, value: String(number), reason: "it cannot be negative"),
            at: item.position)
        }
        values.append(value)
      case .string(let name):
        guard let value = KernelConstant.all[name] else {
          throw error(
            .badValue(key: key, value: name, reason: "not a constant known here"),
            at: item.position)
        }
        values.append(value)
      default:
        throw wrongType(key, item, expected: "an integer or the name of a constant")
      }
    }
    return values
  }

  /// Absolute paths below /proc.
  fileprivate mutating func procPaths(_ key: String) throws(ReadingError) -> [String] {
    var paths: [String] = []
    for (path, position) in try optionalPlacedStrings(key) ?? [] {
      let complaint =
        path.hasPrefix("/proc/")
        ? PathRule.complaint(aboutAbsolute: path) : "it must be below /proc"
      if let complaint {
        throw error(.badValue(key: key, value: path, reason: complaint), at: position)
      }
      paths.append(path)
    }
    return paths
  }
}
