public import Hashing

/// How a rootfs is made (`rootfs-recipes/*.toml`): which Debian packages, or which OCI image, and the
/// few effects of maintainer scripts that a build needs. It never names a mirror.
public struct Recipe: Sendable, Equatable {
  public struct Toolchain: Sendable, Hashable {
    /// Absolute paths inside the rootfs.
    public let rustc: String
    public let cargo: String
    /// Of Rust; nil where a package says it.
    public let version: String?
  }

  /// An image of the OCI Image Format, whose layers are the rootfs.
  public struct Image: Sendable, Hashable {
    /// Of the manifest, or of an index that names it; nil leaves the choice to the lock.
    public let manifest: Digest?
    /// Which image of a layout that holds several (`org.opencontainers.image.ref.name`).
    public let reference: String?
  }

  public struct Link: Sendable, Hashable {
    /// Where the symbolic link stands, absolute.
    public let path: String
    /// What it holds, absolute or relative to its folder.
    public let target: String
  }

  public struct File: Sendable, Hashable {
    public let path: String
    public let content: String
    public let isExecutable: Bool
  }

  public let name: String
  public let description: String
  /// None where the rootfs is made of an image; likewise `components` and `packages`.
  public let suites: [String]
  public let components: [String]
  public let packages: [String]
  /// The archive as it was then; nil for as it is.
  public let snapshot: UTCTime?
  /// What the rootfs is made of instead of packages.
  public let image: Image?
  /// Nil when the rootfs brings no Rust of its own.
  public let toolchain: Toolchain?
  public let links: [Link]
  public let files: [File]
  /// Absolute paths of folders that are made even if no package ships them.
  public let directories: [String]
  /// Globs of absolute paths that are not extracted; `**` crosses slashes.
  public let drop: [String]
  /// The recipe as it was read, and its digest, by which a lock knows it.
  public let text: String
  public let digest: Digest

  public init(
    parsing bytes: [UInt8], file: String, role: ReadingError.Role = .configuration
  ) throws(ReadingError) {
    var root = Fields(
      try TOML.parse(bytes, file: file, role: role), name: "the file", file: file, role: role)
    text = Reading.text(bytes)
    digest = Digest.hashing(bytes)
    try root.schema()
    name = try root.string("name")
    guard !name.isEmpty, name.utf8.allSatisfy({ isLetterOrDigit($0) || "-._".utf8.contains($0) })
    else { throw root.badValue("name", name, "only letters, digits, '-', '.' and '_' may be used") }
    description = try root.optionalString("description") ?? ""

    if let fields = try root.optionalTable("oci") {
      image = try Image(fields)
      (suites, components, packages, snapshot) = ([], [], [], nil)
      if let debian = try root.optionalTable("debian") {
        throw debian.error(
          .badValue(key: "debian", value: "[debian]", reason: "a recipe has this or [oci]"),
          at: debian.table.position)
      }
    } else {
      image = nil
      var debian = try root.table("debian")
      suites = try debian.names("suites", "not a suite", DebianName.isArchiveWord)
      components = try debian.names("components", "not a component", DebianName.isArchiveWord)
      packages = try debian.names("packages", "not a package name", DebianName.isPackage)
      snapshot = try debian.optionalTime("snapshot", UTCTime.init(snapshot:))
      try debian.finish()
    }
    if let fields = try root.optionalTable("toolchain") {
      toolchain = try Toolchain(fields, needsVersion: image != nil)
    } else {
      toolchain = nil
    }

    var taken: Set<ExactString> = []
    func take(_ path: String, _ fields: Fields) throws(ReadingError) {
      guard taken.insert(ExactString(path)).inserted else {
        throw fields.error(.duplicate(kind: "path", name: path), at: fields.table.position)
      }
    }
    var links: [Link] = []
    for var fields in try root.tables("link") {
      let path = try fields.absolutePath("path")
      let target = try fields.string("target")
      guard !target.isEmpty, !target.utf8.contains(0) else {
        throw fields.badValue("target", target, "a link must point somewhere")
      }
      try fields.finish()
      try take(path, fields)
      links.append(Link(path: path, target: target))
    }
    self.links = links
    var files: [File] = []
    for var fields in try root.tables("file") {
      let file = File(
        path: try fields.absolutePath("path"), content: try fields.string("content"),
        isExecutable: try fields.optionalBoolean("executable") ?? false)
      try fields.finish()
      try take(file.path, fields)
      files.append(file)
    }
    self.files = files
    var directories: [String] = []
    for var fields in try root.tables("directory") {
      let path = try fields.absolutePath("path")
      try fields.finish()
      try take(path, fields)
      directories.append(path)
    }
    self.directories = directories

    var drop: [String] = []
    for (glob, position) in try root.optionalPlacedStrings("drop") ?? [] {
      if let complaint = PathRule.complaint(aboutAbsolute: glob) {
        throw root.error(.badValue(key: "drop", value: glob, reason: complaint), at: position)
      }
      drop.append(glob)
    }
    self.drop = drop
    try root.finish()
  }
}

extension Recipe.Image {
  fileprivate init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    manifest = try fields.optionalDigest("manifest")
    reference = try fields.optionalString("reference")
    try fields.finish()
  }
}

extension Recipe.Toolchain {
  /// No package says which Rust an image has, so its recipe must.
  fileprivate init(_ fields: Fields, needsVersion: Bool) throws(ReadingError) {
    var fields = fields
    rustc = try fields.absolutePath("rustc")
    cargo = try fields.absolutePath("cargo")
    if needsVersion {
      let text = try fields.string("version")
      guard SemanticVersion(text) != nil else {
        throw fields.badValue("version", text, "not a version such as 1.96.0")
      }
      version = text
    } else {
      version = nil
    }
    try fields.finish()
  }
}

extension Fields {
  /// A time in the form that `read` knows.
  mutating func optionalTime(
    _ key: String, _ read: (String) -> UTCTime?
  ) throws(ReadingError) -> UTCTime? {
    guard let text = try optionalString(key) else { return nil }
    guard let time = read(text) else { throw badValue(key, text, "not a date") }
    return time
  }

  mutating func optionalDigest(_ key: String) throws(ReadingError) -> Digest? {
    guard let text = try optionalString(key) else { return nil }
    guard let digest = Digest(prefixed: text) else {
      throw badValue(key, text, "not sha256: and 64 lower-case hexadecimal digits")
    }
    return digest
  }

  /// A required list of at least one name, each once.
  fileprivate mutating func names(
    _ key: String, _ complaint: String, _ isName: (String) -> Bool
  ) throws(ReadingError) -> [String] {
    _ = try strings(key)
    var names: [String] = []
    for (name, position) in try optionalPlacedStrings(key) ?? [] {
      guard isName(name) else {
        throw error(.badValue(key: key, value: name, reason: complaint), at: position)
      }
      guard !names.contains(name) else {
        throw error(.duplicate(kind: "\(key) entry", name: name), at: position)
      }
      names.append(name)
    }
    guard !names.isEmpty else { throw badValue(key, "[]", "at least one is needed") }
    return names
  }
}
