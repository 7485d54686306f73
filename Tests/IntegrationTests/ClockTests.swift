import Linux
import Reading
import Testing

extension Integration {
  /// What is said of the clock of leg B, and of programs that it does not reach.
  @Suite struct ClockTests {
    private static func clock(_ scene: borrowing Scene, leg: Int) throws -> JSON {
      try #require(scene.json("record.json")["legs"]?[leg]?["clock"])
    }

    /// cargo and rustc among others, by their files.
    @Test(arguments: Person.all) func anHonestProjectStaysIdentical(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutHonestProject()
      let output = try scene.build("\(project)/workspace", ["--vary", "clock"])
      #expect(output.status == 0, "\(output.text)\(output.errorText)")
      #expect(output.text.contains("differed in:\n  wall clock\n"), "\(output.text)")
      #expect(!output.text.contains("the clock"), "\(output.text)")
      #expect(try Self.clock(scene, leg: 0).isNull)
      let clock = try Self.clock(scene, leg: 1)
      #expect(clock["offset"] == .integer(398 * 86400))
      #expect(clock["missed"]?.arrayValue?.isEmpty == true)
      let programs =
        clock["programs"]?.arrayValue?.compactMap { $0["executable"]?.stringValue } ?? []
      // The first program begins as a process that an ordinary user may not look into (proc(5)).
      let first = person == .root ? ["/cargo"] : []
      for name in first + ["/rustc", "/build-script-build", "/collect2"] {
        #expect(programs.contains { $0.hasSuffix(name) }, "\(name) is not in \(programs)")
      }
      let plan = try scene.json("plan.json")
      #expect(plan["legs"]?[0]?["clockLibrary"]?.isNull == true)
      #expect(plan["legs"]?[1]?["clockLibrary"]?["source"]?.stringValue?.count == 71)
      try scene.expectNothingLeft()
    }

    /// A static build script reads the real time: the variation cannot find it out, and says so.
    @Test func aStaticBuildScriptIsNamed() throws {
      let scene = try Scene(Person.all[0])
      // crt-static and proc macros exclude each other without `--target`.
      let project = try scene.layOutTinyProject(
        edit: """
          mkdir .cargo
          printf '[build]\\nrustflags = ["-Ctarget-feature=+crt-static"]\\n' > .cargo/config.toml
          echo 'fn main() { println!("cargo:rustc-env=DAYS={}", \(Twin.hundredsOfDays)) }' > build.rs
          echo 'fn main() { println!("{}", env!("DAYS")) }' > src/main.rs
          """)
      let output = try scene.build(project, ["--vary", "clock"])
      #expect(output.status == 0, "\(output.text)\(output.errorText)")
      #expect(
        output.text.contains("\nthe clock did not reach: build script of tiny 0.1.0 (static)\n"),
        "\(output.text)")
      let missed = try Self.clock(scene, leg: 1)["missed"]?[0]
      #expect(missed?["linkage"] == "static")
      #expect(missed?["evidence"] == "kernel")
      #expect(missed?["packages"]?[0]?["package"] == "tiny")
    }

    /// A program that prints all it can see of its environment must not be flagged.
    @Test func theEnvironmentDoesNotTell() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject(commits: false)
      let twin = Twin(
        "everything", "clock",
        value: "{ let mut all: Vec<_> = env::vars().collect(); all.sort(); all }")
      try twin.apply(to: project)
      try scene.commit(project)
      let output = try scene.build("\(project)/workspace", ["--bin", "one", "--vary", "clock"])
      #expect(output.status == 0, "\(output.text)\(output.errorText)")
    }
  }
}
