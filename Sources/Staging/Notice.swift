import Failing
public import Hashing

/// Something a user should know about what was staged, though it is no error.
public indirect enum Notice: Sendable, Hashable {
  /// The source is no git checkout, so the files are taken as they are on disk.
  case notInGit(folder: String)
  /// The checkout differs from its commit, so the files are taken as they are on disk.
  case dirtyTree(files: [String], count: Int)
  /// SOURCE_DATE_EPOCH is the time of the newest file.
  case epochFromNewestFile(path: String, epoch: Int64)
  /// Committed files look like pointers into a git-lfs store, though no attribute says so.
  case gitLFSPointers(files: [String], count: Int)
  /// A notice that speaks of a commit's copy in the store, `folder`, which users know as `name`.
  case ofRevision(Notice, folder: String, name: String)
  /// A cargo configuration file that the build will not see, for it stands outside the source.
  case configurationNotUsed(file: String)
  /// A configuration file outside the source, or not part of it, says where crates are.
  case configurationUsedForVendor(file: String)
  /// Cargo verifies only the files that `.cargo-checksum.json` lists.
  case unlistedFiles(folder: String, files: Int, crates: Int)
  /// No archive vouches for these crates of a vendor folder.
  case vendorNotAnchored(folder: String, crates: Int)
  /// A crate is not what was published, as cupel.toml says.
  case patched(crate: String, reason: String)
  /// cupel.toml declares a patch that is none, or of a crate that is not locked.
  case patchNotNeeded(crate: String)
  /// An archive of a crate's name has another digest than the one that is used.
  case archiveIgnored(path: String, found: Digest, locked: Digest)
  /// A committed vendor folder holds what the archives hold.
  case vendorAgreesWithArchives(folder: String, crates: Int)
  /// `rust-src` is among the toolchain's components; it changes binaries.
  case rustSourceInToolchain
  /// The toolchain folder has no list of components.
  case componentsUnknown(toolchain: String)
  /// The toolchain file asks for something that a version does not tell.
  case pinNotDecidable(file: String, pin: String, version: String)
  /// What often makes builds differ.
  case hazard(Hazard)
  /// Hazards beyond those that are told one by one.
  case moreHazards(count: Int)
  /// The plan of a kit was made for more CPUs than this machine has.
  case fewerCPUs(plan: Int, machine: Int)

  /// For people: lower case, one line, no period.
  public var text: String {
    switch self {
    case .notInGit(let folder):
      "\(folder) is not tracked by git: its files are taken as they are, without those that "
        + ".gitignore names"
    case .dirtyTree(let files, let count):
      "the git tree is dirty: its files are taken as they are (\(Self.list(files, of: count)))"
    case .epochFromNewestFile(let path, let epoch):
      "SOURCE_DATE_EPOCH is \(epoch), the time of the newest file (\(path)): there is no commit to "
        + "take it from"
    case .gitLFSPointers(let files, let count):
      "the commit holds what looks like git-lfs pointers, and .gitattributes says nothing of them "
        + "(\(Self.list(files, of: count)))"
    case .ofRevision(let notice, let folder, let name):
      ExportedRevision.words(notice.text, folder: folder, name: name)
    case .configurationNotUsed(let file):
      "\(file) is not used: a build must not depend on files outside its source"
    case .configurationUsedForVendor(let file):
      "\(file) is used only to find the crates: it is not part of the source"
    case .unlistedFiles(let folder, let files, let crates):
      "no .cargo-checksum.json lists \(Self.count(files, "file")) of \(Self.count(crates, "crate")) "
        + "in \(folder), so nothing vouches for them"
    case .vendorNotAnchored(let folder, let crates):
      "\(Self.count(crates, "crate")) in \(folder) \(crates == 1 ? "is" : "are") checked against "
        + ".cargo-checksum.json only, which nobody vouches for: give archives with `--crates`"
    case .patched(let crate, let reason):
      "\(crate) is not what was published: \(reason.printable)"
    case .patchNotNeeded(let crate):
      "cupel.toml declares \(crate) as patched, and it is not"
    case .archiveIgnored(let path, let found, let locked):
      "\(path) is not used: it is \(found), Cargo.lock wants \(locked)"
    case .vendorAgreesWithArchives(let folder, let crates):
      "\(folder) holds exactly what the archives of \(Self.count(crates, "crate")) hold"
    case .rustSourceInToolchain:
      "the toolchain contains rust-src, which changes the binaries it makes"
    case .componentsUnknown(let toolchain):
      "\(toolchain) has no lib/rustlib/components, so its components are unknown"
    case .pinNotDecidable(let file, let pin, let version):
      "\(file) asks for \(pin): whether version \(version) is that cannot be told"
    case .hazard(let hazard): hazard.text
    case .moreHazards(let count):
      "\(count) more of what often makes builds differ: the record lists all"
    case .fewerCPUs(let plan, let machine):
      "the plan was made for \(plan) CPUs and this machine has \(machine): programs that ask will "
        + "see \(machine), though the plan says otherwise; jobs are as planned"
    }
  }

  /// `a, b and 7 more`.
  static func list(_ names: [String], of count: Int) -> String {
    let shown = names.map(\.printable).joined(separator: ", ")
    return names.count < count ? "\(shown) and \(count - names.count) more" : shown
  }

  /// `1 crate`, `2 crates`.
  static func count(_ number: Int, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }
}
