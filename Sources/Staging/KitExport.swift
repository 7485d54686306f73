public import Hashing
import Linux
public import Planning
public import Reading
public import Storing

/// Writes a kit: everything that a rebuild of a plan needs, in one deterministic archive or folder.
public struct KitExport: Sendable {
  public enum Form: String, Sendable, CaseIterable {
    /// One file, a tar archive of what the folder holds.
    case file
    case folder
  }

  public let plan: Plan
  /// cupel.lock, with its rootfs.
  public let lock: Lock
  /// cupel.toml, where the project has one.
  public var manifest: [UInt8]?
  /// The sandbox profile's text, then that of the one that it extends.
  public let profileTexts: [[UInt8]]
  /// record.json of the published build.
  public var record: [UInt8]?
  /// Crate archives and where they are.
  public var crates: [(digest: Digest, path: String)] = []
  /// The packages of the lock and where they are; nil to carry the rootfs's tree.
  public var packages: [(digest: Digest, path: String)]?

  public init(plan: Plan, lock: Lock, profileTexts: [[UInt8]]) {
    self.plan = plan
    self.lock = lock
    self.profileTexts = profileTexts
  }

  /// A member as it was written, and what it holds.
  public struct Weight: Sendable {
    public let member: KitManifest.Member
    /// Bytes of the contents of a compressed member, before it was compressed.
    public let contents: Int64?
  }

  /// What was written.
  public struct Result: Sendable {
    /// The kit's identity.
    public let digest: Digest
    /// In the order of the kit.
    public let weights: [Weight]
  }

  /// How hard zstd works. The number of its threads decides its output, so it is fixed.
  private static let compression = ["-9", "-T4"]

  private enum Place {
    case bytes([UInt8])
    case file(String)
  }

  /// Writes the kit to `target`, which must be new or an earlier kit of the same form.
  public func write(
    to target: String, form: Form, from store: Store
  ) throws(StagingError) -> Result {
    try checkReplaceable(target, form)
    if let record {
      let published = try reading(try PublishedRecord(parsing: record, file: "the record"))
      guard published.plan == plan.digest else {
        throw .recordOfOtherPlan(record: published.plan, plan: plan.digest)
      }
    }
    let (parent, name) = FileSystem.split(target)
    let work = try scratch(in: parent, name, "parts")
    var places: [KitPart: Place] = try documents()
    for (digest, path) in crates { places[.crate(digest)] = .file(path) }
    for (digest, path) in packages ?? [] { places[.package(digest)] = .file(path) }
    var expanded: [KitPart: Int64] = [:]
    var contents = TreeContents()
    for (tree, digest) in trees {
      let listing = try storing(try store.tree(digest))
      places[.tree(tree)] = .bytes(listing.message)
      let items: [TreeContents.Item]
      do throws(TreeContents.Contradiction) {
        items = try contents.add(listing)
      } catch {
        throw .kit(target, KitError(.contradictingSizes(error.digest)))
      }
      let size = items.reduce(0) { $0 + $1.size }
      if size == 0 { continue }
      let path = "\(work.path)/\(tree.name)"
      try concatenate(items, of: digest, in: store, to: path)
      try compress(path, to: "\(path).zst")
      try doing("removing \(path)", try FileSystem.remove(path))
      places[.contents(tree)] = .file("\(path).zst")
      expanded[.contents(tree)] = size
    }
    let manifest = try manifest(of: places)
    let made = try scratch(in: parent, name, "new")
    switch form {
    case .file:
      let file = "\(made.path)/kit"
      try writeFile(manifest, places, to: file)
      try doing("publishing \(target)", try FileSystem.rename(file, to: target))
    case .folder:
      try writeFolder(manifest, places, to: made.path)
      try doing("publishing \(target)", try made.publish(to: Directory(parent), as: name))
    }
    return Result(
      digest: manifest.digest,
      weights: manifest.members.map { Weight(member: $0, contents: expanded[$0.part]) })
  }

  // MARK: Parts

  private var trees: [(KitTree, Digest)] {
    var trees: [(KitTree, Digest)] = [(.source, plan.inputs.source.digest)]
    for (index, vendor) in plan.inputs.vendors.enumerated() {
      trees.append((.vendor(index + 1), vendor.digest))
    }
    if let toolchain = plan.inputs.toolchain.digest { trees.append((.toolchain, toolchain)) }
    if packages == nil { trees.append((.rootfs, plan.inputs.rootfs.digest)) }
    return trees
  }

  private func documents() throws(StagingError) -> [KitPart: Place] {
    var places: [KitPart: Place] = [
      .plan: .bytes(try reading(try plan.json.canonicalBytes())),
      .lock: .bytes(Array(lock.render().utf8)),
    ]
    if let manifest { places[.manifest] = .bytes(manifest) }
    if let record { places[.record] = .bytes(record) }
    for (index, text) in profileTexts.enumerated() { places[.profile(index + 1)] = .bytes(text) }
    return places
  }

  /// One content after the other. What the store has is verified again on its way.
  private func concatenate(
    _ items: [TreeContents.Item], of tree: Digest, in store: Store, to path: String
  ) throws(StagingError) {
    let target = try doing("writing \(path)", try FileSystem.create(path))
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    for item in items {
      let source = "\(store.path(of: tree))/\(item.path)"
      let task = "reading \(source)"
      try doing(task, try Interruption.check(task))
      let file = try doing(task, try FileSystem.open(source))
      var hasher = Hasher()
      while true {
        let count = try doing(task, try file.read(into: &buffer))
        if count == 0 { break }
        hasher.update(buffer, count: count)
        try doing("writing \(path)", try target.write(Array(buffer[..<count])))
      }
      let found = hasher.finish()
      guard found == item.digest else {
        throw .storing(.otherContents(path: source, expected: item.digest, actual: found))
      }
    }
  }

  /// With the size and a checksum in its frame, which importing requires.
  private func compress(_ path: String, to target: String) throws(StagingError) {
    do throws(CommandError) {
      try Command(
        ["zstd", "-q", "--no-progress", "--check"] + Self.compression
          + ["-o", target, "--", path],
        environment: [
          ("PATH", Machine.environment("PATH") ?? "/usr/bin:/bin"), ("LC_ALL", "C"),
        ], timeout: 7200
      ).runChecked()
    } catch {
      throw .command(error)
    }
  }

  private func manifest(of places: [KitPart: Place]) throws(StagingError) -> KitManifest {
    var members: [KitManifest.Member] = []
    for (part, place) in places {
      let (digest, size) = try measure(place)
      members.append(KitManifest.Member(part, digest: digest, size: size))
    }
    do throws(KitError) {
      return try KitManifest(members)
    } catch {
      throw .kit("to be written", error)
    }
  }

  private func measure(_ place: Place) throws(StagingError) -> (Digest, size: Int64) {
    switch place {
    case .bytes(let bytes): return (Digest.hashing(bytes), Int64(bytes.count))
    case .file(let path):
      var hasher = Hasher()
      var size: Int64 = 0
      try read(path) { (bytes, count) in
        hasher.update(bytes, count: count)
        size += Int64(count)
      }
      return (hasher.finish(), size)
    }
  }

  private func read(
    _ path: String, _ take: ([UInt8], Int) throws(StagingError) -> Void
  ) throws(StagingError) {
    let file = try doing("reading \(path)", try FileSystem.open(path))
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try doing("reading \(path)", try file.read(into: &buffer))
      if count == 0 { return }
      try take(buffer, count)
    }
  }

  // MARK: The two forms

  private func writeFile(
    _ manifest: KitManifest, _ places: [KitPart: Place], to path: String
  ) throws(StagingError) {
    let file = try doing("writing \(path)", try FileSystem.create(path))
    func write(_ bytes: [UInt8]) throws(StagingError) {
      try doing("writing \(path)", try file.write(bytes))
    }
    func frame(
      _ name: String, _ size: Int64, _ body: () throws(StagingError) -> Void
    ) throws(StagingError) {
      try write(KitHeader.block(name: name, size: size))
      try body()
      try write([UInt8](repeating: 0, count: KitHeader.padding(after: size)))
    }
    try frame(KitManifest.name, Int64(manifest.bytes.count)) { () throws(StagingError) in
      try write(manifest.bytes)
    }
    for member in manifest.members {
      guard let place = places[member.part] else { continue }
      try frame(member.name, member.size) { () throws(StagingError) in
        try copy(place, write)
      }
    }
    try write(KitHeader.end)
    try doing("writing \(path)", try FileSystem.synchronize(path))
  }

  private func copy(
    _ place: Place, _ write: ([UInt8]) throws(StagingError) -> Void
  ) throws(StagingError) {
    switch place {
    case .bytes(let bytes): try write(bytes)
    case .file(let source):
      try read(source) { (bytes, count) throws(StagingError) in
        try write(Array(bytes[..<count]))
      }
    }
  }

  private func writeFolder(
    _ manifest: KitManifest, _ places: [KitPart: Place], to folder: String
  ) throws(StagingError) {
    func file(_ name: String) throws(SystemError) -> Descriptor {
      let path = "\(folder)/\(name)"
      try FileSystem.makeDirectories(FileSystem.split(path).parent)
      return try FileSystem.create(path)
    }
    for member in manifest.members {
      guard let place = places[member.part] else { continue }
      let target = try doing("writing \(member.name)", try file(member.name))
      try copy(place) { (bytes) throws(StagingError) in
        try doing("writing \(member.name)", try target.write(bytes))
      }
    }
    let target = try doing("writing \(KitManifest.name)", try file(KitManifest.name))
    try doing("writing \(KitManifest.name)", try target.write(manifest.bytes))
  }

  // MARK: The target

  private func scratch(
    in parent: String, _ name: String, _ what: String
  ) throws(StagingError) -> ScratchFolder {
    let task = "making the kit \(parent)/\(name)"
    let prefix = ".\(name).\(what)"
    do throws(SystemError) {
      try FileSystem.makeDirectories(parent)
      try ScratchFolder.removeAbandoned(in: parent, prefix: prefix)
      return try ScratchFolder.make(in: parent, prefix: prefix)
    } catch {
      throw .system(task, error)
    }
  }

  /// So that a mistyped name costs nobody a file or a folder.
  private func checkReplaceable(_ target: String, _ form: Form) throws(StagingError) {
    guard FileSystem.exists(target) else { return }
    let task = "examining \(target)"
    switch form {
    case .folder where FileSystem.isDirectory(target):
      let names = try doing(task, try Directory(target).entriesAsFound()).map(\.name)
      if names.isEmpty || names.contains(KitManifest.name) { return }
    case .file where !FileSystem.isDirectory(target):
      let file = try doing(task, try FileSystem.open(target))
      var start = [UInt8](repeating: 0, count: KitManifest.name.utf8.count)
      let count = try doing(task, try file.read(into: &start))
      if count == 0 || start.elementsEqual(KitManifest.name.utf8) { return }
    default: break
    }
    throw .notAKit(path: target)
  }
}

extension StagedProject {
  /// Archives of the locked crates that are at hand, by digest.
  public static func archives(
    _ request: StagingRequest, in store: Store
  ) throws(StagingError) -> [(digest: Digest, path: String)] {
    var request = request
    request.fetched = store.archives
    let survey = try LockedProject(request).survey
    var found: [Digest: String] = [:]
    for package in survey.lock.packages {
      guard let checksum = package.checksum, found[checksum] == nil else { continue }
      let place = try survey.replacement.place(of: package.source)
      let registry = place?.kind == .localRegistry ? place?.path : nil
      let archive = try survey.archives.find(
        package, checksum: checksum, more: registry, notice: { _ in })
      if case .archive(let archive) = archive { found[checksum] = archive.path }
    }
    return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
