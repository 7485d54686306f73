import Failing
import Hashing
import Linux
import Planning
import Reading
import Storing
import Testing

@testable import Staging

/// What of a project's crates is missing, and what a cargo is told in order to get it.
@Suite struct CrateOrderTests {
  let scratch: Scratch
  let sum = Digest.hashing("an archive")

  init() throws { scratch = try Scratch() }

  private func order(isAnchoring: Bool = false) throws -> CrateOrder {
    try CrateOrder.make(
      scratch.request("p"), isAnchoring: isAnchoring, store: scratch.store, notice: { _ in })
  }

  private func project(config: String? = VendorTests.config) throws {
    try scratch.project("p", [.init(name: "a", version: "1.0.0", checksum: sum)], config: config)
  }

  @Test func wantsWhatNobodyHolds() throws {
    try project()
    // The configured folder is not there, so cargo is not sent to it.
    let order = try order()
    #expect(order.missing.map(\.title) == ["a 1.0.0 of crates.io"])
    #expect(order.folders.isEmpty)
    #expect(order.configuration == "[source.crates-io]\n")
    #expect(order.places.first == scratch.store.archives)
  }

  @Test func wantsArchivesOfVendoredCratesWhenAsked() throws {
    try project()
    try scratch.vendored("a", "1.0.0", checksum: sum, in: "vendor/a")
    let order = try order()
    #expect(order.missing.isEmpty && order.count == 1)
    #expect(order.folders.map(\.source) == ["\(scratch.path)/vendor"])
    #expect(
      order.configuration == """
        [source.crates-io]
        replace-with = "vendored-sources"
        [source.vendored-sources]
        directory = "/build/given/0"

        """)
    let anchoring = try self.order(isAnchoring: true)
    #expect(anchoring.missing.map(\.checksum) == [sum])
    #expect(anchoring.configuration == "[source.crates-io]\n" && anchoring.folders.isEmpty)
  }

  @Test func takesWhatTheStoreKeeps() throws {
    let sum = try scratch.archive("a", "1.0.0")
    try scratch.project("p", [.init(name: "a", version: "1.0.0", checksum: sum)])
    #expect(try order().missing.count == 1)
    let bytes = try FileSystem.read("\(scratch.path)/crates/a-1.0.0.crate")
    #expect(try scratch.store.keepArchive(bytes) == sum)
    #expect(try order().missing.isEmpty)
    #expect(try scratch.stage("p").crates[1].level == .archive)
    // One that is not what its name says is no archive.
    try FileSystem.write([1, 2, 3], to: Store.archive(sum, in: scratch.store.archives))
    #expect(try order().missing.count == 1)
    #expect(throws: StagingError.self) { try scratch.stage("p") }
  }

  @Test func tellsCargoNothingButRegistries() throws {
    try project(
      config: """
        [source.crates-io]
        replace-with = "mirror"
        [source.mirror]
        registry = "sparse+https://mirror.example/index/"
        [registries."a b"]
        index = "https://b.example/\\"index"
        [env]
        LD_PRELOAD = "evil.so"
        [http]
        proxy = "evil"
        [build]
        rustflags = ["-Levil"]
        [alias]
        fetch = "evil"
        """)
    #expect(
      try order().configuration == """
        [source.crates-io]
        replace-with = "mirror"
        [source.mirror]
        registry = "sparse+https://mirror.example/index/"
        [registries."a b"]
        index = "https://b.example/\\"index"

        """)
  }

  @Test func givesCargoManifestsAndNoSource() throws {
    try project(config: nil)
    try scratch.write("fn main() { include!(\"x\") }", to: "p/src/bin/tool/main.rs")
    try scratch.write("secret", to: "p/.env")
    try scratch.write("fn main() {}", to: "p/build.rs")
    let order = try order()
    #expect(order.manifest == "Cargo.toml")
    let tree = try order.stageManifests(into: scratch.store)
    var found: [String] = []
    func walk(_ tree: Tree, _ folder: String) {
      for file in tree.files { found.append("\(folder)\(file.name)") }
      for subtree in tree.subtrees { walk(subtree.tree, "\(folder)\(subtree.name)/") }
    }
    walk(try scratch.store.tree(tree.digest), "")
    #expect(
      found.sorted() == [
        "Cargo.lock", "Cargo.toml", "build.rs", "src/bin/tool/main.rs", "src/main.rs",
      ])
    let path = scratch.store.path(of: tree.digest)
    #expect(try FileSystem.read("\(path)/build.rs").isEmpty)
    #expect(try FileSystem.read("\(path)/src/bin/tool/main.rs").isEmpty)
  }

  @Test func refusesAPasswordInTheUsersOwnConfiguration() throws {
    try project(config: nil)
    try scratch.write(
      "[registries.a]\nindex = \"https://me:hunter2@host/index\"\n", to: ".cargo/config.toml")
    let error = #expect(throws: StagingError.self) { try order() }
    #expect(error?.chain.contains("https://host/index") == true)
    #expect(error?.chain.contains("hunter2") == false)
  }
}
