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

  static func recipe(_ name: String) throws -> Recipe {
    let path = "\(package)/rootfs-recipes/\(name).toml"
    return try Recipe(parsing: FileSystem.read(path), file: path)
  }

  @Test(.timeLimit(.minutes(20))) func theDefaultRootfsIsTheSameInTwoStores() throws {
    let scratch = try Scratch()
    let lock = try Rootfs.lock(recipe: Self.recipe("debian-bookworm-rust"))
    var digests: [String] = []
    for name in ["one", "two"] {
      let store = try Store.open(path: "\(scratch.path)/\(name)")
      let tree = try Rootfs.fetch(lock: lock, store: store, downloads: Self.downloads)
      digests.append(tree.digest.hex)
      #expect(try store.root("rootfs/debian-bookworm-rust") == tree.digest)
    }
    #expect(digests[0] == digests[1])
  }
}
