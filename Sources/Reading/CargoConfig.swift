/// A `.cargo/config.toml`: source replacement, flags, and what cannot work in a sandbox.
///
/// Relative paths in it are relative to the folder that holds `.cargo` (the Cargo book,
/// "Config-relative paths"); they are given here as written.
public struct CargoConfig: Sendable {
  /// One `[source.NAME]`.
  public struct Source: Sendable, Equatable {
    public enum Location: Sendable, Hashable {
      case registry(String)
      case directory(String)
      case localRegistry(String)
      case git(url: String, reference: CargoLock.GitReference)
    }

    public let name: String
    /// Nil where only a replacement is given, as for crates-io.
    public let location: Location?
    public let replaceWith: String?
    public let position: Position
  }

  /// Where the packages of a source come from after all replacements.
  public struct Replacement: Sendable, Equatable {
    /// The names passed through, the first included.
    public let chain: [String]
    /// Nil when the chain ends at crates-io itself or at a registry by name: nothing local.
    public let location: Source.Location?

    /// The folder of unpacked packages or of archives, or nil when the source needs a network.
    public var localPath: String? {
      switch location {
      case .directory(let path), .localRegistry(let path): path
      case .registry, .git, nil: nil
      }
    }
  }

  /// One entry of `[env]`.
  public struct EnvironmentEntry: Sendable, Equatable {
    public let name: String
    public let value: String
    /// Whether it overrides a variable that is already set.
    public let force: Bool
    /// Whether the value is a config-relative path.
    public let isRelative: Bool
    public let position: Position
  }

  public struct Build: Sendable, Equatable {
    public var rustflags: [String]?
    public var targets: [String] = []
    public var incremental: Bool?
    public var jobs: Int64?
  }

  /// One `[target.TRIPLE]` or `[target.'cfg(…)']`.
  public struct Target: Sendable, Equatable {
    public let name: String
    public let rustflags: [String]?
    public let linker: String?
    public let runner: [String]?
  }

  /// A setting that cannot mean in the sandbox what it means outside.
  public struct Hindrance: Sendable, Equatable {
    public let key: String
    public let position: Position
    public let reason: String
    /// Whether its value is one that nobody else may see.
    public let isSecret: Bool
  }

  public let file: String
  public let sources: [Source]
  public let build: Build
  public let targets: [Target]
  public let environment: [EnvironmentEntry]
  /// Tables that are cargo's own business, for those who want to look.
  public let profile: TOML.Table?
  public let net: TOML.Table?
  public let http: TOML.Table?
  public let registries: TOML.Table?
  public let unstable: TOML.Table?
  /// `[patch]`, whichever source it is for.
  public let patches: [CargoManifest.Requirement]
  /// In the order of the file.
  public let hindrances: [Hindrance]

  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    self.file = file
    var root = Fields(try TOML.parse(bytes, file: file), name: "the file", file: file)

    var sources: [Source] = []
    if var tables = try root.optionalTable("source") {
      for name in tables.table.keys {
        guard let fields = try tables.optionalTable(name) else { continue }
        sources.append(try Source(name, fields))
      }
    }
    self.sources = sources

    var build = Build()
    if var fields = try root.optionalTable("build") {
      build.rustflags = try fields.words("rustflags")
      build.targets = try fields.words("target", splitting: false) ?? []
      build.incremental = try fields.optionalBoolean("incremental")
      // Cargo also takes "default" for jobs.
      build.jobs = fields.table["jobs"]?.integer
    }
    self.build = build

    var targets: [Target] = []
    if var tables = try root.optionalTable("target") {
      for name in tables.table.keys {
        guard var fields = try tables.optionalTable(name) else { continue }
        targets.append(
          Target(
            name: name, rustflags: try fields.words("rustflags"),
            linker: try fields.optionalString("linker"), runner: try fields.words("runner")))
      }
    }
    self.targets = targets

    var environment: [EnvironmentEntry] = []
    if let fields = try root.optionalTable("env") {
      for entry in fields.table.entries {
        environment.append(try EnvironmentEntry(entry, of: fields))
      }
    }
    self.environment = environment

    profile = try root.optionalTable("profile")?.table
    net = try root.optionalTable("net")?.table
    http = try root.optionalTable("http")?.table
    registries = try root.optionalTable("registries")?.table
    unstable = try root.optionalTable("unstable")?.table
    var patches: [CargoManifest.Requirement] = []
    for patch in try root.optionalTable("patch")?.table.entries ?? [] {
      patches += patch.item.table?.entries.map { CargoManifest.Requirement($0) } ?? []
    }
    self.patches = patches
    hindrances = Self.hindrances(in: root.table)
  }

  // MARK: Source replacement

  /// Follows `replace-with` from a source name, such as `crates-io`.
  ///
  /// - Throws: `ReadingError` when the chain leads in a circle or to a source that is not defined.
  public func replacement(of name: String) throws(ReadingError) -> Replacement {
    var chain = [name]
    var position: Position?
    var location: Source.Location?
    while true {
      let current = chain[chain.count - 1]
      guard let source = sources.first(where: { $0.name == current }) else {
        // crates-io and the registries of [registries] exist without a [source] table.
        if current == "crates-io" || chain.count == 1 || registries?[current] != nil { break }
        throw ReadingError(
          file: file, position: position, fact: .brokenChain(chain, reason: "is not defined"))
      }
      position = source.position
      location = source.location
      guard let next = source.replaceWith else { break }
      guard !chain.contains(next) else {
        throw ReadingError(
          file: file, position: position,
          fact: .brokenChain(chain + [next], reason: "leads in a circle"))
      }
      chain.append(next)
      location = nil
    }
    return Replacement(chain: chain, location: location)
  }

  /// Follows the replacement of a source of Cargo.lock; nil for path packages and for git sources
  /// and registries that the file does not mention.
  ///
  /// A registry that neither `[source]` nor `[registries]` names is crates.io.
  public func replacement(of source: CargoLock.Source) throws(ReadingError) -> Replacement? {
    switch source {
    case .path: return nil
    case .registry(let index), .sparse(let index):
      for source in sources where source.location == .registry(index) {
        return try replacement(of: source.name)
      }
      for entry in registries?.entries ?? []
      where entry.item.table?["index"]?.string == index {
        return sources.contains { $0.name == entry.key }
          ? try replacement(of: entry.key) : nil
      }
      return try replacement(of: "crates-io")
    case .git(let url, let reference, _):
      for source in sources where source.location == .git(url: url, reference: reference) {
        return try replacement(of: source.name)
      }
      return nil
    }
  }

  // MARK: What cannot work

  private static func hindrances(in root: TOML.Table) -> [Hindrance] {
    var found: [Hindrance] = []
    let secrets = "a secret in the source would be in the store and in the sandbox"
    func note(_ key: String, _ entry: TOML.Table.Entry?, _ reason: String) {
      guard let entry else { return }
      found.append(
        Hindrance(
          key: key, position: entry.position, reason: reason, isSecret: reason == secrets))
    }
    note("include", root.entry("include"), "settings of included files are not read")
    note("paths", root.entry("paths"), "path overrides name folders outside the locked packages")
    let build = root["build"]?.table
    let programs = "the sandbox holds no programs but those of its rootfs and toolchain"
    for key in ["rustc", "rustc-wrapper", "rustc-workspace-wrapper", "rustdoc"] {
      note("build.\(key)", build?.entry(key), programs)
    }
    let folders = "the sandbox decides where cargo writes"
    for key in ["target-dir", "build-dir", "dep-info-basedir"] {
      note("build.\(key)", build?.entry(key), folders)
    }
    for target in root["target"]?.table?.entries ?? [] {
      guard let entry = target.item.table?.entry("linker"), let linker = entry.item.string,
        linker.utf8.first == UInt8(ascii: "/") || linker.split(separator: "/").contains("..")
      else { continue }
      note("target.\(target.key).linker", entry, programs)
    }
    let credentials = "a build without a network needs no credentials"
    func noteURL(_ key: String, _ entry: TOML.Table.Entry?) {
      guard let url = entry?.item.string, URLCredentials.areIn(url) else { return }
      note(key, entry, secrets)
    }
    note("credential-alias", root.entry("credential-alias"), credentials)
    note("registry.token", root["registry"]?.table?.entry("token"), secrets)
    note("registry.secret-key", root["registry"]?.table?.entry("secret-key"), secrets)
    noteURL("registry.index", root["registry"]?.table?.entry("index"))
    noteURL("http.proxy", root["http"]?.table?.entry("proxy"))
    for source in root["source"]?.table?.entries ?? [] {
      for key in ["registry", "git"] {
        noteURL("source.\(source.key).\(key)", source.item.table?.entry(key))
      }
    }
    for entry in root["env"]?.table?.entries ?? [] where Self.isToken(entry.key) {
      note("env.\(entry.key)", entry, secrets)
    }
    note(
      "registry.credential-provider", root["registry"]?.table?.entry("credential-provider"),
      credentials)
    note(
      "registry.global-credential-providers",
      root["registry"]?.table?.entry("global-credential-providers"), credentials)
    for registry in root["registries"]?.table?.entries ?? [] {
      note(
        "registries.\(registry.key).credential-provider",
        registry.item.table?.entry("credential-provider"), credentials)
      for key in ["token", "secret-key"] {
        note("registries.\(registry.key).\(key)", registry.item.table?.entry(key), secrets)
      }
      noteURL("registries.\(registry.key).index", registry.item.table?.entry("index"))
    }
    return found.sorted { $0.position < $1.position }
  }

  /// Whether cargo reads a secret from the variable: CARGO_REGISTRY_TOKEN,
  /// CARGO_REGISTRIES_NAME_TOKEN and those of keys (the Cargo book, "Environment variables").
  private static func isToken(_ name: String) -> Bool {
    (name.hasPrefix("CARGO_REGISTRY_") || name.hasPrefix("CARGO_REGISTRIES_"))
      && (name.hasSuffix("_TOKEN") || name.hasSuffix("_SECRET_KEY"))
  }
}

extension CargoConfig.Source {
  fileprivate init(_ name: String, _ fields: Fields) throws(ReadingError) {
    var fields = fields
    self.name = name
    position = fields.table.position
    replaceWith = try fields.optionalString("replace-with")
    var locations: [Location] = []
    if let url = try fields.optionalString("registry") { locations.append(.registry(url)) }
    if let path = try fields.optionalString("directory") { locations.append(.directory(path)) }
    if let path = try fields.optionalString("local-registry") {
      locations.append(.localRegistry(path))
    }
    if let url = try fields.optionalString("git") {
      var references: [CargoLock.GitReference] = []
      if let branch = try fields.optionalString("branch") { references.append(.branch(branch)) }
      if let tag = try fields.optionalString("tag") { references.append(.tag(tag)) }
      if let revision = try fields.optionalString("rev") { references.append(.revision(revision)) }
      guard references.count < 2 else {
        throw fields.badValue("git", url, "only one of branch, tag and rev can be given")
      }
      locations.append(.git(url: url, reference: references.first ?? .defaultBranch))
    }
    guard locations.count < 2 else {
      throw fields.error(
        .badValue(
          key: "source", value: name,
          reason: "only one of registry, directory, local-registry and git can be given"),
        at: position)
    }
    location = locations.first
  }
}

extension CargoConfig.EnvironmentEntry {
  fileprivate init(_ entry: TOML.Table.Entry, of fields: Fields) throws(ReadingError) {
    name = entry.key
    position = entry.position
    switch entry.item.value {
    case .string(let text):
      value = text
      force = false
      isRelative = false
    case .table(let table):
      var inner = Fields(table, name: "[env].\(entry.key)", file: fields.file)
      value = try inner.string("value")
      force = try inner.optionalBoolean("force") ?? false
      isRelative = try inner.optionalBoolean("relative") ?? false
    default:
      throw fields.wrongType(entry.key, entry.item, expected: "a string or a table")
    }
  }
}

extension Fields {
  /// A list that cargo also takes as one string, split at spaces.
  fileprivate mutating func words(
    _ key: String, splitting: Bool = true
  ) throws(ReadingError) -> [String]? {
    guard let text = item(key)?.string else { return try optionalStrings(key) }
    return splitting ? text.split(separator: " ").map(String.init) : [text]
  }
}
