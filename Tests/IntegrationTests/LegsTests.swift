import Linux
import Reading
import Testing

extension Integration {
  /// More than two legs, and values that are drawn from a seed.
  @Suite struct LegsTests {
    /// A program that tells of its host whether it has one of the names of legs A and B.
    private static let knowsTwoHosts = """
      cat > build.rs <<'END'
      fn main() {
          let name = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
          let known = ["localhost", "varied-host"].contains(&name.trim());
          KNOWN
      }
      END
      cat > src/main.rs <<'END'
      fn main() { println!("{:?}", option_env!("KNOWN")); }
      END
      """

    @Test(arguments: Person.all) func honestProjectsAreIdenticalInAllLegs(
      _ person: Person
    ) throws {
      let scene = try Scene(person)
      let project = try scene.layOutHonestProject() + "/workspace"
      let output = try scene.build(project, ["--bin", "one", "--legs", "4", "--seed", "7"])
      try #require(output.status == 0, "\(output.errorText)\(output.text)")
      #expect(
        output.text.hasPrefix(
          "identical: 1 artifact, byte for byte, in 4 builds that differed (leg B by seed 7, leg C "
            + "by seed 8, leg D by seed 9) in:\n"), "\(output.text)")
      #expect(try names("\(scene.path)/out/logs") == ["A.log", "B.log", "C.log", "D.log"])
      let record = try scene.json("record.json")
      #expect(record["legs"]?.arrayValue?.compactMap { $0["seed"]?.integerValue } == [7, 8, 9])
      #expect(record["artifacts"]?[0]?["differingLegs"]?.arrayValue == [])
      try scene.expectNothingLeft()
    }

    @Test(arguments: ["parallel", "sequential"])
    func aLegThatDiffersIsNamed(_ schedule: String) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: Self.knowsTwoHosts.replacing(
          "KNOWN\n",
          with: "if !known { println!(\"cargo:rustc-env=KNOWN={}\", name.trim()); }\n"))
      #expect(try scene.build(project, ["--vary", "hostname"]).status == 0)
      let options = ["--vary", "hostname", "--legs", "3", "--schedule", schedule]
      let output = try scene.build(project, options)
      try #require(output.status == 1, "\(output.errorText)\(output.text)")
      #expect(output.text.hasPrefix("different: 1 of 1 artifact, in 3 builds"), "\(output.text)")
      #expect(output.text.contains("    leg C differs from leg A, B does not\n"), "\(output.text)")
      #expect(output.text.contains("out/artifacts-C/tiny\n"), "\(output.text)")
      #expect(
        output.text.contains(
          "first unit that differs in leg C: build script of tiny 0.1.0 (run): "),
        "\(output.text)")
      let out = try names("\(scene.path)/out")
      #expect(out.contains("artifacts-C") && !out.contains("artifacts-B"))
      let record = try scene.json("record.json")
      #expect(record["verdict"]?["legs"]?.arrayValue == ["C"])
      #expect(record["artifacts"]?[0]?["differingLegs"]?.arrayValue == ["C"])
      #expect(record["blame"]?["legs"]?.arrayValue == ["A", "C"])
      // Leg C's values are those of leg B with its seed.
      let seed = try #require(record["legs"]?[2]?["seed"]?.integerValue)
      let again = try scene.build(project, ["--vary", "hostname", "--seed", "\(seed)"])
      #expect(again.status == 1)
      #expect(try names("\(scene.path)/out").contains("artifacts-B"))
    }

    @Test(arguments: ["parallel", "sequential"])
    func aLegThatFailsIsNamed(_ schedule: String) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(
        edit: Self.knowsTwoHosts.replacing("KNOWN\n", with: "assert!(known);\n"))
      let output = try scene.build(project, ["--legs", "3", "--schedule", schedule])
      #expect(output.status == 4)
      #expect(output.errorText.contains("building leg C: cargo ended with status 101"))
      #expect(
        output.errorText.contains(
          "note: legs A, B were built; build script of tiny 0.1.0 (run) fails with host name alone"),
        "\(output.errorText)")
    }

    @Test func aProjectThatIsWrongIsNotBuiltInEveryLeg() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject(edit: "echo 'fn main() { wrong' > src/main.rs")
      let output = try scene.build(project, ["--legs", "5"])
      #expect(output.status == 4)
      #expect(output.errorText.contains("error: building leg A: "), "\(output.errorText)")
      #expect(!output.errorText.contains("leg C: started"), "\(output.errorText)")
    }

    @Test func aSeedGivesOnePlan() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      func plan(_ options: [String]) throws -> String {
        try scene.cupel(["plan", project] + options).text
      }
      let seeded = try plan(["--seed", "5", "--legs", "3"])
      #expect(seeded.contains("\"seed\": 5") && seeded.contains("\"seed\": 6"))
      #expect(try plan(["--seed", "5", "--legs", "3"]) == seeded)
      #expect(try plan(["--seed", "6", "--legs", "3"]) != seeded)
      #expect(try !plan([]).contains("\"name\": \"C\""))
      try scene.shell(
        "printf 'schema = 1\\n[legs]\\nseed = 5\\ncount = 3\\n' > tiny/cupel.toml")
      #expect(try plan([]).contains("\"seed\": 6"))
    }

    @Test(arguments: [
      (["--legs", "1"], "the number of legs is 1"), (["--legs", "9"], "the number of legs is 9"),
      (["--seed", "9007199254740991"], "the seed 9007199254740991 is too large"),
      (["--seed", "-1"], "--seed"), (["--once", "--legs", "2"], "--once builds leg A only"),
      (["--legs", "parallel"], "--legs"), (["--schedule", "2"], "--schedule"),
    ])
    func badNumbersAreRefused(_ options: [String], _ words: String) throws {
      let scene = try Scene(Person.all[0])
      let output = try scene.build(try scene.layOutTinyProject(), options)
      #expect(output.status == 2)
      #expect(output.errorText.contains(words), "\(output.errorText)")
    }
  }
}
