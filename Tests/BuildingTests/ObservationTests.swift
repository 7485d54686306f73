import Linux
import Planning
import Sandboxing
import Testing

@testable import Building

/// What is read of the files that rustc and build scripts leave.
@Suite struct ObservationTests {
  /// As rustc 1.96 wrote it.
  @Test func dependenciesAreTakenApart() {
    let text = #"""
      /build/target/release/deps/one-7c04191bef928bd3.d: app/src/bin/one.rs /build/x/out/gen\ erated.rs

      /build/target/release/deps/one-7c04191bef928bd3: app/src/bin/one.rs /build/x/out/gen\ erated.rs

      app/src/bin/one.rs:
      /build/x/out/gen\ erated.rs:

      # env-dep:OUT_DIR=/build/x/out
      # env-dep:UNSET
      # env-dep:LINES=a\nb\\c
      # checksum:blake3=0 file_len:1 app/src/bin/one.rs
      """#
    let info = DepInfo(Array(text.utf8))
    #expect(
      info.outputs == [
        "/build/target/release/deps/one-7c04191bef928bd3.d",
        "/build/target/release/deps/one-7c04191bef928bd3",
      ])
    #expect(info.inputs == ["app/src/bin/one.rs", "/build/x/out/gen erated.rs"])
    #expect(
      info.environment == [
        .init(name: "OUT_DIR", value: "/build/x/out"), .init(name: "UNSET", value: nil),
        .init(name: "LINES", value: "a\nb\\c"),
      ])
  }

  @Test(arguments: ["", "\n", ":", ": ", "a:", "\\ ", "# env-dep:", "x: \\", "\u{0}: \u{0}"])
  func oddDependenciesDoNotHurt(_ text: String) {
    #expect(DepInfo(Array(text.utf8)).inputs.count <= 1)
  }

  @Test func whatAScriptDependsOnIsTakenFromItsOutput() {
    let output = ScriptOutput(
      Array(
        """
        cargo:rerun-if-changed=texts
        cargo::rerun-if-changed=/build/src/more
        cargo:rerun-if-env-changed=CC
        cargo::rerun-if-env-changed=TARGET_CC
        cargo:rustc-env=CC=gcc
        rerun-if-env-changed=NOT
        cargo:rerun-if-env-changed
        """.utf8))
    #expect(output.inputs == ["texts", "/build/src/more"])
    #expect(output.environment == ["CC", "TARGET_CC"])
  }

  /// A target folder as cargo lays it out, with traps in it.
  @Test func aTargetFolderIsReadBeneathItself() throws {
    let scratch = try Scratch()
    func write(_ path: String, _ text: String) throws {
      let file = "\(scratch.path)/target/\(path)"
      try FileSystem.makeDirectories(FileSystem.split(file).parent)
      try FileSystem.write(Array(text.utf8), to: file)
    }
    try write("release/deps/one-0a.d", "/build/target/release/deps/one-0a: src/main.rs\n")
    try write(
      "x86_64-unknown-linux-gnu/debug/deps/one-1b.d", "/x/one-1b: src/main.rs\n# env-dep:A=b\n")
    try write("release/one.d", "/build/target/release/one: /build/src/src/main.rs\n")
    try write(
      "release/build/app-2c/output", "cargo:rerun-if-env-changed=CC\ncargo:rerun-if-changed=b.rs\n")
    try write("release/build/app-2c/out/gen/erated.rs", "")
    try write("release/build/other-3d/output", "cargo:rerun-if-env-changed=NO\n")
    try FileSystem.write(Array("secret: secret\n".utf8), to: "\(scratch.path)/secret")
    try FileSystem.makeSymlink(
      "\(scratch.path)/target/release/deps/secret-4e.d", to: "\(scratch.path)/secret")
    try FileSystem.makeSymlink(
      "\(scratch.path)/target/linked", to: "\(scratch.path)/target/release")

    let session = try CargoSession(
      leg: "A",
      toolchain: ToolchainInput(
        digest: nil, version: "1", components: [], cargo: "/usr/bin/cargo", rustc: "/usr/bin/rustc"),
      logPath: "\(scratch.path)/log"
    ) { _ in }
    let id = "path+file:///build/src#app@0.1.0"
    let lines = [
      """
      {"reason":"compiler-artifact","package_id":"\(id)","manifest_path":"/build/src/Cargo.toml",\
      "target":{"kind":["bin"],"crate_types":["bin"],"name":"one","src_path":"/build/src/src/main.rs"},\
      "filenames":["/build/target/release/one"]}
      """,
      """
      {"reason":"build-script-executed","package_id":"\(id)",\
      "out_dir":"/build/target/release/build/app-2c/out"}
      """,
    ]
    for line in lines { session.takeMessages(Array("\(line)\n".utf8)[...]) }

    let found = TargetFolderReader(
      try Directory("\(scratch.path)/target"), session: session, directory: "/build/src"
    ).read()
    let app = CargoPackage(name: "app", version: "0.1.0")
    #expect(
      found == [
        UnitObservation(
          step: .buildScript, package: app, target: "build-script", triple: nil,
          read: ["/build/src/b.rs"],
          written: ["/build/target/release/build/app-2c/out/gen/erated.rs"],
          environment: [.init(name: "CC", value: nil)]),
        UnitObservation(
          step: .rustc, package: app, target: "one", triple: nil, read: ["/build/src/src/main.rs"],
          written: ["/build/target/release/deps/one-0a"], environment: []),
        UnitObservation(
          step: .rustc, package: app, target: "one", triple: "x86_64-unknown-linux-gnu",
          read: ["/build/src/src/main.rs"], written: ["/x/one-1b"],
          environment: [.init(name: "A", value: "b")]),
      ])
  }

  @Test func whatProcessesDoIsTheirUnits() {
    func seen(
      _ kind: Observation.Kind, _ path: String, _ pid: Int32, _ caller: ProcessTrace? = nil,
      exists: Bool = true
    ) -> Observation {
      Observation(kind: kind, path: path, exists: exists, pid: pid, caller: caller)
    }
    let log = ActivityLog()
    let script = AttributionTests.trace(
      (AttributionTests.script, [:], [], []), AttributionTests.cargo)
    let child = AttributionTests.trace(
      ("/usr/bin/cc", [:], [], []), (AttributionTests.script, [:], [], []), AttributionTests.cargo)
    let forked = AttributionTests.trace(AttributionTests.cargo, AttributionTests.cargo)
    log.take(seen(.exec, AttributionTests.script, 7, forked))
    log.take(seen(.read, "/build/src/b", 7, script))
    log.take(seen(.read, "/build/src/a", 7))
    log.take(seen(.read, "/build/src/missing", 7, exists: false))
    log.take(seen(.read, "/usr/include/x.h", 8, child))
    log.take(seen(.write, "/build/target/x.o", 8, exists: false))
    log.take(seen(.read, "/nobody", 9))
    let units = log.units(AttributionTests.announced.unit)
    #expect(units.map(\.unit.step) == [.cargo, .buildScript])
    #expect(units[0].programs == [AttributionTests.script])
    #expect(units[1].unit.packages.map(\.description) == ["evil-sys 0.3.1"])
    #expect(units[1].read == ["/build/src/a", "/build/src/b", "/usr/include/x.h"])
    #expect(units[1].written == ["/build/target/x.o"])
  }

  @Test func listsAreSortedAndBounded() {
    let observation = UnitObservation(
      step: .rustc, package: nil, target: "x", triple: nil,
      read: (0..<9000).map { "/build/src/\($0 % 8500)" }, written: ["/b", "/a", "/b"],
      environment: [])
    #expect(observation.read.count == 8192)
    #expect(observation.isTruncated)
    #expect(observation.written == ["/a", "/b"])
  }
}
