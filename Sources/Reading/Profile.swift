/// What a sandbox allows (`profiles/*.toml`; docs/profiles.md describes every key).
public struct Profile: Sendable, Equatable {
  public let name: String
  public let description: String
  /// The name of the profile that this one adds to.
  public let base: String?
  public let syscalls: Syscalls
  /// Nil leaves sockets to the rules.
  public let sockets: Sockets?
  /// Files opened for writing where the sandbox is read-only are reported; nil when they are not.
  public let writeReports: WriteReports?
  /// What is observed beside what is refused; nil is nothing.
  public var observation: Observation?
  /// Paths below /proc that are hidden.
  public let masked: [PathGroup]
  /// Paths below /proc that are read-only.
  public let readOnly: [PathGroup]
  /// Which processes show in /proc; nil shows all.
  public let processVisibility: Reasoned<ProcessVisibility>?
  public let landlock: Landlock?
  /// Seconds that the machine seems to have been up when a sandbox starts; nil leaves it the host's.
  public let uptime: Reasoned<Int>?
  public let deviceGroups: [DeviceGroup]
  public let writable: Writable
  public let limits: Limits

  public var reportsWrites: Bool { writeReports != nil }
  /// Paths below /proc that are hidden, absolute.
  public var maskedPaths: [String] { masked.flatMap(\.paths) }
  /// Paths below /proc that are read-only, absolute.
  public var readOnlyPaths: [String] { readOnly.flatMap(\.paths) }
  public var devices: [Device] { deviceGroups.flatMap(\.names) }

  /// Reads a profile.
  ///
  /// - Parameters:
  ///   - bytes: the text.
  ///   - file: the name that messages give to the text.
  ///   - known: finds the profile that `extends` names.
  /// - Throws: `ReadingError` with the place of the first defect.
  public init(
    parsing bytes: [UInt8], file: String,
    extending known: (String) throws(ReadingError) -> Profile? = { _ in nil }
  ) throws(ReadingError) {
    var root = Fields(try TOML.parse(bytes, file: file), name: "the file", file: file)
    try root.schema()
    name = try root.string("name")
    description = try root.optionalString("description") ?? ""
    base = try root.optionalString("extends")
    var parent: Profile?
    if let base {
      parent = try known(base)
      if parent == nil { throw root.badValue("extends", base, "there is no profile of this name") }
    }

    syscalls = try Syscalls(&root, extending: parent?.syscalls)
    sockets = try root.optionalTable("sockets").map(Sockets.init) ?? parent?.sockets
    writeReports =
      try root.optionalTable("writes").flatMap(WriteReports.read) ?? parent?.writeReports
    observation = try root.optionalTable("observe").map(Observation.init) ?? parent?.observation

    var masked = parent?.masked ?? []
    var readOnly = parent?.readOnly ?? []
    var visibility = parent?.processVisibility
    if var proc = try root.optionalTable("proc") {
      visibility = try proc.optionalTable("hidepid").map(Reasoned.init) ?? visibility
      for group in try proc.tables("masked") { masked.append(try PathGroup(group)) }
      for group in try proc.tables("readonly") { readOnly.append(try PathGroup(group)) }
      try proc.finish()
    }
    self.masked = masked
    self.readOnly = readOnly
    processVisibility = visibility
    if let fields = try root.optionalTable("landlock") {
      landlock = try Landlock(fields, extending: parent?.landlock)
    } else {
      landlock = parent?.landlock
    }
    uptime = try root.optionalTable("time").map(Reasoned.init(time:)) ?? parent?.uptime
    deviceGroups =
      try (parent?.deviceGroups ?? [])
      + [root.optionalTable("devices").map(DeviceGroup.init)]
      .compactMap { $0 }
    writable = try Writable(root.optionalTable("writable"), extending: parent?.writable)
    limits = try Limits(root.optionalTable("limits"), extending: parent?.limits)
    try root.finish()
  }
}
