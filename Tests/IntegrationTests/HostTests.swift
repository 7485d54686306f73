import Linux
import Reading
import Testing

extension Integration {
  /// Hosts that refuse something, made here as far as an ordinary user namespace can make them.
  @Suite struct HostTests {
    /// Runs a script as root of a user namespace of its own, with a mount and a process namespace
    /// and their /proc, as in a rootless container. `$1` is cupel.
    private func nested(
      _ scene: borrowing Scene, _ script: String, environment: [(name: String, value: String)] = []
    ) throws -> Command.Output {
      try Command(
        scene.person.prefix + [
          "unshare", "--user", "--map-root-user", "--mount", "--pid", "--fork", "--mount-proc",
          "sh", "-c", script, "sh", try scene.person.executable,
        ], environment: try scene.environment + environment, directory: scene.path, timeout: 120
      ).run()
    }

    private func findings(_ output: Command.Output) throws -> [String: JSON] {
      let survey = try JSON(parsing: output.standardOutput, file: "doctor")
      var findings: [String: JSON] = [:]
      for finding in survey["findings"]?.arrayValue ?? [] {
        findings[finding["name"]?.stringValue ?? ""] = finding
      }
      #expect(survey["can_build"]?.boolValue == (output.status == 0))
      return findings
    }

    @Test(arguments: Person.all) func runsInsideAUserNamespace(_ person: Person) throws {
      let scene = try Scene(person)
      let output = try nested(scene, "\"$1\" run --rootfs host -- sh -c 'id -u; exit 3'")
      #expect(output.text == "1000\n", "\(output.errorText)")
      #expect(output.status == 3)
    }

    /// As container engines mask it. Binding the outer /proc instead would show the processes
    /// outside, so that cupel refuses and says why.
    @Test(arguments: Person.all) func aMaskedProcIsRefusedAndNamed(_ person: Person) throws {
      let scene = try Scene(person)
      let mask = "mount --bind /dev/null /proc/keys && "
      let run = try nested(scene, mask + "\"$1\" run --rootfs host -- true")
      #expect(run.status == 5)
      #expect(run.errorText.contains("setting up /proc"), "\(run.errorText)")
      #expect(run.errorText.contains("cupel doctor"), "\(run.errorText)")
      let doctor = try nested(scene, mask + "exec \"$1\" doctor --json")
      #expect(doctor.status == 5)
      let proc = try #require(try findings(doctor)["proc"])
      #expect(proc["status"] == "missing")
      #expect(proc["fact"]?.stringValue?.contains("/proc/keys") == true)
      #expect(proc["remedy"]?.stringValue?.contains("systempaths=unconfined") == true)
    }

    @Test(arguments: Person.all) func forbiddenUserNamespacesAreNamed(_ person: Person) throws {
      let scene = try Scene(person)
      let forbid = "echo 0 >/proc/sys/user/max_user_namespaces && "
      #expect(try nested(scene, forbid + "\"$1\" run --rootfs host -- true").status == 5)
      let doctor = try nested(scene, forbid + "exec \"$1\" doctor --json")
      #expect(doctor.status == 5)
      let finding = try #require(try findings(doctor)["user-namespaces"])
      #expect(finding["status"] == "missing")
      #expect(finding["remedy"]?.stringValue?.contains("user.max_user_namespaces") == true)
    }

    /// clone3 does not exist and no new user namespace is allowed: Docker's default filter.
    @Test(arguments: Person.all) func aFilterAroundCupelIsNamed(_ person: Person) throws {
      let scene = try Scene(person)
      let program = """
        import ctypes, os, sys
        seccomp = ctypes.CDLL("libseccomp.so.2")
        seccomp.seccomp_init.restype = ctypes.c_void_p
        filter = ctypes.c_void_p(seccomp.seccomp_init(0x7fff0000))
        for name, error in (b"clone3", 38), (b"unshare", 1):
          call = seccomp.seccomp_syscall_resolve_name(name)
          assert seccomp.seccomp_rule_add(filter, 0x50000 | error, call, 0) == 0
        assert seccomp.seccomp_load(filter) == 0
        os.execv(sys.argv[1], sys.argv[1:])
        """
      func filtered(_ arguments: [String]) throws -> Command.Output {
        try Command(
          person.prefix + ["python3", "-c", program, try person.executable] + arguments,
          environment: try scene.environment, directory: scene.path, timeout: 60
        ).run()
      }
      #expect(try filtered(["run", "--rootfs", "host", "--", "true"]).status == 5)
      let doctor = try filtered(["doctor", "--json"])
      #expect(doctor.status == 5)
      let finding = try #require(try findings(doctor)["user-namespaces"])
      #expect(finding["fact"]?.stringValue?.contains("function not implemented") == true)
      #expect(finding["remedy"]?.stringValue?.contains("seccomp=unconfined") == true)
    }

    @Test(arguments: Person.all) func aReadOnlyHomeIsNamed(_ person: Person) throws {
      let scene = try Scene(person)
      let script = """
        mount --bind home home && mount -o remount,bind,ro home && unset CUPEL_STORE \
        && exec "$1" doctor --json
        """
      let doctor = try nested(scene, script)
      #expect(doctor.status == 5)
      let finding = try #require(try findings(doctor)["store"])
      #expect(finding["status"] == "missing")
      #expect(finding["fact"]?.stringValue?.contains("read-only") == true, "\(finding)")
      #expect(finding["remedy"]?.stringValue?.contains("CUPEL_STORE") == true)
    }

    // MARK: Canaries

    /// Nothing that can be read inside, by any way, holds what the runner's environment holds.
    @Test(arguments: Person.all) func secretsOfTheRunnerAreNowhere(_ person: Person) throws {
      let scene = try Scene(person)
      let names = [
        "AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "SSH_AUTH_SOCK", "CARGO_REGISTRY_TOKEN", "HOME",
      ]
      // What is searched for must not stand in the command itself: it is given backwards.
      let mark = "canary-\(scene.mark)"
      let output = try Command(
        try scene.commandLine(
          scene.runArguments(
            ["/usr/bin/python3", "-c", Self.search, String(mark.reversed())],
            options: ["--rootfs", "host"])),
        environment: [("PATH", "/usr/bin:/bin"), ("TMPDIR", "\(scene.path)/tmp")]
          + names.map { ($0, "/\(mark)-\($0)") },
        directory: scene.path, timeout: 120
      ).run()
      #expect(output.status == 0, "\(output.errorText)")
      let report = try JSON(parsing: output.standardOutput, file: "search")
      #expect(report["found"] == .array([]))
      // That it really looked: its own environment, other processes, the files of folders.
      #expect(report["control"]?.boolValue == true)
      #expect((report["files"]?.integerValue ?? 0) > 300, "\(report)")
    }

    /// Reads everything below / that is not the host's /usr; what blocks or never ends, in part.
    private static let search = """
      import json, os, stat, subprocess, sys
      mark = sys.argv[1][::-1].encode()
      found, files, control = [], 0, False
      child = subprocess.Popen(["sleep", "60"], env={"CONTROL": "control-" + "canary"})
      def look(path):
        global files, control
        try:
          fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        except OSError:
          return
        try:
          data = b""
          while len(data) < 1 << 22:
            part = os.read(fd, 1 << 16)
            if not part: break
            data += part
          files += 1
        except OSError:
          files += 1
        finally:
          os.close(fd)
        if mark in data: found.append(path)
        if b"control-" + b"canary" in data: control = True
      for folder, folders, names in os.walk("/"):
        if folder == "/":
          folders[:] = [f for f in folders if f not in ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32")]
        # A thread has all that its process has.
        folders[:] = [f for f in folders if not (f == "task" and folder.startswith("/proc/"))]
        for name in names:
          path = os.path.join(folder, name)
          if folder.startswith("/dev"): continue
          # Its own argument, backwards, is no find; a link's text may be one.
          try:
            if os.path.islink(path) and mark in os.readlink(path).encode(): found.append(path)
          except OSError: pass
          look(path)
      for name, value in os.environ.items():
        if mark in (name + value).encode(): found.append("environment " + name)
      for number in range(0, 1024):
        try: kind = os.fstat(number)
        except OSError: continue
        if number > 2: found.append("descriptor %d" % number)
      child.kill()
      print(json.dumps({"found": found, "files": files, "control": control}))
      """
  }
}
