import Hashing
import Linux
import Planning
import Reading
import Staging
import Storing

/// A small project with everything that a kit can carry, and kits made of it, honest and forged.
final class KitBench {
  let scratch: Scratch
  let export: KitExport
  /// The members of the honest kit by name, manifest.json among them.
  private(set) var members: [String: [UInt8]] = [:]

  static let recipe = """
    schema = 1
    name = "small"
    [debian]
    suites = ["bookworm"]
    components = ["main"]
    packages = ["rustc"]
    [toolchain]
    rustc = "/usr/bin/rustc"
    cargo = "/usr/bin/cargo"

    """
  static let profile = "schema = 1\nname = \"tight\"\n"

  init() throws {
    let scratch = try Scratch()
    let checksum = try scratch.archive("first", "1.0.0", more: "add('data', bytes(range(256)) * 9)")
    try scratch.project("p", [.init(name: "first", version: "1.0.0", checksum: checksum)])
    try scratch.write(String(repeating: "the same line\n", count: 500), to: "p/src/text")
    let staged = try scratch.stage("p") { $0.crates = ["\(scratch.path)/crates"] }
    try scratch.write("#!/bin/sh\n", to: "rootfs/usr/bin/rustc", permissions: 0o755)
    try scratch.write(String(repeating: "the same line\n", count: 500), to: "rootfs/usr/text")
    try scratch.write("", to: "rootfs/usr/empty")
    try FileSystem.makeSymlink("\(scratch.path)/rootfs/bin", to: "usr/bin")
    let rootfs = try scratch.store.importTree(from: "\(scratch.path)/rootfs")
    let lock = Lock(
      recipe: try Recipe(parsing: Array(Self.recipe.utf8), file: "small.toml"),
      architecture: "amd64", rootfs: rootfs.digest,
      packages: [
        Lock.Package(
          name: "rustc", version: "1.96.0-1", architecture: "amd64", size: 4,
          sha256: .hashing("deb"), filename: "pool/rustc.deb", suite: "bookworm")
      ])
    let plan = try Plan(
      inputs: Inputs(
        source: staged.source, vendors: staged.vendors, cargoLock: staged.cargoLockDigest,
        rootfs: RootfsInput(
          digest: rootfs.digest, recipe: "small", lock: lock.rootfsDigest),
        toolchain: try Toolchain.inRootfs(lock).input(version: "1.96.0")),
      request: BuildRequest(), profile: .hashing(Self.profile), profileName: "tight", cpuCount: 1,
      jobs: 3, variations: Variation.allCases,
      configuredEnvironment: staged.configuredEnvironment)
    var export = KitExport(plan: plan, lock: lock, profileTexts: [Array(Self.profile.utf8)])
    export.manifest = Array("schema = 1\n".utf8)
    export.record = Array(
      """
      {"schema": "cupel-record/1", "plan": "\(plan.digest)", "artifacts": [
        {"name": "p", "digest": "\(Digest.hashing("p"))"}]}
      """.utf8)
    var request = scratch.request("p")
    request.crates = ["\(scratch.path)/crates"]
    export.crates = try StagedProject.archives(request, in: scratch.store)
    self.scratch = scratch
    self.export = export
    try write(form: .folder, to: "honest")
    for path in try Tree(reading: "\(scratch.path)/honest").allFiles().map(\.path) {
      members[path] = try FileSystem.read("\(scratch.path)/honest/\(path)")
    }
  }

  @discardableResult
  func write(
    form: KitExport.Form = .file, to name: String = "kit"
  ) throws(StagingError) -> KitExport.Result {
    try export.write(to: "\(scratch.path)/\(name)", form: form, from: scratch.store)
  }

  var bytes: [UInt8] {
    get throws {
      try write()
      return try FileSystem.read("\(scratch.path)/kit")
    }
  }

  // MARK: Reading

  /// A store with nothing in it.
  func emptyStore() throws -> Store {
    try? FileSystem.removeTree("\(scratch.path)/empty")
    return try Store.open(path: "\(scratch.path)/empty")
  }

  /// Reads a kit as an import would, and puts it into the store.
  func take(_ name: String = "kit", into store: Store) throws(StagingError) {
    let kit = try Kit(reading: "\(scratch.path)/\(name)", store: store)
    try kit.publish(keeping: true)
  }

  // MARK: Forging

  /// An archive of the members, with a manifest that is right for all of them.
  static func archive(_ members: [String: [UInt8]]) -> [UInt8] {
    let manifest = manifest(members)
    let rest = members.filter { $0.key != KitManifest.name }
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return archive([(KitManifest.name, manifest)] + rest.map { ($0.key, $0.value) })
  }

  /// An archive of exactly these members.
  static func archive(_ members: [(String, [UInt8])]) -> [UInt8] {
    members.flatMap { entry($0.0, $0.1) } + KitHeader.end
  }

  static func entry(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
    let size = Int64(bytes.count)
    return KitHeader.block(name: name, size: size) + bytes
      + [UInt8](repeating: 0, count: KitHeader.padding(after: size))
  }

  static func manifest(_ members: [String: [UInt8]]) -> [UInt8] {
    let sorted = members.filter { $0.key != KitManifest.name }
      .sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    let list = sorted.map { name, bytes in
      JSON.object([
        ("name", .string(name)), ("digest", .string(Digest.hashing(bytes).description)),
        ("size", .integer(Int64(bytes.count))),
      ])
    }
    let json = JSON.object([("schema", "cupel-kit/1"), ("members", .array(list))])
    return (try? json.canonicalBytes()) ?? []
  }

  /// Compresses like the export does, or with other options.
  func compressed(_ bytes: [UInt8], _ options: [String] = ["--check"]) throws -> [UInt8] {
    try FileSystem.write(bytes, to: "\(scratch.path)/plain")
    return try Command(
      ["zstd", "-qcf"] + options + ["\(scratch.path)/plain"], timeout: 60
    ).runChecked().standardOutput
  }

  func expanded(_ name: String) throws -> [UInt8] {
    try FileSystem.write(members[name] ?? [], to: "\(scratch.path)/packed")
    return try Command(["zstd", "-qdc", "\(scratch.path)/packed"], timeout: 60)
      .runChecked().standardOutput
  }
}
