import Hashing
import Linux
import Planning
import Reading
import Sandboxing
import Testing

@testable import Building

/// Parts of running a unit alone that need no sandbox.
@Suite struct ReplayTests {
  @Test func namesOfMacrosAreReadFromTheRoot() throws {
    let source = """
      use proc_macro::TokenStream;
      #[proc_macro_derive(Names, attributes(name))]
      pub fn derive_names(_: TokenStream) -> TokenStream { todo!() }
      #[proc_macro] pub fn shout(_: TokenStream) -> TokenStream { helper() }
      fn helper() {}
      #[proc_macro_attribute]
      pub fn wrapped(_: TokenStream, item: TokenStream) -> TokenStream { item }
      """
    let package = try #require(CargoPackage(name: "mac", version: "1.0.0"))
    let macros = MacroPackage(package: package, crate: "mac", source: Array(source.utf8))
    #expect(macros.names == ["Names", "shout", "wrapped"])
    #expect(MacroPackage(package: package, crate: "mac", source: []).names == [])
  }

  private static let compiling = Launch(
    program: "/build/bin/cupel-rustc",
    arguments: [
      "/build/bin/cupel-rustc", "/usr/bin/rustc", "--crate-name", "app", "src/lib.rs",
      "--crate-type", "lib", "--emit=dep-info,metadata,link", "-C", "extra-filename=-0123",
      "--out-dir", "/build/target/release/deps",
    ], environment: ["CARGO_PKG_NAME=app", "CARGO_PKG_VERSION=0.1.0"], directory: "/build/src")
  private static let running = Launch(
    program: "/build/target/release/build/app-45/build-script-build", arguments: ["x"],
    environment: ["OUT_DIR=/build/target/release/build/app-67/out"], directory: "/build/src")

  @Test func aUnitsStartIsFound() throws {
    let folder = try Scratch()
    let package = CargoPackage(name: "app", version: "0.1.0")
    let library = RecordedUnit(package: package, kind: .library, crate: "app", hash: "-0123")
    let run = RecordedUnit(
      package: package, kind: .buildScriptRun, crate: "build-script", hash: "app-67",
      outputs: [
        RecordedUnit.Output(
          name: "release/build/app-67/output", content: .unread("")),
        RecordedUnit.Output(
          name: "release/build/app-67/out/app-67/output", content: .unread("")),
      ])
    #expect(run.outFolder == "release/build/app-67/out")
    let plan = try Plan(
      inputs: Inputs(
        source: SourceInput(
          digest: .hashing("s"), projectPath: "", commit: nil, isDirty: false, epoch: 1,
          epochOrigin: .given),
        vendors: [], cargoLock: .hashing("l"),
        rootfs: RootfsInput(digest: .hashing("r"), recipe: "r", lock: .hashing("c")),
        toolchain: ToolchainInput(
          digest: nil, version: "1", components: [], cargo: "/usr/bin/cargo",
          rustc: "/usr/bin/rustc")),
      request: BuildRequest(), profile: .hashing("p"), profileName: "p", cpuCount: 1, jobs: 1,
      variations: [.umask])
    #expect(plan.replay(of: plan.legs[1], varying: [.umask]).conditions == plan.legs[1].conditions)
    #expect(plan.replay(of: plan.legs[1], varying: []).environment == plan.legs[0].environment)
    let remains = LegRemains(
      leg: plan.legs[0], target: try Directory(folder.path),
      launches: [Self.running, Self.compiling])
    #expect(remains.launch(of: library) == Self.compiling)
    #expect(remains.launch(of: run) == Self.running)
    let other = RecordedUnit(package: package, kind: .library, crate: "app", hash: "-0124")
    #expect(remains.launch(of: other) == nil)
    let program = RecordedUnit(package: package, kind: .program, crate: "app", hash: "-0123")
    #expect(remains.launch(of: program) == nil)
  }

  @Test func copiesKeepContentsModesAndTimes() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/from/a/b/c")
    try FileSystem.makeDirectories("\(scratch.path)/to")
    try FileSystem.write(Array("script".utf8), to: "\(scratch.path)/from/a/run")
    try FileSystem.setPermissions("\(scratch.path)/from/a/run", 0o754)
    try Directory("\(scratch.path)/from/a").setTimes("run", seconds: 1_234_567)
    try FileSystem.write(Array("deep".utf8), to: "\(scratch.path)/from/a/b/c/file")
    try FileSystem.makeSymlink("\(scratch.path)/from/a/b/link", to: "/etc/passwd")
    let folder = ReplayFolder(
      from: try Directory("\(scratch.path)/from"), to: try Directory("\(scratch.path)/to"))
    try folder.copy("a/run")
    try folder.copy("a/run")
    try folder.copyTree("a/b")
    try folder.copyTree("a/none")
    let status = try FileSystem.status("\(scratch.path)/to/a/run")
    #expect(status.permissions == 0o754 && status.modified == 1_234_567)
    #expect(try FileSystem.read("\(scratch.path)/to/a/b/c/file") == Array("deep".utf8))
    #expect(try FileSystem.linkStatus("\(scratch.path)/to/a/b/link").kind == .symlink)
    // Nothing is read through a symlink.
    #expect(throws: SystemError.self) { try folder.copy("a/b/link/x") }
  }
}
