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
    /// The list of packages that names it, one of its release's; nil in a lock without releases.
    public let index: String?

    public init(
      name: String, version: String, architecture: String, size: Int64, sha256: Digest,
      filename: String, suite: String, index: String? = nil
    ) {
      self.name = name
      self.version = version
      self.architecture = architecture
      self.size = size
      self.sha256 = sha256
      self.filename = filename
      self.suite = suite
      self.index = index
    }
  }

  /// The state of a suite that packages were taken from, as its signed Release file describes it.
  public struct Release: Sendable, Hashable {
    /// A list of packages that the Release file names, such as `main/binary-amd64/Packages`.
    public struct Index: Sendable, Hashable {
      public let name: String
      public let sha256: Digest

      public init(name: String, sha256: Digest) {
        self.name = name
        self.sha256 = sha256
      }
    }

    /// As the recipe names it.
    public let suite: String
    public let codename: String
    public let date: UTCTime
    public let validUntil: UTCTime?
    /// The snapshot that was asked for.
    public let snapshot: UTCTime?
    /// Of the InRelease file, signatures included.
    public let sha256: Digest
    /// Fingerprints of the primary keys whose signatures are good, sorted.
    public let signers: [String]
    /// Those that packages were chosen from, sorted by name.
    public let indexes: [Index]

    public init(
      suite: String, codename: String, date: UTCTime, validUntil: UTCTime?, snapshot: UTCTime?,
      sha256: Digest, signers: [String], indexes: [Index]
    ) {
      self.suite = suite
      self.codename = codename
      self.date = date
      self.validUntil = validUntil
      self.snapshot = snapshot
      self.sha256 = sha256
      self.signers = signers.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
      self.indexes = indexes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    }

    /// Whether another release of the same suite has the same date and other lists of packages, which
    /// an honest archive does not make.
    public func isFork(of other: Release) -> Bool {
      guard date == other.date else { return false }
      return indexes.contains { index in
        other.indexes.contains { $0.name == index.name && $0.sha256 != index.sha256 }
      }
    }
  }

  /// The image that the rootfs is made of.
  public struct Image: Sendable, Hashable {
    public let manifest: Digest
    /// From the lowest to the highest, as the manifest lists them.
    public let layers: [Digest]

    public init(manifest: Digest, layers: [Digest]) {
      self.manifest = manifest
      self.layers = layers
    }
  }

  public let recipe: Recipe
  /// Where the packages were found, sorted by suite; none for an image, and in locks of old.
  public let releases: [Release]
  public let image: Image?
  /// Debian's name, such as `amd64`.
  public let architecture: String
  /// The tree digest of the extracted rootfs, once somebody has made it.
  public var rootfs: Digest?
  /// Nil where nobody chose one: builds then use the one in the rootfs.
  public var toolchain: Toolchain?
  /// Sorted by name, architecture and version, as bytes.
  public let packages: [Package]

  /// Makes a lock; the packages may come in any order.
  public init(
    recipe: Recipe, architecture: String, rootfs: Digest?, packages: [Package],
    releases: [Release] = [], image: Image? = nil
  ) {
    self.recipe = recipe
    self.releases = releases.sorted { $0.suite.utf8.lexicographicallyPrecedes($1.suite.utf8) }
    self.image = image
    self.architecture = architecture
    self.rootfs = rootfs
    self.packages = packages.sorted { $0.precedes($1) }
  }

  /// Reads and checks a lock.
  ///
  /// - Throws: `ReadingError` with role `.input`: broken syntax, a duplicate package, a bad digest, a
  ///   recipe that is not the one the digest names, a package that none of the releases lists.
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

    var releases: [Release] = []
    for fields in try root.tables("release") {
      let release = try Release(fields)
      guard !releases.contains(where: { $0.suite == release.suite }) else {
        throw fields.error(
          .duplicate(kind: "release", name: release.suite), at: fields.table.position)
      }
      releases.append(release)
    }
    self.releases = releases.sorted { $0.suite.utf8.lexicographicallyPrecedes($1.suite.utf8) }

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
    let image = try root.optionalTable("oci").map { (fields) throws(ReadingError) in
      try Image(fields)
    }
    guard (image != nil) == (recipe.image != nil) else {
      throw image == nil
        ? root.error(.missingKey("oci", table: root.name), at: root.table.position)
        : root.badValue("oci", "[oci]", "the recipe is of another kind")
    }
    self.image = image

    var packages: [Package] = []
    var seen: Set<String> = []
    for fields in try root.tables("package") {
      let package = try Package(fields, of: releases)
      if image != nil {
        throw fields.badValue("name", package.name, "an image is not made of packages")
      }
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

      """
    for release in releases { out += release.rendered }
    out += """

      [rootfs]
      architecture = \(TOML.quoted(architecture))

      """
    if let rootfs { out += "digest = \"\(rootfs)\"\n" }
    if let image {
      out += """

        [oci]
        manifest = "\(image.manifest)"
        layers = [

        """
      for layer in image.layers { out += "  \"\(layer)\",\n" }
      out += "]\n"
    }
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
      if let index = package.index { out += "index = \(TOML.quoted(index))\n" }
    }
    return out
  }
}

extension Lock.Release {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    suite = try fields.archiveWord("suite", "not a suite")
    codename = try fields.archiveWord("codename", "not a codename")
    guard let date = try fields.optionalTime("date", UTCTime.init(iso:)) else {
      throw fields.error(.missingKey("date", table: fields.name), at: fields.table.position)
    }
    self.date = date
    validUntil = try fields.optionalTime("valid-until", UTCTime.init(iso:))
    snapshot = try fields.optionalTime("snapshot", UTCTime.init(snapshot:))
    sha256 = try fields.hexDigest("sha256")
    let signers = try fields.strings("signed-by")
    if signers.isEmpty {
      throw fields.badValue("signed-by", "[]", "at least one is needed")
    }
    for signer in signers where !Self.isFingerprint(signer) {
      throw fields.badValue("signed-by", signer, "not a key's fingerprint")
    }
    self.signers = signers.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    var indexes: [Index] = []
    for var index in try fields.tables("index") {
      let name = try index.string("name")
      if let complaint = PathRule.complaint(aboutRelative: name) {
        throw index.badValue("name", name, complaint)
      }
      let sha256 = try index.hexDigest("sha256")
      try index.finish()
      guard !indexes.contains(where: { ExactString($0.name) == ExactString(name) }) else {
        throw index.error(.duplicate(kind: "index", name: name), at: index.table.position)
      }
      indexes.append(Index(name: name, sha256: sha256))
    }
    self.indexes = indexes.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    try fields.finish()
  }

  /// Of a key of version 4 or of a later one, in the form of gpg.
  private static func isFingerprint(_ text: String) -> Bool {
    [40, 64].contains(text.utf8.count)
      && text.utf8.allSatisfy {
        isDigit($0) || (UInt8(ascii: "A")...UInt8(ascii: "F")).contains($0)
      }
  }

  fileprivate var rendered: String {
    var out = """

      [[release]]
      suite = \(TOML.quoted(suite))
      codename = \(TOML.quoted(codename))
      date = "\(date.text)"

      """
    if let validUntil { out += "valid-until = \"\(validUntil.text)\"\n" }
    if let snapshot { out += "snapshot = \"\(snapshot.snapshotName)\"\n" }
    let signers = self.signers.map { "\"\($0)\"" }.joined(separator: ", ")
    out += "sha256 = \"\(sha256.hex)\"\nsigned-by = [\(signers)]\n"
    for index in indexes {
      out += """

        [[release.index]]
        name = \(TOML.quoted(index.name))
        sha256 = "\(index.sha256.hex)"

        """
    }
    return out
  }
}

extension Lock.Image {
  /// More than any registry accepts (127, what overlayfs could stack).
  private static let layerLimit = 500

  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    guard let manifest = try fields.optionalDigest("manifest") else {
      throw fields.error(.missingKey("manifest", table: fields.name), at: fields.table.position)
    }
    self.manifest = manifest
    var layers: [Digest] = []
    for text in try fields.strings("layers") {
      guard let layer = Digest(prefixed: text), layers.count < Self.layerLimit else {
        throw fields.badValue(
          "layers", text, "not sha256: and 64 lower-case hexadecimal digits, or too many")
      }
      layers.append(layer)
    }
    self.layers = layers
    try fields.finish()
  }
}

extension Lock.Package {
  /// A lock that has releases has one for each package, and it lists the package's index.
  fileprivate init(_ fields: Fields, of releases: [Lock.Release]) throws(ReadingError) {
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
    sha256 = try fields.hexDigest("sha256")
    filename = try fields.string("filename")
    if let complaint = PathRule.complaint(aboutRelative: filename) {
      throw fields.badValue("filename", filename, complaint)
    }
    suite = try fields.archiveWord("suite", "not a suite")
    if releases.isEmpty {
      index = nil
    } else {
      let (name, suite) = (try fields.string("index"), suite)
      guard let release = releases.first(where: { $0.suite == suite }) else {
        throw fields.badValue("suite", suite, "no [[release]] is of this suite")
      }
      guard release.indexes.contains(where: { ExactString($0.name) == ExactString(name) }) else {
        throw fields.badValue("index", name, "the [[release]] of \(suite) does not list it")
      }
      index = name
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

  /// 64 digits without a prefix.
  fileprivate mutating func hexDigest(_ key: String) throws(ReadingError) -> Digest {
    let hex = try string(key)
    guard let digest = Digest(hex: hex) else {
      throw badValue(key, hex, "not 64 lower-case hexadecimal digits")
    }
    return digest
  }

  fileprivate mutating func archiveWord(
    _ key: String, _ complaint: String
  ) throws(ReadingError) -> String {
    let word = try string(key)
    guard DebianName.isArchiveWord(word) else { throw badValue(key, word, complaint) }
    return word
  }

  mutating func digest(_ key: String) throws(ReadingError) -> Digest {
    guard let digest = try optionalDigest(key) else {
      throw error(.missingKey(key, table: name), at: table.position)
    }
    return digest
  }
}
