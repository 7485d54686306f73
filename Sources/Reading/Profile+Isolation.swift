extension Profile {
  /// Which processes of others show in /proc (proc(5), `hidepid`).
  public enum ProcessVisibility: String, Sendable, CaseIterable {
    case off, noaccess, invisible, ptraceable
  }

  /// `[landlock]`: what is asked of the second wall around the mounts, which is always put up.
  public struct Landlock: Sendable, Equatable {
    /// The newest version of the interface that sandboxes make use of.
    public static let newest = 7

    /// The oldest version that will do; 0 asks for none.
    public let required: Int
    /// Whether TCP sockets may bind and connect.
    public let allowsTCP: Bool
    public let reason: String
  }
}

extension Profile.Landlock {
  /// An extension may ask for more, never for less.
  init(_ fields: Fields, extending parent: Self?) throws(ReadingError) {
    var fields = fields
    required = try fields.optionalCount("require") ?? parent?.required ?? 0
    guard required <= Self.newest else {
      throw fields.badValue(
        "require", String(required), "no version after \(Self.newest) is made use of")
    }
    if let parent, required < parent.required {
      throw fields.badValue(
        "require", String(required), "the profile that this one extends requires more")
    }
    allowsTCP = try fields.optionalBoolean("tcp") ?? parent?.allowsTCP ?? false
    if let parent, allowsTCP, !parent.allowsTCP {
      throw fields.badValue("tcp", "true", "the profile that this one extends forbids it")
    }
    reason = try fields.reason()
    try fields.finish()
  }
}

extension Profile.Reasoned where Value == Profile.ProcessVisibility {
  /// `hidepid = { mode = "…", reason = "…" }`
  init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    guard let mode = try fields.optionalWord("mode", as: Value.self) else {
      throw fields.error(.missingKey("mode", table: fields.name), at: fields.table.position)
    }
    value = mode
    reason = try fields.reason()
    try fields.finish()
  }
}

extension Profile.Reasoned where Value == Int {
  /// `[time]`, with `uptime` in seconds.
  init(time fields: Fields) throws(ReadingError) {
    var fields = fields
    guard let uptime = try fields.optionalCount("uptime") else {
      throw fields.error(.missingKey("uptime", table: fields.name), at: fields.table.position)
    }
    value = uptime
    reason = try fields.reason()
    try fields.finish()
  }
}
