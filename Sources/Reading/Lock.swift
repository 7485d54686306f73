public import Hashing

/// cupel.lock: the environment of a build, pinned. It stands next to Cargo.lock, is written by us in
/// one form only, and is enough to make the rootfs again: it carries its recipe.
public struct Lock: Sendable, Equatable {
  /// One `.deb` file.
  public struct Package: Sendable, Hashable {
    public let name: String
    public let version: String
    public let architecture: String
    /// In bytes.
    public let size: Int64
    public let sha256: Digest
    /// Relative to a mirror's root, such as `pool/main/g/gcc-12/cpp-12_12.2.0-14_amd64.deb`.
    public let filename: String
    public let suite: String

    public init(
      name: String, version: String, architecture: String, size: Int64, sha256: Digest,
      filename: String, suite: String
    ) {
      self.name = name
      self.version = version
      self.architecture = architecture
      self.size = size
      self.sha256 = sha256
      self.filename = filename
      self.suite = suite
    }
  }

  public let recipe: Recipe
  /// Debian's name, such as `amd64`.
  public let architecture: String
  /// The tree digest of the extracted rootfs, once somebody has made it.
  public var rootfs: Digest?
  /// Nil where nobody chose one: builds then use the one in the rootfs.
  public var toolchain: Toolchain?
  /// Sorted by name, architecture and version, as bytes.
  public let packages: [Package]

  /// Makes a lock; the packages may come in any order.
  public init(recipe: Recipe, architecture: String, rootfs: Digest?, packages: [Package]) {
    self.recipe = recipe
    self.architecture = architecture
    self.rootfs = rootfs
    self.packages = packages.sorted { $0.precedes($1) }
  }

  /// Reads and checks a lock.
  ///
  /// - Throws: `ReadingError` with role `.input`: broken syntax, a duplicate package, a bad digest, a
  ///   recipe that is not the one the digest names.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    var root = Fields(
      try TOML.parse(bytes, file: file, role: .input), name: "the file", file: file, role: .input)
    try root.schema()

    var recipeFields = try root.table("recipe")
    let name = try recipeFields.string("name")
    let digest = try recipeFields.digest("digest")
    let text = try recipeFields.string("text")
    try recipeFields.finish()
    guard Digest.hashing(text) == digest else {
      throw recipeFields.error(
        .digestMismatch(of: "the recipe", expected: digest, actual: Digest.hashing(text)),
        at: recipeFields.table["text"]?.position ?? recipeFields.table.position)
    }
    recipe = try Recipe(parsing: Array(text.utf8), file: "\(file) (its recipe)", role: .input)
    guard ExactString(recipe.name) == ExactString(name) else {
      throw recipeFields.badValue("name", name, "the recipe calls itself \"\(recipe.name)\"")
    }

    var rootfsFields = try root.table("rootfs")
    architecture = try rootfsFields.string("architecture")
    guard DebianName.isArchitecture(architecture) else {
      throw rootfsFields.badValue("architecture", architecture, "not an architecture")
    }
    rootfs = try rootfsFields.optionalDigest("digest")
    try rootfsFields.finish()

    toolchain = try root.optionalTable("toolchain").map { (fields) throws(ReadingError) in
      try Toolchain(fields)
    }

    var packages: [Package] = []
    var seen: Set<String> = []
    for fields in try root.tables("package") {
      let package = try Package(fields)
      guard seen.insert("\(package.name):\(package.architecture)").inserted else {
        throw fields.error(
          .duplicate(kind: "package", name: "\(package.name):\(package.architecture)"),
          at: fields.table.position)
      }
      packages.append(package)
    }
    try root.finish()
    self.packages = packages.sorted { $0.precedes($1) }
  }

  /// The file's text. Equal locks have equal texts.
  public func render() -> String {
    var out = """
      # The environment of this project's builds, pinned. Written by `cupel lock`; commit it, do not
      # edit it.
      schema = 1

      [recipe]
      name = \(TOML.quoted(recipe.name))
      digest = "\(recipe.digest)"
      text = \(TOML.quotedLines(recipe.text))

      [rootfs]
      architecture = \(TOML.quoted(architecture))

      """
    if let rootfs { out += "digest = \"\(rootfs)\"\n" }
    if let toolchain { out += toolchain.rendered }
    for package in packages {
      out += """

        [[package]]
        name = \(TOML.quoted(package.name))
        version = \(TOML.quoted(package.version))
        architecture = \(TOML.quoted(package.architecture))
        size = \(package.size)
        sha256 = "\(package.sha256.hex)"
        filename = \(TOML.quoted(package.filename))
        suite = \(TOML.quoted(package.suite))

        """
    }
    return out
  }
}

extension Lock.Package {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    name = try fields.string("name")
    guard DebianName.isPackage(name) else {
      throw fields.badValue("name", name, "not a package name")
    }
    version = try fields.string("version")
    guard DebianName.isVersion(version) else {
      throw fields.badValue("version", version, "not a version")
    }
    architecture = try fields.string("architecture")
    guard DebianName.isArchitecture(architecture) else {
      throw fields.badValue("architecture", architecture, "not an architecture")
    }
    size = try fields.integer("size")
    guard size > 0 else { throw fields.badValue("size", String(size), "no package is empty") }
    let hex = try fields.string("sha256")
    guard let sha256 = Digest(hex: hex) else {
      throw fields.badValue("sha256", hex, "not 64 lower-case hexadecimal digits")
    }
    self.sha256 = sha256
    filename = try fields.string("filename")
    if let complaint = PathRule.complaint(aboutRelative: filename) {
      throw fields.badValue("filename", filename, complaint)
    }
    suite = try fields.string("suite")
    guard DebianName.isArchiveWord(suite) else {
      throw fields.badValue("suite", suite, "not a suite")
    }
    try fields.finish()
  }

  fileprivate func precedes(_ other: Self) -> Bool {
    for (a, b) in [
      (name, other.name), (architecture, other.architecture), (version, other.version),
    ] where !a.utf8.elementsEqual(b.utf8) {
      return a.utf8.lexicographicallyPrecedes(b.utf8)
    }
    return false
  }
}

extension Fields {
  fileprivate mutating func integer(_ key: String) throws(ReadingError) -> Int64 {
    guard let number = try optionalInteger(key) else {
      throw error(.missingKey(key, table: name), at: table.position)
    }
    return number
  }

  fileprivate mutating func optionalDigest(_ key: String) throws(ReadingError) -> Digest? {
    guard let text = try optionalString(key) else { return nil }
    guard let digest = Digest(prefixed: text) else {
      throw badValue(key, text, "not sha256: and 64 lower-case hexadecimal digits")
    }
    return digest
  }

  fileprivate mutating func digest(_ key: String) throws(ReadingError) -> Digest {
    guard let digest = try optionalDigest(key) else {
      throw error(.missingKey(key, table: name), at: table.position)
    }
    return digest
  }
}
