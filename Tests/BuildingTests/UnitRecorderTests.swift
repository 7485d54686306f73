import Hashing
import Linux
import Planning
import Sandboxing
import Testing

@testable import Building

/// What is recorded of a target folder, laid out as cargo does, with traps in it.
@Suite struct UnitRecorderTests {
  private static let id = "path+file:///build/src#gen@0.2.1"
  private static let out = "/build/target/release/build/gen-2c/out"

  /// A dead leg: a folder, and what was announced and said.
  private struct Leg: ~Copyable {
    let path: String
    let session: CargoSession

    init() throws {
      let path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
      let session = try CargoSession(
        leg: "A",
        toolchain: ToolchainInput(
          digest: nil, version: "1", components: [], cargo: "/usr/bin/cargo",
          rustc: "/usr/bin/rustc"),
        logPath: "\(path)/log"
      ) { _ in }
      try FileSystem.makeDirectories("\(path)/target/release/deps")
      self.path = path
      self.session = session
    }

    deinit { try? FileSystem.removeTree(path) }

    var target: String { "\(path)/target" }

    func write(_ path: String, _ text: String) throws {
      try FileSystem.makeDirectories(FileSystem.split("\(target)/\(path)").parent)
      try FileSystem.write(Array(text.utf8), to: "\(target)/\(path)")
    }

    func announce(_ arguments: String, _ environment: [String: String] = [:]) {
      let own = ["/build/bin/cupel-rustc", "/usr/bin/rustc"]
      let package = ["CARGO_PKG_NAME": "gen", "CARGO_PKG_VERSION": "0.2.1"]
      session.takeAnnouncement(
        Announcement(
          arguments: own + arguments.split(separator: " ").map(String.init),
          environment: package.merging(environment) { $1 }))
    }

    func say(_ message: String) { session.takeMessages(Array("\(message)\n".utf8)[...]) }

    func record(sizeLimit: Int64 = 1 << 20) throws -> UnitRecord {
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
        variations: nil)
      return try UnitRecorder(
        try Directory(target), session: session, leg: plan.legs[0], sizeLimit: sizeLimit,
        copies: "\(path)/copies"
      ).record()
    }
  }

  private static func announceGen(_ leg: borrowing Leg) {
    leg.announce(
      "--crate-name build_script_build build.rs --crate-type bin -C extra-filename=-1b "
        + "--out-dir /build/target/release/build/gen-1b")
    leg.announce(
      "--crate-name gen src/lib.rs --crate-type lib -C extra-filename=-3d "
        + "--out-dir /build/target/release/deps", ["OUT_DIR": out])
    leg.announce(
      "--crate-name one src/main.rs --crate-type bin -C extra-filename=-4e "
        + "--out-dir /build/target/release/deps "
        + "--extern gen=/build/target/release/deps/libgen-3d.rlib")
  }

  private static func writeGen(_ leg: borrowing Leg) throws {
    try leg.write("release/build/gen-1b/build_script_build-1b", "script")
    try leg.write("release/build/gen-2c/out/names.rs", "names")
    try leg.write(
      "release/build/gen-2c/output", "talk\ncargo:rustc-cfg=x\ncargo:rerun-if-env-changed=HOME\n")
    try leg.write("release/deps/libgen-3d.rlib", "rlib")
    try leg.write("release/deps/libgen-3d.rmeta", "rmeta")
    try leg.write(
      "release/deps/gen-3d.d",
      "/build/target/release/deps/libgen-3d.rlib: src/lib.rs \(out)/names.rs\n# env-dep:OUT_DIR=\(out)\n"
    )
    try leg.write("release/deps/one-4e", "program")
  }

  @Test func unitsHaveTheirFilesAndDependencies() throws {
    let leg = try Leg()
    Self.announceGen(leg)
    try Self.writeGen(leg)
    let units = try leg.record().units
    #expect(units.map(\.kind) == [.program, .buildScript, .buildScriptRun, .library])
    #expect(units.map(\.dependencies) == [[3], [], [1], [2]])
    #expect(units.allSatisfy { $0.package?.description == "gen 0.2.1" && $0.evidence == .kernel })
    #expect(
      units[2].outputs == [
        .init(
          name: "release/build/gen-2c/output",
          content: .file(size: 18, digest: .hashing("cargo:rustc-cfg=x\n"))),
        .init(
          name: "release/build/gen-2c/out/names.rs",
          content: .file(size: 5, digest: .hashing("names"))),
      ])
    #expect(units[2].environment == [.init(name: "HOME", value: "/build/home")])
    #expect(
      units[3].outputs.map(\.name) == [
        "release/deps/libgen-3d.rlib", "release/deps/libgen-3d.rmeta",
      ])
    #expect(units[3].sources.count == 2)
    #expect(units[3].environment == [.init(name: "OUT_DIR", value: Self.out)])
  }

  /// Equal names of generated files are not equal sources.
  @Test func generatedSourcesCountWithTheirContents() throws {
    var digests: Set<Digest> = []
    for text in ["names", "other"] {
      let leg = try Leg()
      Self.announceGen(leg)
      try Self.writeGen(leg)
      try leg.write("release/build/gen-2c/out/names.rs", text)
      let record = try leg.record()
      digests.insert(record.units[3].sources.digest)
      let copy = try #require(record.copy(of: .hashing(text)))
      #expect(try FileSystem.read(copy) == Array(text.utf8))
    }
    #expect(digests.count == 2)
  }

  /// Messages only name what is there; they add no unit of another package's.
  @Test func forgedMessagesAndFilesAddNothing() throws {
    let leg = try Leg()
    Self.announceGen(leg)
    try Self.writeGen(leg)
    try leg.write("release/deps/forged-9f.d", "/build/target/release/deps/forged-9f: x.rs\n")
    let before = try leg.record().units
    for folder in [Self.out, "/etc", "/build/target/../etc", "/build/target/out", "out"] {
      leg.say(
        """
        {"reason":"build-script-executed","package_id":"path+file:///x#evil@6.6.6",\
        "out_dir":"\(folder)"}
        """)
    }
    #expect(try leg.record().units.map(\.key) == before.map(\.key))
  }

  @Test func whatIsNoFileIsNamed() throws {
    let leg = try Leg()
    Self.announceGen(leg)
    try Self.writeGen(leg)
    let folder = "\(leg.target)/release/build/gen-2c/out"
    try FileSystem.makeSymlink("\(folder)/link", to: "/etc/passwd")
    try Command(
      [
        "/bin/sh", "-ec",
        "cd \"$1\"; mkfifo pipe; truncate -s 1T huge; mkdir deep; touch \"deep/$(printf '\\377')\"",
        "sh", folder,
      ], timeout: 20
    ).runChecked()
    try FileSystem.remove("\(leg.target)/release/deps/one-4e")
    try FileSystem.makeSymlink("\(leg.target)/release/deps/one-4e", to: "/etc/passwd")
    let units = try leg.record().units
    let contents = Dictionary(
      uniqueKeysWithValues: units.flatMap(\.outputs).map { ($0.name, $0.content) })
    func found(_ name: String) -> RecordedUnit.Output.Content? {
      contents["release/build/gen-2c/out/\(name)"]
    }
    #expect(found("link") == .symlink(target: "/etc/passwd"))
    #expect(found("pipe") == .unread("neither a file nor a symlink"))
    #expect(found("huge") == .unread("too large"))
    #expect(found("deep") == .unread("names that are not UTF-8: 1"))
    #expect(contents["release/deps/one-4e"] == .symlink(target: "/etc/passwd"))
  }

  @Test func aFileThatIsChangedAfterItsUnitIsMarked() throws {
    let leg = try Leg()
    Self.announceGen(leg)
    try Self.writeGen(leg)
    leg.say(
      """
      {"reason":"compiler-artifact","package_id":"\(Self.id)","manifest_path":"/build/src/Cargo.toml",\
      "target":{"kind":["lib"],"crate_types":["lib"],"name":"gen","src_path":"/build/src/src/lib.rs"},\
      "filenames":["/build/target/release/deps/libgen-3d.rlib"]}
      """)
    #expect(try leg.record().units.flatMap(\.outputs).allSatisfy { !$0.wasChangedLater })
    try Command(["sleep", "0.05"], timeout: 10).runChecked()
    try leg.write("release/deps/libgen-3d.rlib", "evil")
    let changed = try leg.record().units.flatMap(\.outputs).filter(\.wasChangedLater)
    #expect(changed.map(\.name) == ["release/deps/libgen-3d.rlib"])
  }
}
