import Failing
import Testing

@testable import Reading

/// Locks that cargo may read and a build should not trust.
@Suite struct LockVerificationTests {
  static let cratesIO = "registry+https://github.com/rust-lang/crates.io-index"
  static let sum = "checksum = \"\(CargoLockTests.zeros)\"\n"
  static let commit = String(repeating: "a", count: 40)

  /// Verifies a lock of `app` and its dependency `dep`, against a manifest with these lines.
  private func refusal(
    source: String? = Self.cratesIO, checksum: String = Self.sum, manifest: String,
    workspace: String = "", config: String = "", more: String = "", listed: String = "dep",
    exit: ExitCode = .inputRejected
  ) throws -> String? {
    let written = source.map { "source = \"\($0)\"\n" } ?? ""
    let lock = try CargoLock(
      parsing: bytes(
        "version = 4\n[[package]]\nname = \"app\"\nversion = \"0.1.0\"\n"
          + "dependencies = [\"\(listed)\"]\n"
          + "[[package]]\nname = \"dep\"\nversion = \"1.0.0\"\n\(written)\(checksum)\(more)"),
      file: "Cargo.lock")
    let own = try CargoManifest(
      parsing: bytes("[package]\nname = \"app\"\nversion = \"0.1.0\"\n\(manifest)"),
      file: "app/Cargo.toml")
    let dependency = try CargoManifest(
      parsing: bytes("[package]\nname = \"dep\"\nversion = \"1.0.0\"\n"), file: "dep/Cargo.toml")
    let root = try CargoManifest(
      parsing: bytes("[workspace]\n\(workspace)"), file: "Cargo.toml")
    do throws(ReadingError) {
      try lock.verify(
        file: "Cargo.lock",
        manifests: [
          .init(file: "app/Cargo.toml", contents: own), .init(file: "Cargo.toml", contents: root),
          .init(file: "dep/Cargo.toml", contents: dependency),
        ],
        configurations: [CargoConfig(parsing: bytes(config), file: "config.toml")])
      return nil
    } catch {
      #expect(error.exitCode == exit)
      #expect(error.hint != nil)
      return error.message
    }
  }

  static let byVersion = "[dependencies]\ndep = \"1\"\n"
  static let git = "git+https://example.com/dep"

  @Test func acceptsWhatIsAskedFor() throws {
    let named = "[registries.mine]\nindex = \"sparse+https://example.com/i/\"\n"
    let locked = "\(Self.git)#\(Self.commit)"
    let accepted: [String?] = [
      try refusal(manifest: Self.byVersion),
      try refusal(manifest: "[dev-dependencies]\nalias = { package = \"dep\", version = \"1\" }\n"),
      try refusal(manifest: "[target.'cfg(unix)'.build-dependencies]\ndep = \"1\"\n"),
      try refusal(
        manifest: "[dependencies]\ndep.workspace = true\n",
        workspace: "[workspace.dependencies]\ndep = \"1\"\n"),
      try refusal(
        source: "sparse+https://example.com/i/",
        manifest: "[dependencies]\ndep = { version = \"1\", registry = \"mine\" }\n", config: named),
      try refusal(
        source: "registry+https://example.com/index",
        manifest: "[dependencies]\ndep = { version = \"1\", registry-index = "
          + "\"https://example.com/index\" }\n"),
      try refusal(
        source: "\(Self.git)?branch=a%2Fb#\(Self.commit)", checksum: "",
        manifest:
          "[dependencies]\ndep = { git = \"https://example.com/dep.git\", branch = \"a/b\" }\n"
      ),
      try refusal(
        source: locked, checksum: "", manifest: Self.byVersion,
        workspace: "[patch.crates-io]\ndep = { git = \"https://example.com/dep\" }\n"),
      try refusal(
        source: locked, checksum: "", manifest: Self.byVersion,
        config: "[patch.crates-io]\ndep = { git = \"https://example.com/dep\" }\n"),
      try refusal(
        source: locked, checksum: "", manifest: Self.byVersion,
        workspace: "[replace]\n\"dep:1.0.0\" = { git = \"https://example.com/dep\" }\n"),
      try refusal(
        source: nil, checksum: "", manifest: "[dependencies]\ndep = { path = \"../dep\" }\n"),
      try refusal(
        checksum: "checksum = \"Could not get crate checksum\"\n", manifest: Self.byVersion),
    ]
    #expect(accepted == accepted.map { _ in nil })
  }

  @Test func refusesMissingChecksums() throws {
    #expect(
      try refusal(checksum: "", manifest: Self.byVersion)
        == "reading Cargo.lock:6:1: dep 1.0.0 comes from a registry and has no checksum")
  }

  @Test func refusesUnknownRegistries() throws {
    #expect(
      try refusal(source: "registry+https://evil.example/index", manifest: Self.byVersion)
        == "reading Cargo.lock:6:1: dep 1.0.0 comes from the registry https://evil.example/index, "
        + "which no Cargo.toml and no configuration names")
  }

  @Test func refusesSourcesThatNobodyAskedFor() throws {
    let start = "reading Cargo.lock:6:1: dep 1.0.0 comes from "
    #expect(
      try refusal(
        source: "\(Self.git)#\(Self.commit)", checksum: "", manifest: Self.byVersion)
        == start + "\(Self.git)#\(Self.commit), app/Cargo.toml:5:1 asks for crates.io")
    #expect(
      try refusal(source: nil, checksum: "", manifest: Self.byVersion)
        == start + "a path, app/Cargo.toml:5:1 asks for crates.io")
    #expect(
      try refusal(
        source: "\(Self.git)?branch=other#\(Self.commit)", checksum: "",
        manifest: "[dependencies]\ndep = { git = \"https://example.com/dep\", tag = \"v1\" }\n")
        == start + "\(Self.git)?branch=other#\(Self.commit), app/Cargo.toml:5:1 asks for "
        + "\(Self.git)?tag=v1")
    #expect(
      try refusal(manifest: "[dependencies]\ndep = { path = \"../dep\" }\n")
        == start + "\(Self.cratesIO), app/Cargo.toml:5:1 asks for a path")
    #expect(
      try refusal(manifest: "")
        == start + "\(Self.cratesIO), app/Cargo.toml asks for no package of that name")
    // A crate of a registry cannot bring in a repository.
    #expect(
      try refusal(
        manifest: Self.byVersion,
        more: "dependencies = [\"inner\"]\n[[package]]\nname = \"inner\"\nversion = \"2.0.0\"\n"
          + "source = \"\(Self.git)#\(Self.commit)\"\n")
        == "reading Cargo.lock:12:1: inner 2.0.0 comes from \(Self.git)#\(Self.commit), dep 1.0.0 "
        + "asks for a registry")
  }

  @Test func refusesPackagesThatNoManifestIsOf() throws {
    #expect(
      try refusal(
        manifest: Self.byVersion,
        more: "[[package]]\nname = \"ghost\"\nversion = \"1.0.0\"\n", exit: .usage)
        == "reading Cargo.lock:11:1: Cargo.lock does not agree with Cargo.toml: ghost 1.0.0 has no "
        + "source, and no manifest of the workspace or its path dependencies is its")
  }

  @Test func refusesDependenciesThatAreNotLocked() throws {
    #expect(
      try refusal(
        manifest: Self.byVersion, listed: "dep 1.0.0 (registry+https://evil.example/index)")
        == "reading Cargo.lock:2:1: app 0.1.0 depends on dep, which is not locked")
    #expect(
      try refusal(manifest: Self.byVersion, listed: "gone")
        == "reading Cargo.lock:2:1: app 0.1.0 depends on gone, which is not locked")
  }
}
