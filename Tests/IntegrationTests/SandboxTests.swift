import Linux
import Reading
import Testing

extension Integration {
  /// What a program finds when it looks around in the sandbox, and what it cannot do.
  @Suite struct SandboxTests {
    @Test(arguments: Person.all) func hasNoPrivileges(_ person: Person) throws {
      let scene = try Scene(person)
      let status = try scene.run(["cat", "/proc/self/status"]).text
      var fields: [Substring: String] = [:]
      for line in status.split(separator: "\n") {
        let parts = line.split(separator: ":", maxSplits: 1)
        fields[parts[0]] = String(parts[1].drop { $0 == "\t" || $0 == " " })
      }
      for name in ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"] {
        #expect(fields[Substring(name)] == "0000000000000000", "\(name)")
      }
      #expect(fields["NoNewPrivs"] == "1")
      #expect(fields["Seccomp"] == "2")
      #expect(fields["Uid"] == "1000\t1000\t1000\t1000")
      #expect(fields["Gid"] == "1000\t1000\t1000\t1000")
      #expect(fields["SigBlk"] == "0000000000000000")
      #expect(fields["SigIgn"] == "0000000000000000")
    }

    @Test(arguments: Person.all) func mapsOneUnprivilegedUser(_ person: Person) throws {
      let scene = try Scene(person)
      for file in ["uid_map", "gid_map"] {
        let map = try scene.run(["cat", "/proc/self/\(file)"]).text
        let fields = map.split { $0 == " " || $0 == "\n" }
        #expect(fields.count == 3)
        #expect(fields.first == "1000")
        #expect(fields.last == "1")
        #expect(fields.count == 3 && fields[1] != "0")
      }
    }

    @Test(arguments: Person.all) func keepsGroupsOut(_ person: Person) throws {
      let scene = try Scene(person)
      #expect(try scene.run(["id", "-G"]).text == "1000\n")
    }

    @Test(
      arguments: Person.all,
      [
        "touch /x", "touch /usr/x", "touch /etc/x", "touch /usr/bin/x", "touch /dev/x",
        "echo x > /etc/passwd", "echo x > /proc/sys/kernel/hostname", "mkdir /proc/x",
        "echo x > /proc/sys/vm/drop_caches", "touch /build/in/x", "rm /build/in/file",
        "chmod 777 /usr", "mv /usr/bin/env /usr/bin/env2",
      ])
    func cannotWriteOutsideItsFolders(_ person: Person, _ script: String) throws {
      let scene = try Scene(person)
      try scene.shell("mkdir in; echo x > in/file; chmod 777 in in/file")
      let output = try scene.run(
        ["sh", "-c", script], options: ["--bind", "\(scene.path)/in:/build/in"])
      #expect(output.status != 0)
      #expect(try names("\(scene.path)/in") == ["file"])
    }

    @Test(arguments: Person.all) func canWriteWhereABuildDoes(_ person: Person) throws {
      let scene = try Scene(person)
      try scene.shell("mkdir out; chmod 777 out")
      let output = try scene.run(
        ["sh", "-c", "touch /build/x /tmp/x /build/home/x /build/out/x && echo well"],
        options: ["--bind-rw", "\(scene.path)/out:/build/out"])
      #expect(output.text == "well\n", "\(output.errorText)")
      #expect(try names("\(scene.path)/out") == ["x"])
    }

    @Test(
      arguments: Person.all,
      [
        "/root", "/home", "/var", "/srv", "/opt", "/boot", "/sys", "/etc/shadow", "/etc/apt",
        "/dev/kmsg", "/dev/tty", "/dev/mem", "/dev/shm", "/run/dbus",
      ])
    func hidesTheHost(_ person: Person, _ path: String) throws {
      let scene = try Scene(person)
      #expect(try scene.run(["test", "-e", path], options: ["--rootfs", "host"]).status == 1)
    }

    @Test(arguments: Person.all) func hidesTheRunner(_ person: Person) throws {
      let scene = try Scene(person)
      let output = try scene.run(["sh", "-c", "cat /proc/1/cmdline /proc/*/mountinfo; ls /proc"])
      #expect(!output.text.contains(scene.path), "the host's paths: \(output.text)")
      for script in [
        "cat /proc/1/environ", "cat /proc/1/mem", "ls /proc/1/fd", "cat /proc/1/maps",
        "readlink /proc/1/exe", "readlink /proc/1/root", "readlink /proc/1/cwd",
      ] {
        #expect(try scene.run(["sh", "-c", "\(script)"]).status != 0, "\(script)")
      }
      #expect(try scene.run(["sh", "-c", "kill -9 1; sleep 0.1; echo alive"]).text == "alive\n")
      let numbers = output.text.split(separator: "\n").filter { Int($0) != nil }
      #expect(numbers.count <= 4, "other processes are seen: \(numbers)")
    }

    @Test(
      arguments: Person.all,
      ["/proc/kcore", "/proc/keys", "/proc/timer_list", "/proc/sysrq-trigger", "/proc/key-users"])
    func masksPartsOfProc(_ person: Person, _ path: String) throws {
      let scene = try Scene(person)
      let output = try scene.run(["sh", "-c", "head -c 16 \(path); echo x > \(path)"])
      #expect(output.text == "")
    }

    @Test(
      arguments: Person.all,
      [
        "unshare -U true", "unshare -n true", "mount -t tmpfs x /tmp", "chroot / true",
        "hostname other", "setpriv --reuid=0 true", "umount /proc",
        "mknod /build/null c 1 3", "mknod /build/disk b 8 0", "chown 0:0 /build",
        "touch /build/f; chmod u+s /build/f", "nsenter -t 1 -m true",
      ])
    func refusesPrivilegedCalls(_ person: Person, _ script: String) throws {
      let scene = try Scene(person)
      // The host's tools, for the rootfs has few of them; that they are there is checked too.
      let program = script.split { $0 == " " || $0 == ";" }.map(String.init)[0]
      let options = ["--rootfs", "host"]
      let known = try scene.run(["sh", "-c", "command -v \(program)"], options: options)
      try #require(known.status == 0, "the host has no \(program)")
      #expect(try scene.run(["sh", "-c", script], options: options).status != 0)
    }

    @Test func ignoresSetuidPrograms() throws {
      guard Machine.userID == 0 else { return }
      let scene = try Scene(.root)
      try scene.shell("mkdir in; cp /usr/bin/id in/id; chmod 6755 in/id")
      let output = try scene.run(
        ["/build/in/id"], options: ["--rootfs", "host", "--bind", "\(scene.path)/in:/build/in"])
      #expect(output.text.hasPrefix("uid=1000(build) gid=1000(build) groups=1000(build)"))
      #expect(!output.text.contains("euid"))
    }

    @Test(arguments: Person.all) func hasAHostNameOfItsOwn(_ person: Person) throws {
      let scene = try Scene(person)
      #expect(try scene.run(["uname", "-n"]).text == "localhost\n")
      #expect(try scene.run(["uname", "-n"], options: ["--hostname", "other"]).text == "other\n")
    }

    // MARK: The network

    /// bash connects by itself, and so needs no tool.
    private static let connect = [
      "bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/PORT && echo connected",
    ]

    @Test func aListenerIsReachedWithoutASandbox() throws {
      let scene = try Scene(Person.all[0])
      let end = try scene.harness(["listen"], Self.connect)
      #expect(end["connections"] == 1)
    }

    @Test(arguments: Person.all) func reachesNoListenerOfTheHost(_ person: Person) throws {
      let scene = try Scene(person)
      let end = try scene.harness(
        ["listen"], try scene.commandLine(scene.runArguments(Self.connect)))
      #expect(end["status"] != 0)
      #expect(end["connections"] == 0)
      #expect(end["output"]?.stringValue?.contains("Operation not permitted") == true)
    }

    /// With every socket allowed by the filter and by Landlock, the namespace still has nobody to connect to.
    @Test(arguments: Person.all) func theNamespaceAloneKeepsTheNetworkOut(_ person: Person) throws {
      let scene = try Scene(person)
      try scene.shell("cat > open.toml", input: Self.openProfile)
      let options = ["--sandbox-profile", "\(scene.path)/open.toml"]
      let end = try scene.harness(
        ["listen"], try scene.commandLine(scene.runArguments(Self.connect, options: options)))
      #expect(end["status"] != 0)
      #expect(end["connections"] == 0)
      #expect(end["output"]?.stringValue?.contains("Connection refused") == true, "\(end)")
      let devices = try scene.run(["cat", "/proc/net/dev"], options: options).text
      let named = devices.split(separator: "\n").dropFirst(2)
      #expect(named.count == 1 && named.first?.contains("lo:") == true, "\(devices)")
    }

    private static let openProfile = """
      schema = 1
      name = "open"
      description = "every system call"

      [syscalls]
      default = "allow"
      newest = 452
      unknown = "ENOSYS"

      [devices]
      names = ["null"]
      reason = "a test"

      [landlock]
      tcp = true
      reason = "to see what the namespace holds"

      """

    @Test(arguments: Person.all) func reachesNoSocketOfTheHost(_ person: Person) throws {
      let scene = try Scene(person)
      // An abstract socket belongs to a network namespace, not to a folder.
      let script = """
        import socket, subprocess, sys
        listener = socket.socket(socket.AF_UNIX); listener.bind("\\0cupel-test"); listener.listen()
        listener.settimeout(0.2)
        connect = "import socket; s = socket.socket(socket.AF_UNIX); s.connect('\\\\0cupel-test')"
        print(subprocess.run(sys.argv[1:] + ["/usr/bin/python3", "-c", connect], stderr=subprocess.DEVNULL).returncode)
        """
      try #require(FileSystem.exists("/usr/bin/python3"))
      let line = try scene.commandLine(
        scene.runArguments([], options: ["--rootfs", "host"]))
      let output = try Command(
        ["python3", "-c", script] + line, environment: try scene.environment,
        directory: scene.path, timeout: 60
      ).runChecked()
      #expect(output.text == "1\n")
    }
  }
}
