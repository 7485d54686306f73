import Fetching
import Hashing
import Linux
import Reading
import Storing
import Testing

/// The real thing, from the mirrors that this machine's apt uses.
///
/// Packages are kept under .build (or CUPEL_TEST_DOWNLOADS), so that only the first run downloads.
@Suite(.serialized) struct RootfsRealTests {
  static let package = #filePath.split(separator: "/").dropLast(3).map { "/\($0)" }.joined()
  static let downloads =
    Machine.environment("CUPEL_TEST_DOWNLOADS") ?? "\(package)/.build/test-downloads"
  /// Names the folder of `anOrdinaryUserMakesTheSameTree` to the process that it starts.
  static let errand = "CUPEL_TEST_ERRAND"

  static func recipe(_ name: String) throws -> Recipe {
    let path = "\(package)/rootfs-recipes/\(name).toml"
    return try Recipe(parsing: FileSystem.read(path), file: path)
  }

  @Test(.timeLimit(.minutes(20))) func theDefaultRootfsIsTheSameInTwoStores() throws {
    let scratch = try Scratch()
    let lock = try Rootfs.lock(recipe: Self.recipe("debian-bookworm-rust"), allowOutdated: true)
    #expect(try Lock(parsing: Array(lock.render().utf8), file: "cupel.lock") == lock)
    #expect(try Rootfs.lock(recipe: lock.recipe, allowOutdated: true, replacing: lock) == lock)
    #expect(lock.releases.map(\.suite) == lock.recipe.suites.sorted())
    #expect(lock.packages.allSatisfy { $0.index?.hasPrefix("main/binary-") == true })
    var trees: [StoredTree] = []
    for name in ["one", "two"] {
      let store = try Store.open(path: "\(scratch.path)/\(name)")
      let tree = try Rootfs.fetch(lock: lock, store: store, downloads: Self.downloads)
      trees.append(tree)
      #expect(try store.root("rootfs/debian-bookworm-rust") == tree.digest)
    }
    #expect(trees[0] == trees[1])
  }

  @Test(
    .timeLimit(.minutes(20)), .enabled(if: Machine.userID == 0),
    .disabled(if: Machine.environment(errand) != nil))
  func anOrdinaryUserMakesTheSameTree() throws {
    let scratch = try Scratch()
    let program = try FileSystem.realPath("/proc/self/exe")
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]
    // A checkout beneath /root is out of an ordinary user's reach.
    guard try Command(nobody + ["test", "-x", program], timeout: 10).run().status == 0 else {
      return
    }
    let lock = try Rootfs.lock(recipe: Self.recipe("debian-bookworm-rust"), allowOutdated: true)
    let own = try Rootfs.fetch(
      lock: lock, store: Store.open(path: "\(scratch.path)/own"), downloads: Self.downloads)

    let folder = "\(scratch.path)/errand"
    try FileSystem.makeDirectories("\(folder)/downloads")
    for package in lock.packages {
      let name = "\(package.sha256.hex).deb"
      try FileSystem.copyContents(
        from: FileSystem.open("\(Self.downloads)/\(name)"),
        to: FileSystem.create("\(folder)/downloads/\(name)"))
    }
    try FileSystem.write(Array(lock.render().utf8), to: "\(folder)/cupel.lock")
    try FileSystem.setPermissions(scratch.path, 0o755)
    try Command(["chown", "-R", "65534:65534", folder], timeout: 60).runChecked()
    try Command(
      nobody + [
        program, "--testing-library", "swift-testing", "--filter",
        "RootfsRealTests/runsTheErrandOfAnotherTest",
      ],
      environment: [
        (Self.errand, folder), ("HOME", folder), ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"),
      ], directory: folder, timeout: 600
    ).runChecked()
    let digest = String(decoding: try FileSystem.read("\(folder)/digest"), as: UTF8.self)
    #expect(digest == own.digest.hex)
  }

  @Test(.timeLimit(.minutes(20)), .enabled(if: Machine.environment(errand) != nil))
  func runsTheErrandOfAnotherTest() throws {
    let folder = try #require(Machine.environment(Self.errand))
    let lock = try Lock(parsing: FileSystem.read("\(folder)/cupel.lock"), file: "cupel.lock")
    let store = try Store.open(path: "\(folder)/store")
    let tree = try Rootfs.fetch(lock: lock, store: store, downloads: "\(folder)/downloads")
    try FileSystem.write(Array(tree.digest.hex.utf8), to: "\(folder)/digest")
  }
}
