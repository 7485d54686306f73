import Linux
import Reading
import Testing

extension Integration {
  /// `cupel profile`, and the profiles at work.
  @Suite struct ProfileTests {
    private static let names = ["cargo-build", "strict", "observe", "shell", "fetch"]

    @Test func listsAndShowsWhatIsEmbedded() throws {
      let scene = try Scene(Person.all[0])
      let list = try scene.cupel(["profile", "ls"])
      #expect(list.status == 0)
      #expect(
        list.text.split(separator: "\n").map { String($0.prefix { $0 != " " }) } == Self.names)
      for name in Self.names {
        let words = try scene.cupel(["profile", "show", name])
        #expect(words.status == 0 && words.errorText == "")
        #expect(words.text.hasPrefix("\(name): "))
        let json = try JSON(
          parsing: try scene.cupel(["profile", "show", name, "--json"]).standardOutput, file: name)
        #expect(json["name"]?.stringValue == name)
        let rules = try #require(json["syscalls"]?["rules"]?.arrayValue)
        #expect(rules.allSatisfy { $0["reason"]?.stringValue?.isEmpty == false })
        let check = try scene.cupel(["profile", "check", name])
        #expect(check.status == 0, "\(check.errorText)")
        #expect(check.text.hasPrefix("\(name): \(rules.count) rules, "))
      }
    }

    private func check(_ text: String) throws -> Command.Output {
      let scene = try Scene(Person.all[0])
      try FileSystem.write(Array(text.utf8), to: "\(scene.path)/my.toml")
      return try scene.cupel(["profile", "check", "my.toml"])
    }

    @Test func checksAFile() throws {
      let head = "schema = 1\nname = \"mine\"\nextends = \"cargo-build\"\n"
      let good = try check(
        head + "[[syscalls.rule]]\nnames = [\"sync\"]\naction = \"EPERM\"\nreason = \"slow\"\n")
      #expect(good.status == 0, "\(good.errorText)")
      #expect(good.text.hasPrefix("mine: "))
      let unknownKey = try check(head + "[limit]\n")
      #expect(unknownKey.status == 2)
      #expect(
        unknownKey.errorText.hasPrefix(
          "error: reading my.toml:4:2: unknown key \"limit\" in the file\n"
            + "hint: did you mean \"limits\"?"), "\(unknownKey.errorText)")
      let unknownCall = try check(
        head + "[[syscalls.rule]]\nnames = [\"snyc\"]\naction = \"EPERM\"\nreason = \"slow\"\n")
      #expect(unknownCall.status == 2)
      #expect(
        unknownCall.errorText.hasPrefix(
          "error: reading my.toml:4:1: libseccomp knows no call `snyc`\nhint: "),
        "\(unknownCall.errorText)")
      let contradiction = try check(
        head + "[[syscalls.rule]]\nnames = [\"mount\"]\naction = \"allow\"\nreason = \"r\"\n")
      #expect(contradiction.status == 2)
      #expect(contradiction.errorText.contains("in the profile that this one extends"))
      let values = (0..<4200).map { String(0x1_0000 + $0 * 3) }.joined(separator: ", ")
      let long = try check(
        head + "[[ioctls.rule]]\nrequests = [\(values)]\naction = \"EPERM\"\nreason = \"r\"\n")
      #expect(long.status == 2)
      #expect(long.errorText.contains("instructions, the kernel takes 4096"))
    }

    @Test func comparesTwo() throws {
      let scene = try Scene(Person.all[0])
      let same = try scene.cupel(["profile", "diff", "strict", "strict"])
      #expect(same.status == 0 && same.text == "" && same.errorText == "")
      let shell = try scene.cupel(["profile", "diff", "cargo-build", "shell"])
      #expect(shell.status == 1)
      #expect(shell.text == "devices\n  tty\n    - not\n    + given\n")
      let strict = try scene.cupel(["profile", "diff", "cargo-build", "strict"])
      #expect(strict.status == 1)
      #expect(strict.text.contains("  every other call\n    - allow\n    + EPERM\n"))
      #expect(try scene.cupel(["profile", "diff", "strict", "none"]).status == 2)
    }

    @Test(arguments: Person.all) func strictBuildsAProject(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      let output = try scene.build(project, ["--sandbox-profile", "strict"])
      try #require(output.status == 0, "\(output.errorText)")
      #expect(output.text.contains("identical"))
      try FileSystem.write(
        Array("schema = 1\n[sandbox]\nprofile = \"strict\"\n".utf8), to: "\(project)/cupel.toml")
      let plan = try JSON(
        parsing: try scene.cupel(["plan", project]).standardOutput, file: "plan.json")
      #expect(plan["sandboxProfile"]?["name"] == "strict")
      try scene.expectNothingLeft()
    }

    /// What strict refuses beyond cargo-build, seen from inside.
    @Test(arguments: Person.all) func strictRefuses(_ person: Person) throws {
      let scene = try Scene(person)
      let program = """
        import ctypes, os, socket
        libc = ctypes.CDLL(None, use_errno=True)
        def call(name, number, *arguments):
          ctypes.set_errno(0)
          result = libc.syscall(ctypes.c_long(number), *[ctypes.c_long(a) for a in arguments])
          print(name, ctypes.get_errno() if result == -1 else 0, flush=True)
        call("personality", 135, 0xffffffff)
        call("memfd_create", 319, 0, 0)
        call("inotify_init1", 294, 0)
        call("shmget", 29, 0, 4096, 0o1600)
        call("ioctl", 16, 0, 0x5402, 0)
        call("prctl", 157, 4, 1, 0, 0, 0)
        call("splice", 275, 0, 0, 0, 0, 0, 0)
        server = socket.socket(socket.AF_UNIX)
        try:
          server.bind("/tmp/socket")
          print("bind 0")
        except OSError as error:
          print("bind", error.errno)
        path = ctypes.create_string_buffer(b"/tmp/f")
        call("mkfifo", 133, ctypes.addressof(path), 0o10644, 0)
        call("chmod", 90, ctypes.addressof(path), 0o755)
        call("setuid", 90, ctypes.addressof(path), 0o4755)
        """
      #if arch(x86_64)
        let output = try scene.run(
          ["/usr/bin/python3", "-c", program],
          options: ["--rootfs", "host", "--sandbox-profile", "strict"])
        #expect(output.status == 0, "\(output.errorText)")
        #expect(
          output.text.split(separator: "\n") == [
            "personality 1", "memfd_create 38", "inotify_init1 1", "shmget 1", "ioctl 1", "prctl 1",
            "splice 38", "bind 1", "mkfifo 0", "chmod 0", "setuid 1",
          ])
      #endif
    }

    @Test(arguments: Person.all) func folderSizesAreThoseOfTheProfile(_ person: Person) throws {
      let scene = try Scene(person)
      try FileSystem.write(
        Array(
          """
          schema = 1
          name = "small"
          extends = "cargo-build"
          [writable]
          target = { size = "8M", reason = "to see it" }
          temporary = { size = "50% of target", reason = "to see it" }
          """.utf8), to: "\(scene.path)/small.toml")
      let command = ["df", "--output=size", "-B1M", "/build", "/tmp"]
      func sizes(_ options: [String]) throws -> [String] {
        try scene.run(command, options: ["--sandbox-profile", "small.toml"] + options).text
          .split(separator: "\n").dropFirst().map { String($0.drop { $0 == " " }) }
      }
      #expect(try sizes([]) == ["8", "4"])
      #expect(try sizes(["--target-size", "16M"]) == ["16", "16"])
    }
  }
}
