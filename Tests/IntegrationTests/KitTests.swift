import Linux
import Reading
import Testing

extension Integration {
  /// `cupel kit` and `cupel build --kit` (docs/kit.md): from one store to another that is empty.
  @Suite struct KitTests {
    /// Runs cupel with an empty store of its own.
    private func elsewhere(
      _ scene: borrowing Scene, _ arguments: [String], cpus: String? = nil
    ) throws -> Command.Output {
      let environment = try scene.environment.filter { $0.name != "CUPEL_STORE" }
      let prefix = cpus.map { ["taskset", "--cpu-list", $0] } ?? []
      return try Command(
        prefix + (try scene.commandLine(arguments)),
        environment: environment + [("CUPEL_STORE", "\(scene.path)/elsewhere")],
        directory: scene.path, timeout: 240
      ).run()
    }

    private func published(_ scene: borrowing Scene) throws -> (plan: String, sums: String) {
      let plan = try #require(try scene.json("record.json")["plan"]?.stringValue)
      return (plan, try scene.shell("cat out/SHA256SUMS"))
    }

    @Test(arguments: Person.all) func aKitIsRebuiltInAnEmptyStore(_ person: Person) throws {
      let scene = try Scene(person)
      try TamperingTests.layOut(scene)
      let crates = ["--crates", "\(scene.path)/crates"]
      let first = try scene.build("app", crates)
      try #require(first.status == 0, "\(first.errorText)")
      let before = try published(scene)
      let export = ["kit", "export", "app", "--record", "out"] + crates
      let written = try scene.cupel(export + ["--out", "app.kit"])
      try #require(written.status == 0, "\(written.errorText)")
      let identity = written.text
      // The same again, and as a folder.
      #expect(try scene.cupel(export + ["--out", "again.kit"]).text == identity)
      let folder = try scene.cupel(export + ["--form", "folder", "--out", "app-kit"])
      #expect(folder.text == identity, "\(folder.errorText)")
      try scene.shell(
        "cmp app.kit again.kit; mkdir x; tar -xf app.kit -C x; diff -r x app-kit; rm -r app crates")

      for kit in ["app.kit", "app-kit"] {
        let built = try elsewhere(scene, ["build", "--kit", kit, "--out", "out"])
        try #require(built.status == 0, "\(built.errorText)")
        #expect(built.text.contains("identical: 1 artifact"))
        #expect(built.text.contains("as published: 1 artifact has the SHA-256"), "\(built.text)")
        let after = try published(scene)
        #expect(after == before)
        let record = try scene.json("record.json")
        #expect(record["published"]?["kit"]?.stringValue == String(identity.dropLast()))
        #expect(record["published"]?["result"]?.stringValue == "identical")
        // The archive came with the kit.
        #expect(record["sources"]?["level"]?.stringValue == "archive")
        #expect(try scene.shell("out/artifacts/app") == "7\n")
        try scene.shell("rm -r elsewhere")
      }
      try scene.expectNothingLeft()
    }

    @Test func theRecordedNumberOfCPUsHolds() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      // Written where there is one CPU, built where there are more, and the other way round.
      let count = Machine.allowedCPUs.count
      for (kit, cpus) in [("one.kit", "0"), ("all.kit", nil)] {
        let prefix = cpus.map { ["taskset", "--cpu-list", $0] } ?? []
        let written = try Command(
          prefix + (try scene.commandLine(["kit", "export", project, "--out", kit])),
          environment: try scene.environment, directory: scene.path, timeout: 120
        ).run()
        try #require(written.status == 0, "\(written.errorText)")
      }
      let wide = try elsewhere(scene, ["build", "--kit", "one.kit", "--out", "out"])
      try #require(wide.status == 0, "\(wide.errorText)")
      #expect(try scene.json("plan.json")["legs"]?[0]?["conditions"]?["cpuCount"] == 1)
      #expect(!wide.errorText.contains("this machine has"))
      let narrow = try elsewhere(scene, ["build", "--kit", "all.kit", "--out", "out"], cpus: "0")
      try #require(narrow.status == 0, "\(narrow.errorText)")
      let planned = try scene.json("plan.json")["legs"]?[0]?["conditions"]?["cpuCount"]
      #expect(planned?.integerValue == Int64(count))
      if count > 1 {
        let words = "the plan was made for \(count) CPUs and this machine has 1"
        #expect(narrow.errorText.contains(words), "\(narrow.errorText)")
      }
    }

    @Test func aDifferenceFromWhatWasPublishedIsSaid() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      let first = try scene.build(project, ["--once"])
      try #require(first.status == 0, "\(first.errorText)")
      let digest = try scene.shell("cut -c -64 out/SHA256SUMS").prefix(64)
      try scene.shell("sed -i 's/\(digest)/\(String(repeating: "0", count: 64))/' out/record.json")
      let written = try scene.cupel(
        ["kit", "export", project, "--once", "--record", "out", "--out", "tiny.kit"])
      try #require(written.status == 0, "\(written.errorText)")
      let built = try elsewhere(scene, ["build", "--kit", "tiny.kit", "--out", "out"])
      #expect(built.status == 1, "\(built.errorText)")
      #expect(built.text.contains("not as published: 1 of 1 artifacts"), "\(built.text)")
      #expect(built.text.contains("rebuilt    sha256:\(digest)"))
    }

    @Test func theRootfsIsMadeAgainFromPackages() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      let written = try scene.cupel(
        ["kit", "export", project, "--once", "--rootfs", "packages", "--out", "tiny.kit"])
      try #require(written.status == 0, "\(written.errorText)")
      let imported = try elsewhere(scene, ["kit", "import", "tiny.kit"])
      try #require(imported.status == 0, "\(imported.errorText)")
      #expect(imported.text == written.text)
      let built = try elsewhere(scene, ["build", "--kit", "tiny.kit", "--out", "out"])
      #expect(built.status == 0, "\(built.errorText)")
      // Nothing is known by the recipe's name: a kit does not say what others build with.
      let other = try elsewhere(scene, ["build", project, "--out", "out"])
      #expect(other.status == 2 && other.errorText.contains("it is not in the store"))
    }

    @Test func aKitDoesNotSayWhatTheSandboxAllows() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      try scene.shell(
        "printf 'schema = 1\\nname = \"mine\"\\nextends = \"cargo-build\"\\n' > mine.toml")
      let written = try scene.cupel(
        [
          "kit", "export", project, "--once", "--sandbox-profile", "mine.toml", "--out", "tiny.kit",
        ])
      try #require(written.status == 0, "\(written.errorText)")
      let build = ["build", "--kit", "tiny.kit", "--out", "out"]
      let refused = try elsewhere(scene, build)
      #expect(refused.status == 6, "\(refused.errorText)")
      #expect(try names("\(scene.path)/elsewhere/trees") == [])
      let named = try elsewhere(scene, build + ["--sandbox-profile", "mine.toml"])
      #expect(named.status == 0, "\(named.errorText)")
      let decided = try elsewhere(scene, build + ["--jobs", "1"])
      #expect(decided.status == 2 && decided.errorText.contains("`--jobs` is decided by its plan"))
    }
  }
}
