import Fetching
import Linux
import Reading
import Storing
import Testing

@Suite struct HandTests {
  @Test(.enabled(if: Machine.environment("CUPEL_HAND") != nil)) func make() throws {
    let store = try Store.open()
    let names = Machine.environment("CUPEL_HAND")!.split(separator: " ").map(String.init)
    for name in names {
      let a = Machine.monotonicSeconds
      let lock = try Rootfs.lock(recipe: RootfsRealTests.recipe(name))
      let b = Machine.monotonicSeconds
      let tree = try Rootfs.fetch(lock: lock, store: store) { progress in
        if case .downloading = progress { return }
        if case .unpacking = progress { return }
        StandardStream.error.write("\(progress) \(Machine.monotonicSeconds - b)\n")
      }
      let c = Machine.monotonicSeconds
      StandardStream.error.write(
        "HAND \(name) packages \(lock.packages.count) lock \(b - a) fetch \(c - b) \(tree) peak \(Machine.peakMemory >> 20)\n"
      )
    }
  }
}
