/// What a Cargo.toml says about the files a build needs: packages, workspaces and paths. Everything
/// else in it is cargo's own business and not judged here.
public struct CargoManifest: Sendable, Equatable {
  /// A value of `[package]` that a member may take from its workspace (`version.workspace = true`).
  public enum Inheritable: Sendable, Hashable {
    case value(String)
    case workspace
  }

  public struct Package: Sendable, Equatable {
    public let name: String
    /// Nil when it is not written, which cargo takes for 0.0.0.
    public let version: Inheritable?
    /// `package.license`, an SPDX expression or what older crates took for one; nil where none is
    /// written.
    public let license: Inheritable?
    /// `package.workspace`: the folder of the workspace root, relative to this manifest.
    public let workspaceRoot: String?
    public let position: Position
  }

  public struct Workspace: Sendable, Equatable {
    /// Globs of folders, relative to the manifest, as the other two.
    public let members: [String]
    public let exclude: [String]
    public let defaultMembers: [String]?
    /// `workspace.package.version`, which members may inherit.
    public let version: String?
    /// `workspace.package.license`, likewise.
    public let license: String?
    public let position: Position
  }

  /// A dependency, patch or replacement found at a path.
  public struct PathDependency: Sendable, Hashable {
    /// The key it is listed under; `package` may rename it.
    public let name: String
    /// As written, relative to the manifest's folder.
    public let path: String
    /// The table that lists it, such as `target.cfg(unix).dependencies`.
    public let table: String
    public let position: Position
  }

  /// A package that the manifest asks for, and from where.
  public struct Requirement: Sendable, Hashable {
    public enum Source: Sendable, Hashable {
      /// A registry by its name; nil is crates.io.
      case registry(name: String?)
      case registryIndex(String)
      case git(url: String, reference: CargoLock.GitReference)
      case path
      /// As `workspace.dependencies` says under the same key.
      case workspace
    }

    /// The key that it is listed under.
    public let key: String
    /// The package's own name, which `package` gives where it is another than the key.
    public let package: String
    public let source: Source
    public let position: Position
  }

  public struct Library: Sendable, Equatable {
    public let name: String?
    /// `crate-type`; empty when it is not written, which cargo takes for a plain library.
    public let crateTypes: [String]
    public let isProcMacro: Bool
  }

  /// Nil in the manifest of a virtual workspace.
  public let package: Package?
  public let workspace: Workspace?
  public let library: Library?
  /// The names in `[[bin]]`; binaries that cargo finds by file are not among them.
  public let binaries: [String]
  /// In the order of the file.
  public let pathDependencies: [PathDependency]
  /// Dependencies of all kinds and platforms.
  public let requirements: [Requirement]
  /// `workspace.dependencies`.
  public let workspaceRequirements: [Requirement]
  /// `[patch]` and `[replace]`, whichever source they are for.
  public let patches: [Requirement]
  /// `package.build`; nil where it is not written, false included.
  public let buildScript: String?
  /// Whether `package.build` is false, so that a build.rs is none.
  public let hasNoBuildScript: Bool
  /// `package.links`: the native library that the package brings in.
  public let links: String?

  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    var root = Fields(
      try TOML.parse(bytes, file: file), name: "the file", file: file)
    // `[project]` is cargo's old word for it.
    let packageFields = try root.optionalTable("package")
    let projectFields = try root.optionalTable("project")
    package = try (packageFields ?? projectFields).map { (fields) throws(ReadingError) in
      try Package(fields)
    }
    workspace = try root.optionalTable("workspace").map { (fields) throws(ReadingError) in
      try Workspace(fields)
    }
    guard package != nil || workspace != nil else {
      throw root.error(.missingKey("package", table: "the file"), at: .start)
    }
    library = try root.optionalTable("lib").map { (fields) throws(ReadingError) in
      try Library(fields)
    }
    var binaries: [String] = []
    for var fields in try root.tables("bin") {
      if let name = try fields.optionalString("name") { binaries.append(name) }
    }
    self.binaries = binaries
    var found = Dependencies()
    try Self.collectAll(of: root, into: &found)
    pathDependencies = found.paths.sorted { $0.position < $1.position }
    requirements = found.requirements
    workspaceRequirements = found.workspace
    patches = found.patches
    let own = (packageFields ?? projectFields)?.table
    buildScript = own?["build"]?.string
    hasNoBuildScript = own?["build"]?.boolean == false
    links = own?["links"]?.string
  }

  private struct Dependencies {
    var paths: [PathDependency] = []
    var requirements: [Requirement] = []
    var workspace: [Requirement] = []
    var patches: [Requirement] = []
  }

  private static func collectAll(
    of root: Fields, into found: inout Dependencies
  ) throws(ReadingError) {
    var root = root
    try collectDependencies(of: &root, named: "", into: &found)
    if var targets = try root.optionalTable("target") {
      for platform in targets.table.keys {
        guard var target = try targets.optionalTable(platform) else { continue }
        try collectDependencies(of: &target, named: "target.\(platform).", into: &found)
      }
    }
    if var workspace = try root.optionalTable("workspace"),
      let dependencies = try workspace.optionalTable("dependencies")
    {
      found.workspace = try collect(
        dependencies, named: "workspace.dependencies", into: &found.paths)
    }
    if var patches = try root.optionalTable("patch") {
      for source in patches.table.keys {
        guard let patch = try patches.optionalTable(source) else { continue }
        found.patches += try collect(patch, named: "patch.\(source)", into: &found.paths)
      }
    }
    if let replacements = try root.optionalTable("replace") {
      found.patches += try collect(replacements, named: "replace", into: &found.paths)
    }
  }

  /// The dependency tables of the manifest or of one target, the old spellings with `_` included.
  private static func collectDependencies(
    of fields: inout Fields, named prefix: String, into found: inout Dependencies
  ) throws(ReadingError) {
    for key in [
      "dependencies", "dev-dependencies", "dev_dependencies", "build-dependencies",
      "build_dependencies",
    ] {
      guard let dependencies = try fields.optionalTable(key) else { continue }
      found.requirements += try collect(dependencies, named: prefix + key, into: &found.paths)
    }
  }

  private static func collect(
    _ dependencies: Fields, named table: String, into paths: inout [PathDependency]
  ) throws(ReadingError) -> [Requirement] {
    var requirements: [Requirement] = []
    for entry in dependencies.table.entries {
      requirements.append(Requirement(entry))
      guard let item = entry.item.table?["path"] else { continue }
      guard let path = item.string else {
        throw dependencies.wrongType("path", item, expected: "a string")
      }
      paths.append(
        PathDependency(name: entry.key, path: path, table: table, position: item.position))
    }
    return requirements
  }
}

extension CargoManifest.Requirement {
  /// An entry of a dependency table: a version, or a table.
  init(_ entry: TOML.Table.Entry) {
    key = entry.key
    position = entry.position
    let table = entry.item.table
    // [replace] and `cargo vendor` have package ids as keys: NAME:VERSION.
    let name = entry.key.split(separator: ":").first.map(String.init) ?? entry.key
    package = table?["package"]?.string ?? name
    if table?["workspace"]?.boolean == true {
      source = .workspace
    } else if let url = table?["git"]?.string {
      source = .git(url: url, reference: Self.reference(table))
    } else if table?["path"] != nil {
      source = .path
    } else if let index = table?["registry-index"]?.string {
      source = .registryIndex(index)
    } else {
      source = .registry(name: table?["registry"]?.string)
    }
  }

  private static func reference(_ table: TOML.Table?) -> CargoLock.GitReference {
    if let branch = table?["branch"]?.string { return .branch(branch) }
    if let tag = table?["tag"]?.string { return .tag(tag) }
    if let revision = table?["rev"]?.string { return .revision(revision) }
    return .defaultBranch
  }
}

extension CargoManifest.Package {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    position = fields.table.position
    name = try fields.string("name")
    guard CargoName.isPackage(name) else {
      throw fields.badValue("name", name, "not a package name")
    }
    if fields.table["version"]?.table?["workspace"]?.boolean == true {
      version = .workspace
    } else {
      version = try fields.optionalString("version").map(CargoManifest.Inheritable.value)
    }
    if fields.table["license"]?.table?["workspace"]?.boolean == true {
      license = .workspace
    } else {
      license = fields.table["license"]?.string.map(CargoManifest.Inheritable.value)
    }
    workspaceRoot = try fields.optionalString("workspace")
  }
}

extension CargoManifest.Workspace {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    position = fields.table.position
    members = try fields.optionalStrings("members") ?? []
    exclude = try fields.optionalStrings("exclude") ?? []
    defaultMembers = try fields.optionalStrings("default-members")
    var package = try fields.optionalTable("package")
    version = try package?.optionalString("version")
    license = package?.table["license"]?.string
  }
}

extension CargoManifest.Library {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    name = try fields.optionalString("name")
    // Cargo still takes the old spellings.
    let crateTypes = try fields.optionalStrings("crate-type")
    let oldCrateTypes = try fields.optionalStrings("crate_type")
    self.crateTypes = crateTypes ?? oldCrateTypes ?? []
    let isProcMacro = try fields.optionalBoolean("proc-macro")
    let oldIsProcMacro = try fields.optionalBoolean("proc_macro")
    self.isProcMacro = isProcMacro ?? oldIsProcMacro ?? false
  }
}
