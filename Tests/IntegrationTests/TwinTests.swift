import Linux
import Reading
import Testing

/// The honest workspace with one line that makes its output depend on what it should not.
struct Twin: Sendable, CustomTestStringConvertible {
  /// What the output depends on.
  let cause: String
  /// The variation that shows it; nil when two builds differ by themselves.
  let variation: String?
  let file: String
  let old: String
  let new: String

  var testDescription: String { cause }

  /// A value that the build script adds to the generated table.
  init(_ cause: String, _ variation: String?, value: String) {
    self.init(
      cause, variation, file: "workspace/app/build.rs", old: "    code += \"];\\n\";\n",
      new: "    code += &format!(\"    (\\\"twin\\\", {:?}),\\n\", format!(\"{:?}\", \(value)));\n")
  }

  init(_ cause: String, _ variation: String?, file: String, old: String, new: String) {
    self.cause = cause
    self.variation = variation
    self.file = file
    self.old = old
    self.new = new
  }

  /// Patches the project.
  func apply(to project: String) throws {
    let path = "\(project)/\(file)"
    let text = String(decoding: try FileSystem.read(path), as: UTF8.self)
    let parts = text.split(separator: old, omittingEmptySubsequences: false)
    guard parts.count == 2 else { throw Obstacle("patching \(path): `\(old)` is not there once") }
    // The value is added before the table's end, which stays.
    let kept = old.contains("];") ? new + old : new
    try FileSystem.write(Array("\(parts[0])\(kept)\(parts[1])".utf8), to: path)
  }

  private static func output(_ program: String, _ argument: String) -> String {
    "std::process::Command::new(\"\(program)\").arg(\"\(argument)\").output().unwrap().stdout"
  }

  static let hundredsOfDays =
    "std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() / 8640000"

  static let varied = [
    Twin(
      "the order of a folder's listing", "readdir", file: "workspace/app/build.rs",
      old: "    paths.sort();\n", new: ""),
    Twin("the host's name", "hostname", value: "fs::read(\"/proc/sys/kernel/hostname\").unwrap()"),
    Twin(
      "the domain's name", "domain", value: "fs::read(\"/proc/sys/kernel/domainname\").unwrap()"),
    Twin("the domain of the host", "domain", value: "fs::read(\"/etc/hosts\").unwrap()"),
    Twin("the user's name", "user", value: "env::var(\"USER\").unwrap()"),
    Twin("the user's number", "user", value: output("id", "-u")),
    Twin("the time zone", "timezone", value: output("date", "+%z")),
    Twin("the locale", "locale", value: "env::var(\"LC_ALL\").unwrap()"),
    Twin(
      "the umask", "umask",
      value:
        "std::os::unix::fs::MetadataExt::mode(&fs::metadata(env::var(\"OUT_DIR\").unwrap()).unwrap())"
    ),
    Twin("the environment", "environment", value: "env::vars().count()"),
    Twin(
      "the size of the environment", "environment",
      value: "env::vars_os().map(|(_, value)| value.len()).sum::<usize>() / 10_000"),
    Twin("the number of jobs", "cpus", value: "env::var(\"NUM_JOBS\").unwrap()"),
    Twin("an address", "aslr", value: "main as fn() as usize"),
    Twin("the kernel's release", "kernel", value: output("uname", "-r")),
    Twin("the home folder", "home", value: "env::var(\"HOME\").unwrap()"),
    Twin("the folder for temporary files", "tmpdir", value: "env::temp_dir()"),
    // Hundreds of days, which change once a year and not while tests run.
    Twin("the day in a build script", "clock", value: "\(hundredsOfDays)"),
    Twin(
      "the day in a proc macro", "clock", file: "workspace/derive/src/lib.rs",
      old: "arrange(names).join(\" \");\n",
      new: "arrange(names).join(\" \") + &(\(hundredsOfDays)).to_string();\n"),
    Twin("the year that date says", "clock", value: output("date", "+%Y")),
    Twin(
      "the time of a source", "mtimes",
      value: "fs::metadata(\"build.rs\").unwrap().modified().unwrap()"),
    Twin(
      "the niceness", "niceness",
      value: "std::process::Command::new(\"nice\").output().unwrap().stdout"),
    Twin(
      "the order of a hash table in a build script", "random",
      value: "(0..64).collect::<std::collections::HashSet<i32>>()"),
    Twin(
      "the order of a hash table in a proc macro", "random", file: "workspace/derive/src/lib.rs",
      old: "Vec<String> {\n    names\n}\n",
      new: """
        Vec<String> {
            let table: std::collections::HashSet<i32> = (0..64).collect();
            names.into_iter().chain(table.iter().map(|number| number.to_string())).collect()
        }

        """),
  ]

  static let random = [
    Twin("the time", nil, value: "std::time::SystemTime::now()"),
    Twin(
      "a random number of a file", nil, value: "fs::read(\"/proc/sys/kernel/random/uuid\").unwrap()"
    ),
  ]
}

extension Integration {
  /// Projects that are not reproducible, each for another reason, must be found out.
  @Suite struct TwinTests {
    @Test(arguments: Twin.varied) func aVariationShowsIt(_ twin: Twin) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject(commits: false)
      try twin.apply(to: project)
      try scene.commit(project)
      let options = ["--bin", "one", "--vary", try #require(twin.variation)]
      try expectDifferent(scene, try scene.build("\(project)/workspace", options))
    }

    @Test(arguments: Twin.random) func twoBuildsShowIt(_ twin: Twin) throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject(commits: false)
      try twin.apply(to: project)
      try scene.commit(project)
      let options = ["--bin", "one", "--vary", "none"]
      try expectDifferent(scene, try scene.build("\(project)/workspace", options))
    }

    /// Without variations, none of those defects shows: it is the variation that finds it.
    @Test func withoutVariationsTheyLookIdentical() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutHonestProject(commits: false)
      for twin in Twin.varied { try twin.apply(to: project) }
      try scene.commit(project)
      let output = try scene.build("\(project)/workspace", ["--bin", "one", "--vary", "none"])
      #expect(output.status == 0, "\(output.text)\(output.errorText)")
    }

    @Test(arguments: Person.all) func allVariationsTogetherShowThem(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutHonestProject(commits: false)
      for twin in Twin.varied { try twin.apply(to: project) }
      try scene.person.own(project)
      try scene.commit(project)
      try expectDifferent(scene, try scene.build("\(project)/workspace", ["--bin", "one"]))
    }

    private func expectDifferent(_ scene: borrowing Scene, _ output: Command.Output) throws {
      try #require(output.status == 1, "\(output.text)\(output.errorText)")
      #expect(output.text.hasPrefix("different: 1 of 1 artifact"), "\(output.text)")
      #expect(output.text.contains("first difference at byte "), "\(output.text)")
      #expect(try scene.json("record.json")["verdict"]?["kind"] == "different")
      #expect(try names("\(scene.path)/out/artifacts") == ["one"])
      #expect(try names("\(scene.path)/out/artifacts-B") == ["one"])
      let compared = try Command(
        ["cmp", "-s", "\(scene.path)/out/artifacts/one", "\(scene.path)/out/artifacts-B/one"],
        timeout: 20
      ).run()
      #expect(compared.status == 1)
      try scene.expectNothingLeft()
    }
  }
}
