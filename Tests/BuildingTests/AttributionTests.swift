import Linux
import Planning
import Reading
import Sandboxing
import Testing

@testable import Building

/// Whose code a process is, from what /proc showed and what cargo announced.
@Suite struct AttributionTests {
  static let script = "/build/target/release/build/evil-sys-0a2e68b502cad0b1/build-script-build"
  static let macro = "/build/target/release/deps/libevil_macro-26aa84c5523a24ab.so"
  static let evil = ["CARGO_PKG_NAME": "evil-sys", "CARGO_PKG_VERSION": "0.3.1"]
  static let app = [
    "CARGO_PKG_NAME": "app", "CARGO_PKG_VERSION": "0.1.0", "CARGO_CRATE_NAME": "app",
  ]
  static let compiling = ["/usr/bin/rustc", "--crate-name", "app", "src/main.rs"]

  /// Processes, the caller first.
  static func trace(
    _ processes: (
      executable: String, environment: [String: String], arguments: [String], libraries: [String]
    )...
  ) -> ProcessTrace {
    ProcessTrace(
      processes: processes.enumerated().map { index, process in
        ProcessTrace.Process(
          pid: Int32(1000 - index), executable: process.executable, arguments: process.arguments,
          environment: process.environment, libraries: process.libraries)
      })
  }

  static func attribution(announcing lines: [String]) -> Attribution {
    var attribution = Attribution(
      toolchain: ToolchainInput(
        digest: nil, version: "1.96.0", components: [], cargo: "/usr/bin/cargo",
        rustc: "/usr/bin/rustc"))
    for line in lines {
      if case .artifact(let artifact)? = CargoMessage(line: Array(line.utf8)[...]) {
        attribution.files.take(artifact)
      }
    }
    return attribution
  }

  static func message(_ id: String, _ kind: String, _ name: String, _ file: String) -> String {
    """
    {"reason":"compiler-artifact","package_id":"\(id)","manifest_path":"/build/src/Cargo.toml",\
    "target":{"kind":["\(kind)"],"crate_types":["bin"],"name":"\(name)"},"filenames":["\(file)"]}
    """
  }

  static let announced = attribution(announcing: [
    message(
      "path+file:///build/src/evil-sys#0.3.1", "custom-build", "build-script-build", script),
    message(
      "path+file:///build/src/macros#evil-macro@0.2.0", "proc-macro", "evil_macro", macro),
    message(
      "registry+https://github.com/rust-lang/crates.io-index#serde_derive@1.0.1", "proc-macro",
      "serde_derive", "/build/target/release/deps/libserde_derive-11aa84c5523a24ab.so"),
    message(
      "path+file:///build/src/own#own-macro@0.5.0", "proc-macro", "own_macro",
      "/build/target/release/libown_macro.so"),
    message(
      "registry+https://github.com/rust-lang/crates.io-index#serde@1.0.1", "custom-build",
      "build-script-build",
      "/build/target/release/build/serde-1a2e68b502cad0b1/build-script-build"),
  ])

  static let cargo = (
    executable: "/usr/bin/cargo", environment: [String: String](), arguments: ["cargo", "build"],
    libraries: [String]()
  )

  static func expect(
    _ trace: ProcessTrace, _ words: String, _ step: Unit.Step, _ evidence: Unit.Evidence,
    in attribution: Attribution = announced, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let unit = attribution.unit(of: trace)
    #expect(unit.step == step, sourceLocation: sourceLocation)
    #expect(unit.evidence == evidence, sourceLocation: sourceLocation)
    let denial = Denial(
      category: .network, call: "connect(AF_INET, 127.0.0.1:8443)", error: .EPERM, caller: trace)
    #expect(
      UnitDenial(denial: denial, unit: unit).words
        == "\(words) tried connect(AF_INET, 127.0.0.1:8443): refused",
      sourceLocation: sourceLocation)
  }

  // MARK: Build scripts

  @Test func aBuildScriptIsNamed() {
    Self.expect(
      Self.trace((Self.script, Self.evil, [], []), Self.cargo),
      "build script of evil-sys 0.3.1", .buildScript, .kernel)
  }

  @Test func whatABuildScriptSaysOfItselfIsNotBelieved() {
    let lies = ["CARGO_PKG_NAME": "serde", "CARGO_PKG_VERSION": "9.9.9"]
    Self.expect(
      Self.trace((Self.script, lies, ["serde"], []), Self.cargo),
      "build script of evil-sys 0.3.1", .buildScript, .kernel)
  }

  @Test func programsThatAScriptRunsAreNamedWithIt() {
    Self.expect(
      Self.trace(
        ("/usr/bin/curl", ["CARGO_PKG_NAME": "serde", "CARGO_PKG_VERSION": "1.0.1"], [], []),
        ("/usr/bin/dash", [:], [], []), (Self.script, Self.evil, [], []), Self.cargo),
      "curl, run by the build script of evil-sys 0.3.1,", .buildScript, .kernel)
    Self.expect(
      Self.trace(
        ("/build/target/release/build/evil-sys-1/out/x", Self.evil, [], []),
        (Self.script, Self.evil, [], []), Self.cargo),
      "/build/target/release/build/evil-sys-1/out/x, run by the build script of evil-sys 0.3.1,",
      .buildScript, .kernel)
  }

  /// Running the script of another package does not put the blame there.
  @Test func theOutermostScriptCounts() {
    Self.expect(
      Self.trace(
        ("/build/target/release/build/serde-1a2e68b502cad0b1/build-script-build", [:], [], []),
        (Self.script, Self.evil, [], []), Self.cargo),
      "/build/target/release/build/serde-1a2e68b502cad0b1/build-script-build, run by the build "
        + "script of evil-sys 0.3.1,", .buildScript, .kernel)
  }

  /// Compilers that a script runs to try things are the script's.
  @Test func aCompilerBelowAScriptIsTheScripts() {
    Self.expect(
      Self.trace(
        ("/usr/bin/rustc", Self.app, Self.compiling, []), (Self.script, Self.evil, [], []),
        Self.cargo),
      "rustc, run by the build script of evil-sys 0.3.1,", .buildScript, .kernel)
  }

  @Test func aScriptWithoutParentsIsStillKnown() {
    Self.expect(
      Self.trace((Self.script, [:], [], [])), "build script of evil-sys 0.3.1", .buildScript,
      .kernel)
  }

  @Test func aScriptThatBecameAnotherProgramIsKnownByItsClaimOnly() {
    Self.expect(
      Self.trace(("/usr/bin/dash", Self.evil, [], []), Self.cargo),
      "dash, which claims to be the build script of evil-sys 0.3.1,", .buildScript, .claimed)
    Self.expect(
      Self.trace(
        ("/usr/bin/curl", [:], [], []), ("/usr/bin/dash", Self.evil, [], []), Self.cargo),
      "curl, run by dash, which claims to be the build script of evil-sys 0.3.1,", .buildScript,
      .claimed)
  }

  @Test func aScriptThatRemovedItsFileIsNotVouchedFor() {
    let path = "\(Self.script) (deleted)"
    Self.expect(
      Self.trace((path, Self.evil, [], []), Self.cargo),
      "\(path), which claims to be the build script of evil-sys 0.3.1,", .buildScript, .claimed)
  }

  @Test func aScriptThatCargoDidNotAnnounceIsKnownByItsClaimOnly() {
    let path = "/build/target/debug/build/other-0a2e68b502cad0b1/build-script-main"
    Self.expect(
      Self.trace(
        (path, ["CARGO_PKG_NAME": "other", "CARGO_PKG_VERSION": "1.0.0"], [], []), Self.cargo),
      "\(path), which claims to be the build script of other 1.0.0,", .buildScript, .claimed)
    Self.expect(
      Self.trace((path, Self.evil, [], []), Self.cargo), path, .buildScript, .none)
  }

  /// A proc macro can print cargo's messages through rustc.
  @Test func contradictionsAreDisputed() {
    let forged = Self.attribution(announcing: [
      Self.message(
        "path+file:///x#evil-sys@7.0.0", "custom-build", "build-script-build", Self.script),
      Self.message(
        "path+file:///build/src/evil-sys#0.3.1", "custom-build", "build-script-build", Self.script),
    ])
    #expect(
      forged.unit(of: Self.trace((Self.script, Self.evil, [], []), Self.cargo)).evidence == .claimed
    )
    let moved = Self.attribution(announcing: [
      Self.message("path+file:///x#serde@1.0.1", "custom-build", "build-script-build", Self.script)
    ])
    #expect(
      moved.unit(of: Self.trace((Self.script, Self.evil, [], []), Self.cargo)).evidence == .claimed)
  }

  // MARK: rustc

  @Test func aProcMacroIsNamed() {
    Self.expect(
      Self.trace(("/usr/bin/rustc", Self.app, Self.compiling, [Self.macro]), Self.cargo),
      "proc macro of evil-macro 0.2.0 (while compiling app)", .procMacro, .kernel)
    Self.expect(
      Self.trace(
        ("/usr/bin/python3.11", [:], [], []),
        ("/usr/bin/rustc", Self.app, Self.compiling, [Self.macro]), Self.cargo),
      "python3.11, run by the proc macro of evil-macro 0.2.0 (while compiling app),", .procMacro,
      .kernel)
  }

  @Test func severalProcMacrosAreAllNamed() {
    let other = "/build/target/release/deps/libserde_derive-11aa84c5523a24ab.so"
    Self.expect(
      Self.trace(("/usr/bin/rustc", Self.app, Self.compiling, [Self.macro, other]), Self.cargo),
      "one of the proc macros of evil-macro 0.2.0, serde_derive 1.0.1 (while compiling app)",
      .procMacro, .kernel)
  }

  /// cargo announces proc macros of the project's own under their name without the hash.
  @Test func aProcMacroOfTheProjectIsNamed() {
    let library = "/build/target/release/deps/libown_macro-31aa84c5523a24ab.so"
    Self.expect(
      Self.trace(("/usr/bin/rustc", Self.app, Self.compiling, [library]), Self.cargo),
      "proc macro of own-macro 0.5.0 (while compiling app)", .procMacro, .kernel)
  }

  /// `cargo:rustc-env=LD_PRELOAD=…` puts code into rustc.
  @Test func librariesThatCargoDidNotMakeRaiseDoubt() {
    let planted = "/build/target/release/build/evil-sys-1/out/planted.so"
    Self.expect(
      Self.trace(("/usr/bin/rustc", Self.app, Self.compiling, [planted, Self.macro]), Self.cargo),
      "rustc, which claims to run the proc macro of evil-macro 0.2.0 (while compiling app),",
      .procMacro, .claimed)
  }

  @Test func rustcItselfCompilesWhatItClaims() {
    Self.expect(
      Self.trace(("/usr/bin/rustc", Self.app, Self.compiling, []), Self.cargo),
      "rustc, which claims to compile app 0.1.0,", .rustc, .claimed)
    Self.expect(
      Self.trace(("/usr/bin/rustc", [:], ["rustc", "-vV"], []), Self.cargo), "rustc", .rustc, .none)
  }

  @Test func linkersAreRustcs() {
    let compiler = ("/usr/bin/rustc", Self.app, Self.compiling, [Self.macro])
    for linker in ["ld.bfd", "x86_64-linux-gnu-gcc-12", "rust-lld"] {
      Self.expect(
        Self.trace(
          ("/usr/bin/\(linker)", [:], [], []), ("/usr/bin/cc", [:], [], []), compiler, Self.cargo),
        "\(linker), run by rustc, which claims to compile app 0.1.0,", .linker, .claimed)
    }
    Self.expect(
      Self.trace(
        ("/build/target/release/build/evil-sys-1/out/ld", [:], [], []), compiler, Self.cargo),
      "/build/target/release/build/evil-sys-1/out/ld, run by the proc macro of evil-macro 0.2.0 "
        + "(while compiling app),", .procMacro, .kernel)
  }

  @Test func aChildOfRustcWithoutParentsIsKnownByItsClaimOnly() {
    Self.expect(
      Self.trace(("/usr/bin/dash", Self.app, [], [])),
      "dash, which claims to be rustc compiling app 0.1.0,", .rustc, .claimed)
  }

  // MARK: The rest

  @Test func cargoAndStrangersAreCalledWhatTheyAre() {
    Self.expect(Self.trace(Self.cargo), "cargo", .cargo, .none)
    Self.expect(Self.trace(("/usr/bin/git", [:], [], []), Self.cargo), "git", .unknown, .none)
    Self.expect(Self.trace(), "a program", .unknown, .none)
  }

  /// What a process says of itself must not write on the terminal.
  @Test func claimsThatAreNoNamesAreIgnored() {
    for name in ["a\u{1b}[2J", "", "a b", String(repeating: "a", count: 129), "\u{202e}x"] {
      Self.expect(
        Self.trace(
          (
            "/usr/bin/dash", ["CARGO_PKG_NAME": name, "CARGO_PKG_VERSION": "1.0.0"], [], []
          ), Self.cargo),
        "dash", .unknown, .none)
    }
    Self.expect(
      Self.trace(("/usr/bin/a\u{1b}[2J\n", [:], [], [])), "a\\u{1b}[2J\\u{a}", .unknown, .none)
  }

  @Test(arguments: ["cargo-1.63", "cargo-1.96", "cargo-1.96-target"])
  func filesThatCargoReallyAnnouncesAreKnown(_ name: String) throws {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let text = String(
      decoding: try FileSystem.read("/\(folder)/Recorded/\(name).json"), as: UTF8.self)
    let attribution = Self.attribution(announcing: text.split(separator: "\n").map(String.init))
    let scripts = text.split(separator: "\"").filter { $0.hasSuffix("/build-script-build") }
    let script = String(try #require(scripts.first))
    Self.expect(
      Self.trace((script, [:], [], []), Self.cargo), "build script of app 0.1.0",
      .buildScript, .kernel, in: attribution)
    let libraries = text.split(separator: "\"").filter { $0.contains("/deps/libderive-") }
    let library = String(try #require(libraries.first))
    Self.expect(
      Self.trace(("/usr/bin/rustc", Self.app, Self.compiling, [library]), Self.cargo),
      "proc macro of derive 0.1.0 (while compiling app)", .procMacro, .kernel, in: attribution)
  }

  @Test(arguments: [
    ("evil-sys 0.3.1 (path+file:///build/src/evil-sys)", "evil-sys 0.3.1"),
    ("tinydep 1.0.0 (registry+https://github.com/rust-lang/crates.io-index)", "tinydep 1.0.0"),
    ("path+file:///build/src/app#0.1.0", "app 0.1.0"),
    ("path+file:///build/src/folder#name@0.1.0-rc.1+x", "name 0.1.0-rc.1+x"),
    ("git+https://example.invalid/dep?rev=abc/def#1.2.3", "dep 1.2.3"),
    ("registry+https://github.com/rust-lang/crates.io-index#libc@0.2.150", "libc 0.2.150"),
  ]) func packageIDsAreTakenApart(_ id: String, _ package: String) {
    #expect(CargoPackage(id: id)?.description == package)
  }

  @Test(arguments: ["", "app", "app 0.1.0", "#", "x#", "x#@1", "x#a@", "a\u{7} 1 (x)", "a 1\n (x)"])
  func otherWordsAreNoPackageIDs(_ id: String) {
    #expect(CargoPackage(id: id) == nil)
  }
}
