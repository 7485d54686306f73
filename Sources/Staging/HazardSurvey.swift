import Linux
import Reading

/// Looks for hazards in the texts of a staged project: cargo's configuration, manifests, the lock,
/// and build scripts. Nothing is run, and a file that cannot be read says nothing.
struct HazardSurvey {
  /// Most hazards kept.
  static let limit = 512
  /// Most bytes read of one file.
  private static let largestFile = 1 << 20

  private(set) var found: [Hazard] = []

  private mutating func note(
    _ kind: Hazard.Kind, _ file: String, line: Int? = nil, _ subject: String,
    isInSource: Bool = true
  ) {
    let hazard = Hazard(
      kind, file: file, line: line, subject: subject,
      isInSource: isInSource && !LexicalPath.isAbsolute(file))
    if found.count < Self.limit, !found.contains(hazard) { found.append(hazard) }
  }

  // MARK: Configuration and manifests

  /// `tree` is the staged copy of the source root `root`.
  mutating func examine(_ config: CargoConfig, root: String, tree: String) {
    let file = LexicalPath.relative(config.file, to: root) ?? config.file
    let folder = LexicalPath.parent(of: LexicalPath.parent(of: config.file))
    let lists = [config.build.rustflags ?? []] + config.targets.map { $0.rustflags ?? [] }
    for flags in lists { examine(flags: flags, file, folder: folder, root: root, tree: tree) }
    if config.build.incremental == true { note(.incremental, file, "incremental = true") }
    for profile in config.profile?.entries ?? [] {
      examine(profile: profile.item, file, folder: folder, root: root, tree: tree)
    }
  }

  /// The profiles of the workspace's manifest.
  mutating func examine(manifest bytes: [UInt8], file: String, root: String, tree: String) {
    let name = LexicalPath.relative(file, to: root) ?? file
    guard let table = try? TOML.parse(bytes, file: file) else { return }
    for profile in table["profile"]?.table?.entries ?? [] {
      examine(
        profile: profile.item, name, folder: LexicalPath.parent(of: file), root: root, tree: tree)
    }
  }

  private mutating func examine(
    profile: TOML.Item, _ file: String, folder: String, root: String, tree: String
  ) {
    guard let table = profile.table else { return }
    if table["incremental"]?.boolean == true {
      note(
        .incremental, file, line: table["incremental"]?.position.line, "incremental = true")
    }
    let flags = (table["rustflags"]?.array ?? []).compactMap(\.string)
    examine(flags: flags, file, folder: folder, root: root, tree: tree)
  }

  private mutating func examine(
    flags: [String], _ file: String, folder: String, root: String, tree: String
  ) {
    for flag in flags {
      if flag.hasSuffix("target-cpu=native") { note(.nativeCPU, file, "target-cpu=native") }
      if flag.hasPrefix("-Zthreads") || flag.hasPrefix("threads=") {
        note(.threads, file, "-Zthreads")
      }
      if let equals = flag.firstRange(of: "profile-use=") {
        let path = LexicalPath.join(folder, String(flag[equals.upperBound...]))
        let inside = LexicalPath.relative(path, to: root)
        if inside.map({ FileSystem.exists("\(tree)/\($0)") }) != true {
          note(.undeclaredProfile, file, flag)
        }
      }
    }
  }

  // MARK: Crates

  /// Crates that exist to write facts of a build into it.
  private static let stamping = [
    "vergen", "vergen-git2", "vergen-gitcl", "vergen-gix", "vergen-lib", "built", "shadow-rs",
    "build-data", "git-version", "build-time", "compile-time",
  ]

  mutating func examine(_ lock: CargoLock) {
    for package in lock.packages {
      for dependency in package.dependencies
      where Self.stamping.contains(where: { $0.utf8.elementsEqual(dependency.name.utf8) })
        && !Self.stamping.contains(where: { $0.utf8.elementsEqual(package.name.utf8) })
      {
        note(.stampsBuild, package.title, dependency.name, isInSource: false)
      }
    }
  }

  private static let gitCalls = [
    "Command::new(\"git\")", "Repository::open(", "Repository::discover(",
  ]
  private static let clocks = [
    "SystemTime::now(", "Utc::now(", "Local::now(", "OffsetDateTime::now_utc(",
    "OffsetDateTime::now_local(",
  ]

  /// `name` is what users call the script: `gen 0.2.1, build.rs`.
  mutating func examine(script path: String, name: String, isInSource: Bool = true) {
    guard let bytes = try? FileSystem.read(path, limit: Self.largestFile) else { return }
    // Most scripts hold neither word, and a line is dear to look at.
    let text = String(decoding: bytes, as: UTF8.self)
    var seen: Set<Hazard.Kind> = []
    for (kind, words) in [(Hazard.Kind.asksGit, Self.gitCalls), (.readsClock, Self.clocks)] {
      for word in words where !seen.contains(kind) && Self.contains(bytes, word) {
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
          .enumerated() where line.contains(word) && !Self.isComment(line)
        {
          seen.insert(kind)
          note(
            kind, name, line: number + 1, word.hasSuffix("(") ? "\(word))" : word,
            isInSource: isInSource)
          break
        }
      }
    }
  }

  /// The script of a package whose folder is `folder`, known to users as `name`.
  mutating func examine(package folder: String, name: String) {
    let usual = "\(folder)/build.rs"
    if FileSystem.exists(usual) {
      return examine(script: usual, name: "\(name)/build.rs", isInSource: false)
    }
    guard let bytes = try? FileSystem.read("\(folder)/Cargo.toml", limit: Self.largestFile),
      Self.contains(bytes, "build = \""),
      let script = (try? CargoManifest(parsing: bytes, file: name))?.buildScript,
      Self.staysBelow(script)
    else { return }
    examine(script: "\(folder)/\(script)", name: "\(name)/\(script)", isInSource: false)
  }

  /// Whether a script's path as a manifest has it leads nowhere but below the manifest's folder.
  static func staysBelow(_ script: String) -> Bool {
    !LexicalPath.isAbsolute(script) && !LexicalPath.components(script).contains("..")
  }

  /// All packages of a folder of crates.
  mutating func examine(crates folder: String) {
    let entries = (try? Directory(folder).entries()) ?? []
    for entry in entries where entry.kind == .directory {
      examine(package: "\(folder)/\(entry.name)", name: entry.name)
    }
  }

  private static func isComment(_ line: Substring) -> Bool {
    line.drop { $0 == " " || $0 == "\t" }.hasPrefix("//")
  }

  private static func contains(_ bytes: [UInt8], _ word: String) -> Bool {
    let pattern = Array(word.utf8)
    guard bytes.count >= pattern.count else { return false }
    var index = 0
    let last = bytes.count - pattern.count
    while index <= last {
      if bytes[index] == pattern[0], bytes[index..<(index + pattern.count)].elementsEqual(pattern) {
        return true
      }
      index += 1
    }
    return false
  }
}
