import Failing
import Hashing
import Linux
import Planning
import Reading
import Storing
import Testing

@testable import Staging

@Suite struct ToolchainTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func toolchain(components: String?, manifest: String?, library: String? = nil) throws {
    for name in ["bin/cargo", "bin/rustc"] {
      try scratch.write("#!/bin/false\n", to: "t/\(name)", permissions: 0o755)
    }
    try scratch.write("<html>", to: "t/share/doc/rust/index.html")
    try scratch.write("ls", to: "t/share/zsh/site-functions/_cargo")
    if let components { try scratch.write(components, to: "t/lib/rustlib/components") }
    if let manifest {
      try scratch.write(manifest, to: "t/lib/rustlib/multirust-channel-manifest.toml")
    }
    if let library { try scratch.write("", to: "t/lib/\(library)") }
  }

  private static let manifest = """
    manifest-version = "2"
    [pkg.cargo]
    version = "0.96.0 (f2d3ce0bd 2026-03-21)"
    [pkg.rustc]
    version = "1.95.0 (59807616e 2026-04-14)"

    """

  @Test func importsARustupToolchain() throws {
    try toolchain(
      components: "rustc-x86_64-unknown-linux-gnu\ncargo-x86_64-unknown-linux-gnu\nrust-src\n"
        + "rust-std-x86_64-unknown-linux-gnu\n",
      manifest: Self.manifest)
    var notices: [Notice] = []
    let toolchain = try Toolchain.fromRustup(path: "\(scratch.path)/t", store: scratch.store) {
      notices.append($0)
    }
    #expect(toolchain.version == "1.95.0")
    #expect(notices == [.rustSourceInToolchain])
    let input = toolchain.input(version: "")
    #expect(
      input.components == [
        "cargo", "rust-src", "rust-std-x86_64-unknown-linux-gnu", "rustc",
      ])
    #expect(input.cargo == "/build/toolchain/bin/cargo")
    #expect(input.rustc == "/build/toolchain/bin/rustc")
    let digest = try #require(input.digest)
    let files = try scratch.store.tree(digest).allFiles().map(\.path)
    #expect(files.contains("share/zsh/site-functions/_cargo"))
    #expect(!files.contains("share/doc/rust/index.html"))
    #expect(!files.contains { $0.hasPrefix("lib/rustlib/") }, "notes of rustup are left out")
  }

  @Test(arguments: [
    ("libLLVM.so.22.1-rust-1.95.0-stable", "1.95.0"),
    ("libLLVM-17-rust-1.75.0-nightly.so", "1.75.0-nightly"),
    ("libLLVM-17.so", nil), ("libstd-1.so", nil),
  ])
  func readsTheVersionFromTheLibrary(library: String, version: String?) throws {
    try toolchain(components: nil, manifest: nil, library: library)
    var notices: [Notice] = []
    let toolchain = try Toolchain.fromRustup(path: "\(scratch.path)/t", store: scratch.store) {
      notices.append($0)
    }
    #expect(toolchain.version == version)
    #expect(toolchain.input(version: "1.2.3").version == version ?? "1.2.3")
    #expect(
      notices.map(\.text) == [
        "\(scratch.path)/t has no lib/rustlib/components, so its components are unknown"
      ])
  }

  @Test func namesWhatAToolchainLacks() throws {
    try scratch.write("", to: "t/bin/cargo")
    expectFailure(
      "reading the toolchain ~/t: it has no bin/rustc",
      hint: "name a toolchain's folder, such as ~/.rustup/toolchains/NAME", exit: .usage,
      in: scratch
    ) { () throws(StagingError) in
      _ = try Toolchain.fromRustup(path: "\(scratch.path)/t", store: scratch.store)
    }
  }

  private func lock(_ package: String, _ version: String) throws -> Lock {
    let recipe = try Recipe(
      parsing: Array(
        """
        schema = 1
        name = "r"
        [debian]
        suites = ["bookworm"]
        components = ["main"]
        packages = ["\(package)"]
        [toolchain]
        rustc = "/usr/bin/rustc"
        cargo = "/usr/bin/cargo"

        """.utf8), file: "r.toml")
    return Lock(
      recipe: recipe, architecture: "amd64", rootfs: nil,
      packages: [
        Lock.Package(
          name: package, version: version, architecture: "amd64", size: 1,
          sha256: Digest.hashing("x"), filename: "pool/x.deb", suite: "bookworm")
      ])
  }

  @Test(arguments: [
    ("rustc-web", "1.96.0+dfsg1-1~deb12u1", "1.96.0"), ("rustc", "1.63.0+dfsg1-2", "1.63.0"),
    ("rustc", "2:1.80.1~beta-1", "1.80.1"),
  ])
  func readsTheVersionOfARootfs(package: String, version: String, rust: String) throws {
    let toolchain = try Toolchain.inRootfs(lock(package, version))
    #expect(toolchain.version == rust)
    #expect(
      toolchain.input(version: "")
        == ToolchainInput(
          digest: nil, version: rust, components: [], cargo: "/usr/bin/cargo",
          rustc: "/usr/bin/rustc"))
  }

  @Test func anImagesRecipeSaysTheVersion() throws {
    let recipe = try Recipe(
      parsing: Array(
        """
        schema = 1
        name = "r"
        [oci]
        [toolchain]
        rustc = "/opt/rust/bin/rustc"
        cargo = "/opt/rust/bin/cargo"
        version = "1.96.0"
        """.utf8), file: "r.toml")
    let toolchain = try Toolchain.inRootfs(
      Lock(
        recipe: recipe, architecture: "amd64", rootfs: nil, packages: [],
        image: Lock.Image(manifest: Digest.hashing("m"), layers: [Digest.hashing("l")])))
    #expect(toolchain.version == "1.96.0")
    #expect(toolchain.cargo == "/opt/rust/bin/cargo")
  }

  @Test func namesARootfsWithoutRust() throws {
    let lock = try lock("gcc", "12")
    expectFailure(
      "looking for a Rust toolchain in the rootfs: none of its packages is rustc or rustc-web",
      hint: "use a recipe with a Rust toolchain, or name one with `--toolchain DIR`", exit: .usage,
      in: scratch
    ) { () throws(StagingError) in _ = try Toolchain.inRootfs(lock) }
  }

  // MARK: Pins

  @Test func findsTheNearestPin() throws {
    try scratch.package("p", in: "repo/p")
    try scratch.write("[toolchain]\nchannel = \"1.70.0\"\n", to: "repo/rust-toolchain.toml")
    try scratch.commitAll(in: "repo")
    #expect(
      try scratch.stage("repo/p").toolchainFile?.path == "\(scratch.path)/repo/rust-toolchain.toml")
    try scratch.write("1.60.0\n", to: "repo/p/rust-toolchain")
    let pin = try #require(
      try scratch.stage("repo/p") { $0.allowDirty = true }.toolchainFile)
    #expect(pin.path == "\(scratch.path)/repo/p/rust-toolchain")
    #expect(pin.file.channelText == "1.60.0")
  }

  @Test func refusesAToolchainThatIsNotAskedFor() throws {
    let pin = ToolchainPin(
      path: "/p/rust-toolchain",
      file: try RustToolchainFile(parsing: Array("1.60.0\n".utf8), file: "/p/rust-toolchain"))
    expectFailure(
      "reading /p/rust-toolchain: it asks for the toolchain 1.60.0, the chosen one is 1.96.0",
      hint: "name a toolchain of that version with `--toolchain DIR`, or use a recipe that has it",
      exit: .usage, in: scratch
    ) { () throws(StagingError) in try pin.check(version: "1.96.0") { _ in } }
    try pin.check(version: "1.60.0") { _ in Issue.record("a notice") }
    let dated = ToolchainPin(
      path: "/p/rust-toolchain",
      file: try RustToolchainFile(
        parsing: Array("nightly-2026-05-19\n".utf8), file: "/p/rust-toolchain"))
    var notices: [String] = []
    try dated.check(version: "1.98.0-nightly") { notices.append($0.text) }
    #expect(
      notices == [
        "/p/rust-toolchain asks for nightly-2026-05-19: whether version 1.98.0-nightly is that "
          + "cannot be told"
      ])
  }
}
