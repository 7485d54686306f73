public import Hashing

/// cupel.toml: what a project asks of its builds. Everything is optional; an absent key leaves the
/// choice to the command line and the defaults.
public struct Manifest: Sendable, Equatable {
  public struct Rootfs: Sendable, Equatable {
    /// A recipe's name, or the path of a recipe relative to the manifest (it ends in `.toml`).
    public var recipe: String?
  }

  public struct Toolchain: Sendable, Equatable {
    public enum Choice: Sendable, Equatable {
      case rootfs
      /// A toolchain directory, relative to the manifest or absolute.
      case path(String)
      /// One that was added to the store.
      case name(String)
    }

    public var choice: Choice?
    public var requireSigned: Bool?
  }

  public struct Source: Sendable, Equatable {
    /// The folder that holds all path dependencies, relative to the manifest.
    public var root: String?
    /// The vendor folder, relative to the manifest.
    public var vendor: String?
    /// Folders of `.crate` archives or local registries, relative to the manifest.
    public var crates: [String] = []
    public var allowDirty: Bool?
    public var requireClean: Bool?
    public var requireSignedTag: Bool?
    /// The lowest level that a foreign crate may have.
    public var require: SourceLevel?
    public var patched: [Patch] = []
  }

  /// A vendored crate that is knowingly not what was published.
  public struct Patch: Sendable, Equatable {
    public let name: String
    public let version: String
    public let reason: String
    /// Tree digest of the crate's vendored folder.
    public let tree: Digest

    public var title: String { "\(name) \(version)" }

    public init(name: String, version: String, reason: String, tree: Digest) {
      self.name = name
      self.version = version
      self.reason = reason
      self.tree = tree
    }
  }

  public struct Build: Sendable, Equatable {
    public var profile: String?
    public var targets: [String]?
    public var packages: [String]?
    public var bins: [String]?
    public var features: [String]?
    public var allFeatures: Bool?
    public var noDefaultFeatures: Bool?
    public var workspace: Bool?
    /// Whether artifacts carry the list of their packages.
    public var auditable: Bool?
    public var cargoArguments: [String]?
    /// Seconds since 1970.
    public var sourceDateEpoch: Int64?
  }

  public struct Legs: Sendable, Equatable {
    public enum Schedule: String, Sendable, CaseIterable { case parallel, sequential }

    /// Names of variations, or `default` or `none`; the planner knows them.
    public var vary: [String]?
    public var schedule: Schedule?
    /// 1 to 8.
    public var count: Int?
    /// What the values of leg B follow from.
    public var seed: Int?
  }

  public struct Store: Sendable, Equatable {
    /// How the store's trees are looked at before they are used, at least.
    public var verify: StoreVerification?
  }

  public struct Sandbox: Sendable, Equatable {
    /// A profile's name, or the path of one relative to the manifest (it ends in `.toml`).
    public var profile: String?
    public var memory: ByteCount?
    public var pids: Int?
    public var timeout: Seconds?
    /// The limit of the writable build folder.
    public var targetSize: ByteCount?
    public var denyIsFailure: DenialPolicy?
  }

  public var rootfs = Rootfs()
  public var toolchain = Toolchain()
  public var source = Source()
  public var build = Build()
  public var legs = Legs()
  public var store = Store()
  public var sandbox = Sandbox()

  /// A manifest that asks for nothing, as when there is no file.
  public init() {}

  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    var root = Fields(try TOML.parse(bytes, file: file), name: "the file", file: file)
    try root.schema()
    if var fields = try root.optionalTable("rootfs") {
      rootfs.recipe = try fields.optionalText("recipe")
      try fields.finish()
    }
    if let fields = try root.optionalTable("toolchain") { toolchain = try Toolchain(fields) }
    if let fields = try root.optionalTable("source") { source = try Source(fields) }
    if let fields = try root.optionalTable("build") { build = try Build(fields) }
    if let fields = try root.optionalTable("legs") { legs = try Legs(fields) }
    if var fields = try root.optionalTable("store") {
      store.verify = try fields.optionalWord("verify", as: StoreVerification.self)
      try fields.finish()
    }
    if let fields = try root.optionalTable("sandbox") { sandbox = try Sandbox(fields) }
    try root.finish()
  }
}

extension Manifest.Toolchain {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    let path = try fields.optionalText("path")
    let name = try fields.optionalText("name")
    let from = try fields.optionalString("from")
    requireSigned = try fields.optionalBoolean("require-signed")
    try fields.finish()
    if let from, from != "rootfs" {
      throw fields.badValue("from", from, "it must be \"rootfs\"")
    }
    if let name, !Lock.Toolchain.isName(name) {
      throw fields.badValue("name", name, "not a toolchain's name")
    }
    // Of two, one is always the name or the rootfs.
    if [path, name, from].count(where: { $0 != nil }) > 1 {
      throw fields.badValue(
        from == nil ? "name" : "from", from ?? name ?? "",
        "only one of path, name and from can be given")
    }
    choice = from.map { _ in .rootfs } ?? path.map { .path($0) } ?? name.map { .name($0) }
  }
}

extension Manifest.Source {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    root = try fields.optionalText("root")
    vendor = try fields.optionalText("vendor")
    if let item = fields.item("crates") {
      if item.array == nil {
        crates = try fields.optionalText("crates").map { [$0] } ?? []
      } else {
        crates = try fields.optionalStrings("crates") ?? []
        for path in crates where path.isEmpty || path.utf8.contains(0) {
          throw fields.badValue("crates", path, "not a path")
        }
      }
    }
    allowDirty = try fields.optionalBoolean("allow-dirty")
    requireClean = try fields.optionalBoolean("require-clean")
    requireSignedTag = try fields.optionalBoolean("require-signed-tag")
    require = try fields.optionalWord("require", as: SourceLevel.self)
    if let require, !SourceLevel.requirable.contains(require) {
      let words = SourceLevel.requirable.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      throw fields.badValue("require", require.rawValue, "it must be one of \(words)")
    }
    for table in try fields.tables("patched") {
      let patch = try Manifest.Patch(table)
      guard !patched.contains(where: { $0.title.utf8.elementsEqual(patch.title.utf8) }) else {
        throw fields.error(
          .duplicate(kind: "the patched crate", name: patch.title), at: table.table.position)
      }
      patched.append(patch)
    }
    try fields.finish()
  }
}

extension Manifest.Patch {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    (name, version) = try fields.cargoPackage()
    reason = try fields.string("reason")
    guard reason.utf8.contains(where: { $0 > 0x20 }) else {
      throw fields.badValue("reason", reason, "it cannot be empty")
    }
    let text = try fields.string("tree")
    guard let tree = Digest(prefixed: text) else {
      throw fields.badValue("tree", text, "not sha256: and 64 lower-case hexadecimal digits")
    }
    self.tree = tree
    try fields.finish()
  }
}

extension Manifest.Build {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    profile = try fields.optionalText("profile")
    targets = try fields.optionalStrings("targets")
    packages = try fields.optionalStrings("packages")
    bins = try fields.optionalStrings("bins")
    features = try fields.optionalStrings("features")
    allFeatures = try fields.optionalBoolean("all-features")
    noDefaultFeatures = try fields.optionalBoolean("no-default-features")
    auditable = try fields.optionalBoolean("auditable")
    workspace = try fields.optionalBoolean("workspace")
    cargoArguments = try fields.optionalStrings("cargo-args")
    sourceDateEpoch = try fields.optionalCount("source-date-epoch").map(Int64.init)
    try fields.finish()
  }
}

extension Manifest.Legs {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    vary = try fields.optionalStrings("vary")
    schedule = try fields.optionalWord("schedule", as: Schedule.self)
    count = try fields.optionalCount("count")
    if let count, !(1...8).contains(count) {
      throw fields.badValue("count", String(count), "it must be 1 to 8")
    }
    seed = try fields.optionalCount("seed")
    try fields.finish()
  }
}

extension Manifest.Sandbox {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    profile = try fields.optionalText("profile")
    memory = try fields.optionalByteCount("memory")
    pids = try fields.optionalCount("pids")
    if let pids, pids == 0 { throw fields.badValue("pids", "0", "it must be 1 or more") }
    timeout = try fields.optionalSeconds("timeout")
    targetSize = try fields.optionalByteCount("target-size")
    if let names = try fields.optionalStrings("deny-is-failure") {
      guard let policy = DenialPolicy(names: names) else {
        throw fields.badValue(
          "deny-is-failure", names.joined(separator: ","), DenialPolicy.expectation)
      }
      denyIsFailure = policy
    }
    try fields.finish()
  }
}

extension Fields {
  /// A string that is not empty and holds no NUL, so that it can be a name or a path.
  fileprivate mutating func optionalText(_ key: String) throws(ReadingError) -> String? {
    guard let text = try optionalString(key) else { return nil }
    guard !text.isEmpty else { throw badValue(key, text, "it cannot be empty") }
    guard !text.utf8.contains(0) else { throw badValue(key, text, "it holds a NUL byte") }
    return text
  }

  /// A size such as `"8G"`.
  mutating func optionalByteCount(_ key: String) throws(ReadingError) -> ByteCount? {
    guard let text = try optionalString(key) else { return nil }
    guard let size = ByteCount(text) else { throw badValue(key, text, ByteCount.expectation) }
    return size
  }

  /// A duration such as `"90s"`.
  mutating func optionalSeconds(_ key: String) throws(ReadingError) -> Seconds? {
    guard let text = try optionalString(key) else { return nil }
    guard let length = Seconds(text) else { throw badValue(key, text, Seconds.expectation) }
    return length
  }
}
