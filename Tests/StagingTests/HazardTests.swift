import Linux
import Planning
import Reading
import Testing

@testable import Staging

/// What often makes builds differ, seen before anything is built.
@Suite struct HazardTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func hazards(
    config: String? = nil, manifest: String = "", script: String? = nil,
    files: [(String, String)] = []
  ) throws -> [Hazard] {
    let sum = try scratch.archive(
      "a", "1.0.0", more: "add('build.rs', b'fn main() {}\\n')")
    try scratch.project(
      "p", [.init(name: "a", version: "1.0.0", checksum: sum)], config: config)
    if !manifest.isEmpty {
      let text = String(
        decoding: try FileSystem.read("\(scratch.path)/p/Cargo.toml"), as: UTF8.self)
      try scratch.write("\(text)\n\(manifest)\n", to: "p/Cargo.toml")
    }
    if let script { try scratch.write(script, to: "p/build.rs") }
    for (name, text) in files { try scratch.write(text, to: "p/\(name)") }
    return try scratch.stage("p") { $0.crates = ["\(scratch.path)/crates"] }.hazards
  }

  @Test func aPlainProjectHasNone() throws {
    #expect(try hazards(script: "fn main() { println!(\"x\"); }\n").isEmpty)
  }

  @Test func flagsOfTheConfigurationAreSeen() throws {
    let found = try hazards(
      config: """
        [build]
        rustflags = ["-C", "target-cpu=native", "-Zthreads=4"]
        incremental = true
        [target.x86_64-unknown-linux-gnu]
        rustflags = "-Ctarget-cpu=native -Cprofile-use=/var/tmp/app.profdata"
        """)
    #expect(found.map(\.kind) == [.nativeCPU, .threads, .undeclaredProfile, .incremental])
    #expect(
      found.first?.text
        == ".cargo/config.toml: target-cpu=native makes code for the CPU that happens to compile")
  }

  @Test func profilesOfTheManifestAreSeen() throws {
    let found = try hazards(
      manifest: """
        [profile.release]
        incremental = true
        """)
    #expect(found.map(\.kind) == [.incremental])
    #expect(found[0].file == "Cargo.toml" && found[0].line != nil)
  }

  /// One that is committed is an input like any other.
  @Test func aCommittedOptimiserProfileIsNone() throws {
    let config = "[build]\nrustflags = [\"-Cprofile-use=pgo/app.profdata\"]\n"
    #expect(
      try hazards(config: config, files: [("pgo/app.profdata", "x")]).isEmpty)
    #expect(
      try hazards(config: config.replacing("pgo", with: "gone")).map(\.kind) == [.undeclaredProfile]
    )
  }

  @Test func scriptsThatAskGitOrTheClockAreNamed() throws {
    let found = try hazards(
      script: """
        use std::process::Command;
        // Command::new("git") is what this speaks of.
        fn main() {
            Command::new("git").arg("describe").output().unwrap();
            let now = std::time::SystemTime::now();
            let again = std::time::SystemTime::now();
        }
        """)
    #expect(
      found.map(\.text) == [
        "build.rs:4: looks like asking git (Command::new(\"git\")): what it says is not in the source",
        "build.rs:5: looks like reading the clock (SystemTime::now())",
      ])
  }

  @Test func scriptsOfCratesAreLookedAt() throws {
    let sum = try scratch.archive(
      "a", "1.0.0", more: "add('build.rs', b'fn main() { chrono::Utc::now(); }\\n')")
    try scratch.project("p", [.init(name: "a", version: "1.0.0", checksum: sum)])
    let staged = try scratch.stage("p") { $0.crates = ["\(scratch.path)/crates"] }
    #expect(staged.hazards.map(\.file) == ["a-1.0.0/build.rs"])
    #expect(staged.hazards.map(\.line) == [1])
    #expect(staged.notices.contains { if case .hazard = $0 { true } else { false } })
  }

  @Test func cratesThatStampAreNamed() throws {
    let lock = try CargoLock(
      parsing: Array(
        """
        version = 4

        [[package]]
        name = "app"
        version = "0.1.0"
        dependencies = ["shadow-rs"]

        [[package]]
        name = "shadow-rs"
        version = "1.0.0"
        """.utf8), file: "Cargo.lock")
    var survey = HazardSurvey()
    survey.examine(lock)
    #expect(
      survey.found.map(\.text) == [
        "app 0.1.0: uses shadow-rs, which looks like writing time or commit into the program"
      ])
  }

  /// A build script's path comes from a manifest.
  @Test func pathsThatLeadOutAreNotFollowed() throws {
    try scratch.write(
      "[package]\nname = \"x\"\nversion = \"1.0.0\"\nbuild = \"../../secret.rs\"\n",
      to: "crates/x/Cargo.toml")
    try scratch.write("fn main() { SystemTime::now(); }", to: "secret.rs")
    var survey = HazardSurvey()
    survey.examine(crates: "\(scratch.path)/crates")
    #expect(survey.found.isEmpty)
  }

  @Test func manyAreBounded() throws {
    for number in 0..<600 {
      try scratch.write("fn main() { SystemTime::now(); }", to: "many/c\(number)/build.rs")
    }
    var survey = HazardSurvey()
    survey.examine(crates: "\(scratch.path)/many")
    #expect(survey.found.count == HazardSurvey.limit)
  }
}
