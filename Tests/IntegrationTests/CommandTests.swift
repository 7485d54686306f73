import Linux
import Reading
import Testing

extension Integration {
  /// The commands beside `run` and `build`, and what all of them share.
  @Suite struct CommandTests {
    @Test func saysItsVersionAndHelp() throws {
      let scene = try Scene(Person.all[0])
      let version = try scene.cupel(["--version"])
      #expect(version.status == 0)
      #expect(version.text.split(separator: ".").count == 3)
      for command in [[], ["build"], ["plan"], ["run"], ["lock"], ["fetch"], ["store"], ["doctor"]]
      {
        let help = try scene.cupel(command + ["--help"])
        #expect(help.status == 0)
        #expect(help.text.contains("USAGE: cupel"))
        #expect(help.errorText == "")
      }
    }

    @Test(arguments: Person.all) func doctorFindsThisHostGoodEnough(_ person: Person) throws {
      let scene = try Scene(person)
      let output = try scene.cupel(["doctor"])
      #expect(output.status == 0, "\(output.text)\(output.errorText)")
      let findings = try JSON(
        parsing: try scene.cupel(["doctor", "--json"]).standardOutput, file: "cupel doctor --json")
      #expect(findings["can_build"] == true)
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func theStoreHoldsWhatItSays(_ person: Person) throws {
      let scene = try Scene(person)
      let list = try scene.cupel(["store", "ls"]).text.split(separator: "\n")
      let rootfs = try #require(list.first { $0.hasSuffix("rootfs/debian-bookworm-rust") })
      let digest = String(rootfs.prefix { $0 != " " })
      let verified = try scene.cupel(["store", "verify", digest])
      #expect(verified.status == 0, "\(verified.errorText)")
      #expect(verified.text == "\(digest)  ok\n")
    }

    @Test func aTreeThatChangedIsFound() throws {
      let scene = try Scene(Person.all[0])
      let own = ["env", "CUPEL_STORE=\(scene.path)/store", Checkout.executable, "store"]
      let project = try scene.layOutTinyProject()
      // Staging needs no rootfs; the build then says that it is missing.
      let build = try Command(
        ["env", "CUPEL_STORE=\(scene.path)/store", Checkout.executable, "build", project],
        environment: try scene.environment, directory: scene.path, timeout: 60
      ).run()
      #expect(build.status == 2, "\(build.errorText)")
      #expect(build.errorText.contains("hint: run `cupel fetch`"), "\(build.errorText)")
      #expect(!FileSystem.exists("\(scene.path)/cupel-out"))
      let collected = try Command(
        own + ["gc"], environment: try scene.environment, timeout: 60
      ).runChecked()
      #expect(collected.text.hasPrefix("removed "))
    }
  }
}
