import Reading
import Testing

@Suite struct CargoManifestTests {
  private func manifest(_ text: String) throws -> CargoManifest {
    try CargoManifest(parsing: bytes(text), file: "Cargo.toml")
  }

  @Test func findsEveryPath() throws {
    let manifest = try manifest(
      """
      [package]
      name = "app"
      version.workspace = true
      workspace = ".."

      [lib]
      name = "applib"
      crate-type = ["cdylib", "rlib"]

      [[bin]]
      name = "one"
      [[bin]]
      name = "two"

      [dependencies]
      a = { path = "../a", version = "1" }
      plain = "1"
      registry = { version = "1", features = ["x"] }
      [dependencies.b]
      path = "b"
      [dev-dependencies]
      c.path = "c"
      [build-dependencies]
      d = { path = "d" }
      [target.'cfg(unix)'.dependencies]
      e = { path = "e" }
      [target.wasm32-unknown-unknown.build-dependencies]
      f = { path = "f" }
      [workspace.dependencies]
      g = { path = "g" }
      [patch.crates-io]
      h = { path = "h" }
      [patch."https://example.invalid/x"]
      i = { path = "i" }
      [replace]
      "j:1.0.0" = { path = "j" }
      """)
    #expect(manifest.package?.name == "app")
    #expect(manifest.package?.version == .workspace)
    #expect(manifest.package?.workspaceRoot == "..")
    #expect(manifest.library?.name == "applib")
    #expect(manifest.library?.crateTypes == ["cdylib", "rlib"])
    #expect(manifest.library?.isProcMacro == false)
    #expect(manifest.binaries == ["one", "two"])
    let paths = manifest.pathDependencies
    #expect(paths.map(\.path) == ["../a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
    #expect(paths[0].position == Position(line: 16, column: 14))
    #expect(
      paths.map(\.table) == [
        "dependencies", "dependencies", "dev-dependencies", "build-dependencies",
        "target.cfg(unix).dependencies", "target.wasm32-unknown-unknown.build-dependencies",
        "workspace.dependencies", "patch.crates-io", "patch.https://example.invalid/x", "replace",
      ])
  }

  @Test func readsAVirtualWorkspace() throws {
    let manifest = try manifest(
      """
      [workspace]
      members = ["crates/*"]
      exclude = ["crates/old"]
      default-members = ["crates/app"]
      package.version = "1.2.3"
      """)
    #expect(manifest.package == nil)
    #expect(manifest.workspace?.members == ["crates/*"])
    #expect(manifest.workspace?.exclude == ["crates/old"])
    #expect(manifest.workspace?.defaultMembers == ["crates/app"])
    #expect(manifest.workspace?.version == "1.2.3")
  }

  @Test func readsAPackageThatIsItsOwnWorkspace() throws {
    let manifest = try manifest("[package]\nname = \"a\"\n[workspace]\n")
    #expect(manifest.package?.version == nil)
    #expect(manifest.workspace?.members == [])
  }

  @Test func takesOldSpellings() throws {
    let manifest = try manifest(
      """
      [project]
      name = "a"
      version = "1.0.0"
      [lib]
      crate_type = ["staticlib"]
      proc_macro = true
      [dev_dependencies]
      b = { path = "b" }
      """)
    #expect(manifest.package?.version == .value("1.0.0"))
    #expect(manifest.library?.crateTypes == ["staticlib"])
    #expect(manifest.library?.isProcMacro == true)
    #expect(manifest.pathDependencies.map(\.path) == ["b"])
  }

  @Test(arguments: [
    ("[dependencies]", "1:1: missing key \"package\" in the file"),
    ("[package]\nversion = \"1\"", "1:1: missing key \"name\" in [package]"),
    ("[package]\nname = 1", "2:8: \"name\" must be a string, found an integer"),
    ("[package]\nname = \"a b\"", "2:8: \"name\" is \"a b\": not a package name"),
    (
      "[package]\nname = \"a\"\n[dependencies]\nb = {path = 1}",
      "4:13: \"path\" must be a string, found an integer"
    ),
    ("[workspace]\nmembers = \"x\"", "2:11: \"members\" must be an array, found a string"),
  ])
  func refuses(content: String, message: String) {
    expectRefusal("reading Cargo.toml:\(message)") { try manifest(content) }
  }
}
