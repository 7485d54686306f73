import Linux
import Reading
import Testing

extension Integration {
  /// Programs that do not want to end, and calls that never return: everything ends in time.
  @Suite struct LifeTests {
    /// What a hostile program does, in Python on the host's /usr. Each writes `ready` first.
    static let stubborn: [(name: String, script: String)] = [
      ("ignores every signal", "[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15, 10, 12)]"),
      (
        "forks twice into a session of its own",
        """
        if os.fork() == 0:
            os.setsid()
            if os.fork() != 0: os._exit(0)
            [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15)]
        """
      ),
      (
        "leaves orphans to init, again and again",
        """
        while True:
            if os.fork() == 0:
                if os.fork() == 0: time.sleep(900)
                os._exit(0)
            os.wait(); time.sleep(0.01)
        """
      ),
      (
        "stops itself and its child",
        """
        if os.fork() == 0: os.kill(os.getpid(), signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGSTOP)
        """
      ),
      (
        "forks as fast as it can",
        """
        while True:
            try: os.fork()
            except OSError: pass
        """
      ),
      (
        "makes threads as fast as it can",
        """
        import threading
        while True:
            try: threading.Thread(target=time.sleep, args=(900,)).start()
            except (RuntimeError, MemoryError): pass
        """
      ),
      (
        "fills the memory",
        """
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        kept = []
        while True:
            try: kept.append(bytearray(8 << 20))
            except MemoryError: pass
        """
      ),
      (
        "fills its folders",
        """
        number = 0
        while True:
            number += 1
            try: open(f"/build/{number}", "wb").write(bytes(8 << 20))
            except (OSError, MemoryError): pass
        """
      ),
      (
        "writes without end",
        """
        while True: os.write(1, b"x" * 65536)
        """
      ),
    ]

    private static func command(_ script: String) -> [String] {
      let start = "import os, signal, time\nos.write(2, b'ready\\n')\n"
      return ["python3", "-c", start + script + "\ntime.sleep(900)"]
    }

    /// Seconds that `body` takes beyond `limit`, the least of a few attempts: the machine may be busy
    /// with other things.
    private func excess(over limit: Double, _ body: () throws -> Void) throws -> Double {
      var least = Double.infinity
      for _ in 0..<3 where least > 1 {
        let start = Machine.monotonicSeconds
        try body()
        least = min(least, Machine.monotonicSeconds - start - limit)
      }
      return least
    }

    private static let limits = ["--rootfs", "host", "--pids", "200", "--memory", "400M"]

    @Test(arguments: Person.all, stubborn.indices)
    func isGoneASecondAfterTheTimeout(_ person: Person, _ index: Int) throws {
      let scene = try Scene(person)
      let (name, script) = Self.stubborn[index]
      let excess = try excess(over: 1) {
        let output = try scene.run(
          Self.command(script), options: Self.limits + ["--timeout", "1s"], timeout: 60)
        // The memory may be full, and everything killed, before the second is over.
        #expect(output.status == 7, "\(name): \(output.errorText)")
        try scene.expectNothingLeft()
      }
      #expect(excess < 1, "\(name)")
    }

    @Test(arguments: Person.all, stubborn.indices)
    func isGoneASecondAfterTheThirdInterrupt(_ person: Person, _ index: Int) throws {
      let (name, script) = Self.stubborn[index]
      let scene = try Scene(person)
      let line = try scene.commandLine(
        scene.runArguments(Self.command(script), options: Self.limits))
      let end = try scene.harness(["signal", "INT", "ready", "20", "3"], line)
      #expect(end["sawWord"] == true, "\(name)")
      #expect(try #require(end["milliseconds"]?.integerValue) < 5000, "\(name)")
      try scene.expectNothingLeft()
    }

    /// A build script that ignores signals, has a daemon and forks without end.
    private func layOutStubbornProject(_ scene: borrowing Scene) throws -> String {
      try scene.layOutTinyProject(
        edit: TroubledProject.script(
          """
          sh("trap '' TERM INT HUP; (trap '' TERM INT HUP; setsid sleep 900 &) ; \
          bomb() { bomb | bomb & }; bomb; echo forking; : \(scene.mark); \
          while :; do sleep 900; done");
          """))
    }

    /// In a build the first interrupt is enough.
    @Test(arguments: Person.all) func aBuildIsGoneASecondAfterTheInterrupt(
      _ person: Person
    ) throws {
      let scene = try Scene(person)
      let project = try layOutStubbornProject(scene)
      let line = try scene.commandLine([
        "build", project, "--out", "\(scene.path)/out", "-v", "--pids", "100", "--", "-vv",
      ])
      // Cargo tells what build scripts print as it comes.
      let end = try scene.harness(["signal", "INT", "] forking", "60"], line)
      #expect(end["sawWord"] == true, "\(end)")
      #expect(end["status"] == 130, "\(end)")
      #expect(try #require(end["milliseconds"]?.integerValue) < 5000)
      #expect(!FileSystem.exists("\(scene.path)/out"))
      try scene.expectNothingLeft()
    }

    @Test(arguments: Person.all) func aBuildIsGoneASecondAfterTheTimeout(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try layOutStubbornProject(scene)
      let excess = try excess(over: 4) {
        let output = try scene.build(project, ["--pids", "100", "--timeout", "4s"])
        #expect(output.status == 7, "\(output.errorText)")
        try scene.expectNothingLeft()
      }
      #expect(excess < 1)
    }

    /// The sandbox's first process is stopped from outside while it mounts, as if a file system did
    /// not answer.
    @Test(arguments: Person.all) func aSandboxThatIsNeverReadyIsGivenUp(_ person: Person) throws {
      let scene = try Scene(person)
      for _ in 0..<2 {
        let line = try scene.commandLine(
          scene.runArguments(["sleep", "900"], options: ["--timeout", "2s"]))
        let end = try scene.harness(["stop"], line)
        #expect(end["status"] == 7, "\(end)")
        #expect(try #require(end["milliseconds"]?.integerValue) < 8000)
        try scene.expectNothingLeft()
      }
    }

    // MARK: After a crash

    /// What a crash of the host may have left, made by hand; a run that lives keeps its own.
    @Test(arguments: Person.all) func remnantsAreRemovedByTheNextBuild(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      let drafts = "\(try person.store)/drafts"
      let mark = scene.mark
      try scene.shell(
        """
        mkdir -p .out.new-empty .out.new-early .out.new-half/contents/legs/A .out.new-gone/contents
        mkdir -p .out.new-live/contents
        touch .out.new-early/lock .out.new-half/lock .out.new-half/contents/legs/A/log
        mkdir -p "$1/draft-$2/contents/deep" "$1/draft-$2-old/tree"
        touch "$1/draft-$2/lock" "$1/draft-$2/contents/deep/file"
        chmod 0 "$1/draft-$2/contents/deep"
        flock --no-fork .out.new-live/lock sleep 900 < /dev/null > /dev/null 2>&1 & echo $! > flock
        while flock --nonblock .out.new-live/lock true; do sleep 0.05; done
        """, [drafts, mark])
      let output = try scene.build(project, ["--once"])
      #expect(output.status == 0, "\(output.errorText)")
      #expect(try names(drafts).filter { $0.contains(mark) } == [])
      #expect(try names(scene.path).filter { $0.hasPrefix(".") } == [".out.new-live"])
      try scene.shell("kill -9 $(cat flock)")
      #expect(try scene.build(project, ["--once"]).status == 0)
      try scene.expectNothingLeft()
    }

    // MARK: Before the build begins

    /// A git that never ends.
    @Test(arguments: Person.all, ["INT", "TERM", "HUP"])
    func anInterruptEndsStaging(_ person: Person, _ name: String) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      try scene.shell(
        """
        mkdir bin
        printf '#!/bin/sh\\necho asked >&2; echo x > "$0.asked"; : \(scene.mark); sleep 900\\n' > bin/git
        chmod 755 bin/git
        """)
      let line =
        ["env", "PATH=\(scene.path)/bin:/usr/bin:/bin"]
        + (try scene.commandLine(["build", project, "--out", "\(scene.path)/out"]))
      let end = try scene.harness(["signal", name, "", "1"], line)
      #expect(FileSystem.exists("\(scene.path)/bin/git.asked"))
      #expect(end["status"] == 130, "\(end)")
      #expect(end["output"]?.stringValue?.contains("interrupted") == true, "\(end)")
      #expect(try #require(end["milliseconds"]?.integerValue) < 2000, "\(end)")
      try scene.expectNothingLeft()
    }

    /// Killed meanwhile, the runner takes git along.
    @Test(arguments: Person.all) func nothingOfStagingOutlivesTheRunner(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject()
      try scene.shell(
        """
        mkdir bin
        printf '#!/bin/sh\\nexec sleep 900 # \(scene.mark)\\n' > bin/git
        chmod 755 bin/git
        """)
      let line =
        ["env", "PATH=\(scene.path)/bin:/usr/bin:/bin", "MARK=\(scene.mark)"]
        + (try scene.commandLine(["build", project, "--out", "\(scene.path)/out"]))
      let end = try scene.harness(["signal", "KILL", "", "1"], line)
      #expect(end["status"] == 137)
      try scene.shell("rm -r bin")
      #expect(try scene.build(project, ["--once"]).status == 0)
      try scene.expectNothingLeft()
    }

    /// A call that no signal reaches, here the opening of a fifo, ends after the grace.
    @Test(arguments: Person.all) func whatHangsIsEndedAfterAGrace(_ person: Person) throws {
      let scene = try Scene(person)
      let project = try scene.layOutTinyProject(edit: "mkfifo cupel.toml")
      let line = try scene.commandLine(["build", project, "--out", "\(scene.path)/out"])
      let end = try scene.harness(["signal", "INT", "", "0.5"], line)
      #expect(end["status"] == 130, "\(end)")
      #expect(try #require(end["milliseconds"]?.integerValue) < 10000)
    }
  }
}
