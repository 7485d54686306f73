extension Profile {
  /// Socket families (socket(2)).
  public struct Sockets: Sendable, Equatable {
    /// May be created.
    public let families: [UInt64]
    /// Seem to be created, but as descriptors that can do nothing: so it is seen which address the
    /// program wants.
    public let decoys: [UInt64]
    public let reason: String
    /// The families as the profile spells them.
    public let familyNames: [String]
    public let decoyNames: [String]
  }

  /// `[writes]`.
  public struct WriteReports: Sendable, Equatable {
    public let reason: String
  }

  /// `[observe]`: what is followed call by call, at a price for each.
  public struct Observation: Sendable, Equatable {
    /// Files that are opened.
    public let opens: Bool
    /// Programs that are executed.
    public let programs: Bool
    public let reason: String
  }

  public struct PathGroup: Sendable, Equatable {
    /// Absolute, below /proc.
    public let paths: [String]
    public let reason: String
  }

  public enum Device: String, Sendable, CaseIterable {
    case null, zero, full, random, urandom, tty
  }

  public struct DeviceGroup: Sendable, Equatable {
    public let names: [Device]
    public let reason: String
  }

  /// A number and why it is that one.
  public struct Reasoned<Value: Sendable & Equatable>: Sendable, Equatable {
    public let value: Value
    public let reason: String
  }

  public struct Limits: Sendable, Equatable {
    /// Open files per process.
    public var openFiles: Reasoned<Int>?
    /// Bytes of the whole sandbox.
    public var memory: Reasoned<ByteCount>?
    /// Processes and threads of the whole sandbox.
    public var pids: Reasoned<Int>?
  }
}

extension Profile.Sockets {
  init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    let families = try fields.constants("families")
    let decoys = try fields.constants("decoys")
    self.families = families.map(\.value)
    self.decoys = decoys.map(\.value)
    familyNames = families.map(\.words)
    decoyNames = decoys.map(\.words)
    reason = try fields.reason()
    if let both = decoys.first(where: { decoy in families.contains { $0.value == decoy.value } }) {
      throw fields.badValue("decoys", both.words, "it is among the families too")
    }
    try fields.finish()
  }
}

extension Profile.WriteReports {
  /// Nil when the table switches the reports off.
  static func read(_ fields: Fields) throws(ReadingError) -> Self? {
    var fields = fields
    let isOn = try fields.optionalBoolean("report") ?? false
    let reason = try fields.reason()
    try fields.finish()
    return isOn ? Self(reason: reason) : nil
  }
}

extension Profile.Observation {
  init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    opens = try fields.optionalBoolean("opens") ?? false
    programs = try fields.optionalBoolean("programs") ?? false
    reason = try fields.reason()
    try fields.finish()
  }
}

extension Profile.PathGroup {
  init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    guard let placed = try fields.optionalPlacedStrings("paths") else {
      throw fields.error(.missingKey("paths", table: fields.name), at: fields.table.position)
    }
    for (path, position) in placed {
      let complaint =
        path.hasPrefix("/proc/")
        ? PathRule.complaint(aboutAbsolute: path) : "it must be below /proc"
      if let complaint {
        throw fields.error(.badValue(key: "paths", value: path, reason: complaint), at: position)
      }
    }
    paths = placed.map(\.text)
    reason = try fields.reason()
    try fields.finish()
  }
}

extension Profile.DeviceGroup {
  init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    var names: [Profile.Device] = []
    for (name, position) in try fields.optionalPlacedStrings("names") ?? [] {
      guard let device = Profile.Device(rawValue: name) else {
        throw fields.error(
          .badValue(key: "names", value: name, reason: "not a device that can be given"),
          at: position)
      }
      names.append(device)
    }
    self.names = names
    reason = try fields.reason()
    try fields.finish()
  }
}

extension Profile.Limits {
  init(_ fields: Fields?, extending parent: Self?) throws(ReadingError) {
    self = parent ?? Profile.Limits()
    guard var fields else { return }
    if let limit = try fields.limit("nofile", count) { openFiles = limit }
    if let limit = try fields.limit("pids", count) { pids = limit }
    if let limit = try fields.limit("memory", size) { memory = limit }
    try fields.finish()
  }
}

/// A number that is not negative.
private func count(_ fields: inout Fields) throws(ReadingError) -> Int? {
  try fields.optionalCount("most")
}

private func size(_ fields: inout Fields) throws(ReadingError) -> ByteCount? {
  try fields.optionalByteCount("most")
}

extension Fields {
  /// `key = { most = …, reason = "…" }`
  fileprivate mutating func limit<Value>(
    _ key: String, _ read: (inout Fields) throws(ReadingError) -> Value?
  ) throws(ReadingError) -> Profile.Reasoned<Value>? {
    guard var fields = try optionalTable(key) else { return nil }
    guard let value = try read(&fields) else {
      throw fields.error(.missingKey("most", table: fields.name), at: fields.table.position)
    }
    let limit = Profile.Reasoned(value: value, reason: try fields.reason())
    try fields.finish()
    return limit
  }
}
