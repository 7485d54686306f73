import Linux
import Reading
import Testing

extension Integration {
  /// `cupel build` of packages that call home, while somebody listens there.
  @Suite struct HostileTests {
    /// What is tried in the workspace but for `evil-fatal`; PORT is the listener's.
    private static let attempts = [
      "build script of evil-sys 0.3.1 tried connect(AF_INET, 127.0.0.1:PORT): refused",
      "bash, run by the build script of evil-child 0.6.0, tried connect(AF_INET, 127.0.0.1:PORT): refused",
      "bash, which claims to be the build script of serde 1.0.0, tried connect(AF_INET, 127.0.0.1:PORT): refused",
      "proc macro of evil-macro 0.2.0 (while compiling app) tried connect(AF_INET, 127.0.0.1:PORT): refused",
    ]

    /// What happened, and the port that the listener had.
    private struct End {
      let status: Int64?
      let output: String
      let port: String

      /// A text of `attempts` as it must have been said.
      func expected(_ text: String) -> String { text.replacing("PORT", with: port) }
    }

    /// Builds the workspace. Whatever it tries, the listener must notice nothing.
    private func build(_ scene: borrowing Scene, _ options: [String]) throws -> End {
      let project = "\(scene.path)/hostile"
      try scene.shell("cp -R \"$1/hostile\" \"$2\"", [try scene.person.fixtures, project])
      let line = try scene.commandLine(["build", project, "--out", "\(scene.path)/out"] + options)
      let end = try scene.harness(
        ["listen"],
        ["sh", "-ec", "echo PORT > \"$1/port\"; shift; exec \"$@\"", "sh", project] + line,
        timeout: 240)
      #expect(end["connections"]?.integerValue == 0)
      let port = String(decoding: try FileSystem.read("\(project)/port"), as: UTF8.self)
      return End(
        status: end["status"]?.integerValue, output: end["output"]?.stringValue ?? "",
        port: String(port.filter(\.isNumber)))
    }

    @Test(arguments: Person.all) func whoCallsHomeIsRefusedAndNamed(_ person: Person) throws {
      let scene = try Scene(person)
      let end = try build(scene, ["--workspace", "--", "--exclude", "evil-fatal"])
      #expect(end.status == 6, "\(end.output)")
      for attempt in Self.attempts {
        for leg in ["A", "B"] {
          #expect(end.output.contains("leg \(leg): \(end.expected(attempt))\n"), "\(end.output)")
        }
        #expect(end.output.contains("\n  \(end.expected(attempt))\n"), "\(end.output)")
      }
      #expect(
        end.output.contains("attempts that the sandbox refused (network: refused by policy):\n"))
      #expect(end.output.contains("error: accepting the build: "))
      #expect(end.output.contains("refused, and 3 other attempts\nhint: "))
      try expectRecord(scene, end)
      try scene.expectNothingLeft()
    }

    /// The output is there, and says what it is worth.
    private func expectRecord(_ scene: borrowing Scene, _ end: End) throws {
      #expect(
        try names("\(scene.path)/out/artifacts") == ["app", "evil-child", "evil-exec", "evil-sys"])
      #expect(try scene.shell("out/artifacts/app") == "42\n")
      let record = try scene.json("record.json")
      #expect(record["verdict"]?["kind"]?.stringValue == "identical")
      #expect(record["policy"]?["refused"]?.boolValue == true)
      #expect(record["policy"]?["categories"]?[0]?.stringValue == "network")
      for leg in record["legs"]?.arrayValue ?? [] {
        #expect(leg["denialsReported"]?.boolValue == true)
        #expect(leg["isolation"]?["seccomp"]?.stringValue == "filter-and-listener")
        let denials = leg["denials"]?.arrayValue ?? []
        let told = denials.map { denial in
          ["step", "package", "version", "evidence"].map { denial[$0]?.stringValue ?? "-" }
            .joined(separator: " ")
        }
        #expect(
          told.sorted() == [
            "build-script evil-child 0.6.0 kernel", "build-script evil-sys 0.3.1 kernel",
            "build-script serde 1.0.0 claimed", "proc-macro evil-macro 0.2.0 kernel",
          ])
        for denial in denials {
          #expect(denial["category"]?.stringValue == "network")
          #expect(denial["error"]?.stringValue == "EPERM")
          #expect(denial["call"]?.stringValue == "connect(AF_INET, 127.0.0.1:\(end.port))")
        }
      }
    }

    @Test func aPolicyCanLetAttemptsPass() throws {
      let scene = try Scene(Person.all[0])
      let end = try build(
        scene, ["-p", "evil-sys", "--once", "--deny-is-failure", "none"])
      #expect(end.status == 0, "\(end.output)")
      #expect(end.output.contains("\n  \(end.expected(Self.attempts[0]))\n"), "\(end.output)")
      #expect(!end.output.contains("policy"))
      #expect(try scene.json("record.json")["policy"]?["refused"]?.boolValue == false)
    }

    @Test func theManifestHoldsThePolicyToo() throws {
      let scene = try Scene(Person.all[0])
      let end = try build(scene, ["-p", "evil-sys", "--once", "--deny-is-failure", "mount,exec"])
      #expect(end.status == 0, "\(end.output)")
      try scene.shell(
        "printf 'schema = 1\\nsandbox.deny-is-failure = [\"none\"]\\n' > hostile/cupel.toml")
      #expect(try scene.build("\(scene.path)/hostile", ["-p", "evil-sys", "--once"]).status == 0)
      try scene.shell("sed -i s/none/all/ hostile/cupel.toml")
      #expect(try scene.build("\(scene.path)/hostile", ["-p", "evil-sys", "--once"]).status == 6)
    }

    @Test func aBuildThatFailsForItIsTold() throws {
      let scene = try Scene(Person.all[0])
      let end = try build(scene, ["-p", "evil-fatal", "--once"])
      #expect(end.status == 6)
      #expect(
        end.output.contains(
          """
          error: building leg A: cargo ended with status 101, probably because build script of \
          evil-fatal 0.5.0 tried connect(AF_INET, 127.0.0.1:\(end.port)): refused

          """), "\(end.output)")
      #expect(end.output.contains("failed to run custom build command for `evil-fatal v0.5.0"))
      #expect(!FileSystem.exists("\(scene.path)/out"))
    }

    @Test func aFailureWithAnAttemptOfAnotherKindIsOne() throws {
      let scene = try Scene(Person.all[0])
      let end = try build(scene, ["-p", "evil-fatal", "--once", "--deny-is-failure", "mount"])
      #expect(end.status == 4)
      #expect(
        end.output.contains(
          "\nnote: build script of evil-fatal 0.5.0 tried connect(AF_INET, 127.0.0.1:\(end.port)): "
            + "refused\n"), "\(end.output)")
    }

    @Test func eventsNameTheUnit() throws {
      let scene = try Scene(Person.all[0])
      let end = try build(
        scene, ["-p", "evil-sys", "--once", "--message-format", "json"])
      #expect(end.status == 6)
      let lines = end.output.split(separator: "\n").filter { $0.hasPrefix("{\"event\":\"denial\"") }
      #expect(lines.count == 1)
      let event = try JSON(parsing: Array((lines.first ?? "").utf8), file: "the event")
      #expect(event["leg"]?.stringValue == "A")
      #expect(event["package"]?.stringValue == "evil-sys")
      #expect(event["words"]?.stringValue == end.expected(Self.attempts[0]))
    }

    @Test(arguments: Person.all) func aCommandsAttemptsAreTold(_ person: Person) throws {
      let scene = try Scene(person)
      let command = ["bash", "-c", ": > /dev/tcp/127.0.0.1/PORT; exit 7"]
      for (options, status) in [([], 7), (["--deny-is-failure", "network"], 6)]
        as [([String], Int64)]
      {
        let line = try scene.commandLine(scene.runArguments(command, options: options))
        let end = try scene.harness(["listen"], line)
        #expect(end["connections"]?.integerValue == 0)
        #expect(end["status"]?.integerValue == status)
        let output = end["output"]?.stringValue ?? ""
        #expect(output.contains("note: bash tried connect(AF_INET, 127.0.0.1:"), "\(output)")
        #expect(output.contains("error: running the command: bash tried") == (status == 6))
      }
    }
  }
}
