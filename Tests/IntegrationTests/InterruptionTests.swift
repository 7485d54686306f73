import Linux
import Reading
import Testing

extension Integration {
  /// Builds that are ended from outside, and builds that meet.
  @Suite struct InterruptionTests {
    /// A project whose build script tells that it runs, and then never ends. The scene's mark is
    /// in its command line.
    private func layOutEndlessProject(_ scene: borrowing Scene) throws -> String {
      try scene.layOutTinyProject(
        edit: TroubledProject.script(
          "sh(\"(sleep 900 &); : \(scene.mark); sleep 900\");"))
    }

    @Test(arguments: Person.all, ["INT", "TERM", "HUP"])
    func aSignalEndsABuild(_ person: Person, _ name: String) throws {
      let scene = try Scene(person)
      let project = try layOutEndlessProject(scene)
      let line = try scene.commandLine(["build", project, "--out", "\(scene.path)/out", "-v"])
      let end = try scene.harness(["signal", name, "Compiling tiny", "30"], line)
      #expect(end["sawWord"] == true)
      #expect(end["status"] == 130, "\(end)")
      #expect(try #require(end["milliseconds"]?.integerValue) < 5000)
      #expect(!FileSystem.exists("\(scene.path)/out"))
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func controlCAtAnyMoment(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try layOutEndlessProject(scene)
      let line = try scene.commandLine(["build", project, "--out", "\(scene.path)/out"])
      for seconds in ["0.005", "0.02", "0.05", "0.1", "0.2", "0.4", "0.8", "1.6"] {
        let end = try scene.harness(["signal", "INT", "", seconds], line)
        #expect(end["status"] == 130, "after \(seconds) s: \(end)")
        #expect(try #require(end["milliseconds"]?.integerValue) < 5000)
        #expect(!FileSystem.exists("\(scene.path)/out"))
        try scene.expectNothingLeft()
      }
    }

    /// A build script that differs, and that never ends where it is alone: in the search for its
    /// cause. What an earlier build left stays whole.
    @Test(arguments: Person.all) func controlCEndsTheSearchForACause(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      #expect(try scene.build(project, ["--once"]).status == 0)
      let before = try scene.sums("\(scene.path)/out")
      try scene.shell(
        """
        cd tiny
        cat > build.rs <<'END'
        use std::{env, fs, process::Command};
        fn main() {
            if !fs::exists("/build/target/release/.fingerprint").unwrap() {
                Command::new("sh").args(["-c", ": \(scene.mark); sleep 900"]).status().unwrap();
            }
            let out = env::var("OUT_DIR").unwrap();
            fs::write(format!("{out}/home"), env::var("HOME").unwrap()).unwrap();
        }
        END
        """)
      let line = try scene.commandLine(
        ["build", project, "--out", "\(scene.path)/out", "--cause-time", "10m"])
      for delay in ["0", "0.02", "0.1", "0.5", "2"] {
        let task = ["signal", "INT", "finding the cause", "120", "1", delay]
        let end = try scene.harness(task, line)
        #expect(end["sawWord"] == true)
        #expect(end["status"] == 130, "after \(delay) s: \(end)")
        let milliseconds = try #require(end["milliseconds"]?.integerValue)
        #expect(milliseconds < 1000, "after \(delay) s: \(end)")
        // No verdict, nor a record without a cause.
        #expect(end["output"]?.stringValue?.contains("different:") == false, "\(end)")
        #expect(try scene.sums("\(scene.path)/out") == before)
        try scene.expectNothingLeft()
      }
    }

    @Test(arguments: Person.all) func aKillAtAnyMomentIsCleanedUpAfter(_ person: Person) throws {
      let scene = try Scene(person)
      let endless = try layOutEndlessProject(scene)
      let line = try scene.commandLine(
        ["build", endless, "--out", "\(scene.path)/out", "--memory", "4G"])
      for seconds in ["0.005", "0.02", "0.05", "0.1", "0.2", "0.4", "0.8", "1.6"] {
        let end = try scene.harness(["signal", "KILL", "", seconds], line)
        #expect(end["status"] == 137)
        #expect(!FileSystem.exists("\(scene.path)/out"))
      }
      try scene.shell("echo 'fn main() {}' > tiny/build.rs")
      let output = try scene.build(endless, ["--once", "--memory", "4G"])
      #expect(output.status == 0, "\(output.errorText)")
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func twoBuildsOfOneProjectAtOnce(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      let script = """
        "$@" > first.log 2>&1 & first=$!
        "$@" > second.log 2>&1 & second=$!
        wait $first && wait $second
        """
      let line = [try person.executable, "build", project, "--out", "\(scene.path)/out"]
      try scene.shell(script, line)
      #expect(try scene.shell("cd out; sha256sum -c SHA256SUMS") == "artifacts/tiny: OK\n")
      try scene.expectNothingLeft()
    }
  }
}
