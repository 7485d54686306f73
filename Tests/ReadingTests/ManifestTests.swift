import Hashing
import Testing

@testable import Reading

@Suite struct ManifestTests {
  private func manifest(_ text: String) throws -> Manifest {
    try Manifest(parsing: bytes(text), file: "cupel.toml")
  }

  @Test func readsWhatSourcesMayBe() throws {
    let digest = "sha256:" + String(repeating: "0", count: 64)
    let patch = "[[source.patched]]\nname = \"a\"\nversion = \"1.0.0\"\nreason = \"r\"\n"
    let source = try manifest(
      """
      schema = 1
      [source]
      crates = ["a", "b"]
      require = "patched"
      \(patch)tree = "\(digest)"
      """
    ).source
    #expect(source.crates == ["a", "b"])
    #expect(source.require == .patched)
    #expect(source.patched.map(\.title) == ["a 1.0.0"])
    #expect(source.patched[0].reason == "r" && source.patched[0].tree == Digest(prefixed: digest))
    for (text, words) in [
      ("[source]\nrequire = \"git\"", "3:11: \"require\" is \"git\": it must be one of"),
      ("[source]\ncrates = [\"\"]", "3:10: \"crates\" is \"\": not a path"),
      ("\(patch)tree = \"00\"", "6:8: \"tree\" is \"00\": not sha256: and 64"),
      (patch, "missing key \"tree\" in [[patched]]"),
      (
        "\(patch)tree = \"\(digest)\"\n\(patch)tree = \"\(digest)\"",
        "7:1: the patched crate a 1.0.0 is listed twice"
      ),
      (
        "[[source.patched]]\nname = \"a\"\nversion = \"1.0.0\"\nreason = \" \"",
        "5:10: \"reason\" is \" \": it cannot be empty"
      ),
    ] {
      do throws(ReadingError) {
        _ = try Manifest(parsing: bytes("schema = 1\n" + text), file: "cupel.toml")
        Issue.record("accepted: \(text)")
      } catch {
        #expect(error.message.contains(words), "\(error.message)")
      }
    }
  }

  @Test func readsEverything() throws {
    let manifest = try manifest(
      """
      schema = 1
      [rootfs]
      recipe = "debian-bookworm-rust"
      [toolchain]
      path = "../toolchain"
      require-signed = true
      [source]
      root = ".."
      vendor = "third-party"
      crates = "archives"
      allow-dirty = false
      require-clean = true
      require-signed-tag = true
      [build]
      profile = "dist"
      targets = ["wasm32-unknown-unknown"]
      packages = ["a"]
      bins = ["b"]
      features = ["c"]
      all-features = false
      no-default-features = true
      workspace = true
      cargo-args = ["-v"]
      source-date-epoch = 0
      [store]
      verify = "full"

      [legs]
      vary = ["hostname", "umask"]
      schedule = "sequential"
      count = 1
      seed = 7
      [sandbox]
      profile = "cargo-build"
      memory = "8G"
      pids = 4096
      timeout = "1h30m"
      target-size = "512M"
      deny-is-failure = ["network", "exec"]
      """)
    #expect(manifest.rootfs.recipe == "debian-bookworm-rust")
    #expect(manifest.toolchain.choice == .path("../toolchain"))
    #expect(manifest.toolchain.requireSigned == true)
    #expect(
      manifest.source
        == Manifest.Source(
          root: "..", vendor: "third-party", crates: ["archives"], allowDirty: false,
          requireClean: true, requireSignedTag: true))
    #expect(manifest.build.profile == "dist")
    #expect(manifest.build.targets == ["wasm32-unknown-unknown"])
    #expect(manifest.build.packages == ["a"])
    #expect(manifest.build.bins == ["b"])
    #expect(manifest.build.features == ["c"])
    #expect(manifest.build.allFeatures == false)
    #expect(manifest.build.noDefaultFeatures == true)
    #expect(manifest.build.workspace == true)
    #expect(manifest.build.cargoArguments == ["-v"])
    #expect(manifest.build.sourceDateEpoch == 0)
    #expect(manifest.legs.vary == ["hostname", "umask"])
    #expect(manifest.legs.schedule == .sequential)
    #expect(manifest.legs.seed == 7)
    #expect(manifest.legs.count == 1)
    #expect(manifest.store.verify == .full)
    #expect(manifest.sandbox.profile == "cargo-build")
    #expect(manifest.sandbox.memory?.bytes == 8 << 30)
    #expect(manifest.sandbox.pids == 4096)
    #expect(manifest.sandbox.timeout?.count == 5400)
    #expect(manifest.sandbox.targetSize?.bytes == 512 << 20)
    #expect(manifest.sandbox.denyIsFailure?.failing == [.network, .exec])
  }

  @Test func everythingIsOptional() throws {
    #expect(try manifest("schema = 1") == Manifest())
    #expect(try manifest("schema = 1\n[toolchain]\nfrom = \"rootfs\"").toolchain.choice == .rootfs)
    #expect(
      try manifest("schema = 1\n[toolchain]\nname = \"rust-1.95.0\"").toolchain.choice
        == .name("rust-1.95.0"))
  }

  @Test(arguments: [
    ("", "1:1: missing key \"schema\" in the file"),
    ("schema = \"1\"", "1:10: \"schema\" must be an integer, found a string"),
    (
      "schema = 1\n[toolchain]\nname = \"../x\"",
      "3:8: \"name\" is \"../x\": not a toolchain's name"
    ),
    (
      "schema = 1\n[toolchain]\nname = \"x\"\npath = \"y\"",
      "3:8: \"name\" is \"x\": only one of path, name and from can be given"
    ),
    ("schema = 1\n[toolchain]\nfrom = \"x\"", "3:8: \"from\" is \"x\": it must be \"rootfs\""),
    (
      "schema = 1\n[toolchain]\npath = \"x\"\nfrom = \"rootfs\"",
      "4:8: \"from\" is \"rootfs\": only one of path, name and from can be given"
    ),
    ("schema = 1\n[source]\nvendor = \"\"", "3:10: \"vendor\" is \"\": it cannot be empty"),
    (
      "schema = 1\n[build]\nfeatures = \"x\"",
      "3:12: \"features\" must be an array, found a string"
    ),
    (
      "schema = 1\n[build]\nfeatures = [1]",
      "3:13: \"features\" must be an array of strings, found an integer"
    ),
    (
      "schema = 1\n[build]\nsource-date-epoch = -1",
      "3:21: \"source-date-epoch\" is \"-1\": it cannot be negative"
    ),
    (
      "schema = 1\n[legs]\nschedule = \"both\"",
      "3:12: \"schedule\" is \"both\": it must be one of \"parallel\", \"sequential\""
    ),
    (
      "schema = 1\n[store]\nverify = \"never\"",
      "3:10: \"verify\" is \"never\": it must be one of \"cached\", \"full\""
    ),
    ("schema = 1\n[legs]\ncount = 9", "3:9: \"count\" is \"9\": it must be 1 to 8"),
    ("schema = 1\n[legs]\nseed = -1", "3:8: \"seed\" is \"-1\": it cannot be negative"),
    (
      "schema = 1\n[sandbox]\nmemory = \"lots\"",
      "3:10: \"memory\" is \"lots\": it must be a size such as \"512M\" or \"8G\""
    ),
    (
      "schema = 1\n[sandbox]\ntimeout = \"soon\"",
      "3:11: \"timeout\" is \"soon\": it must be a duration such as \"90s\", \"15m\" or \"1h30m\""
    ),
    (
      "schema = 1\n[sandbox]\ndeny-is-failure = [\"network\", \"all\"]",
      "3:19: \"deny-is-failure\" is \"network,all\": it must be none, all, or some of network, exec, mount, process, kernel, clock, terminal, write"
    ),
    ("schema = 1\n[sandbox]\npids = 0", "3:8: \"pids\" is \"0\": it must be 1 or more"),
  ])
  func refuses(content: String, message: String) {
    expectRefusal("reading cupel.toml:\(message)") { try manifest(content) }
  }

  @Test func suggestsTheKeyThatWasMeant() {
    expectRefusal(
      "reading cupel.toml:3:1: unknown key \"target\" in [build]", hint: "did you mean \"targets\"?"
    ) { try manifest("schema = 1\n[build]\ntarget = [\"x\"]") }
    expectRefusal(
      "reading cupel.toml:3:1: unknown key \"cargo_args\" in [build]",
      hint: "did you mean \"cargo-args\"?"
    ) { try manifest("schema = 1\n[build]\ncargo_args = []") }
    expectRefusal("reading cupel.toml:2:1: unknown key \"zebra\" in the file") {
      try manifest("schema = 1\nzebra = 1")
    }
  }
}

@Suite struct QuantityTests {
  @Test(arguments: [
    ("1", 1), ("512", 512), ("64K", 65536), ("3MiB", 3 << 20), ("8G", 8 << 30), ("2T", 2 << 40),
  ])
  func readsSizes(text: String, bytes: Int64) {
    #expect(ByteCount(text)?.bytes == bytes)
  }

  @Test(arguments: ["", "0", "-1", "8g", "8 G", "G", "1.5G", "99999999999G", "9223372036854775808"])
  func refusesSizes(text: String) {
    #expect(ByteCount(text) == nil)
  }

  @Test(arguments: [("90s", 90), ("15m", 900), ("2h", 7200), ("1h30m", 5400), ("1d1s", 86401)])
  func readsDurations(text: String, seconds: Int64) {
    #expect(Seconds(text)?.count == seconds)
  }

  @Test(arguments: ["", "90", "s", "0s", "1s1m", "1m1m", "-1s", "1.5h", "9999999999999999d"])
  func refusesDurations(text: String) {
    #expect(Seconds(text) == nil)
  }

  @Test(arguments: [
    (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (750_894_914, "750.9 MB"),
    (999_950_000, "1000.0 MB"), (24_000_000_000, "24.0 GB"),
  ])
  func roundsForPeople(bytes: Int64, text: String) {
    #expect(ByteCount(bytes: bytes).rounded == text)
  }

  @Test func describesExactly() {
    #expect(ByteCount(bytes: 8 << 30).description == "8G")
    #expect(ByteCount(bytes: 1025).description == "1025")
    #expect(Seconds(5400).description == "1h30m")
    #expect(Seconds(0).description == "0s")
  }
}
