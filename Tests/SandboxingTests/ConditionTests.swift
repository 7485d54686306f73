import Linux
import Sandboxing
import Testing

/// What programs see of who and where they are.
@Suite struct ConditionTests {
  @Test func theIdentityIsTheOneAskedFor() throws {
    let run = try Run.shell("id -u; id -g; id -G; id -un; id -gn") {
      $0.identity = Identity(userName: "build", uid: 1000, gid: 1000)
    }
    #expect(run.lines[..<2] == ["1000", "1000"])
    #expect(run.lines[3...] == ["build", "build"])
    if Machine.userID == 0 { #expect(run.lines[2] == "1000") }
  }

  @Test func anotherIdentityIsSeenInsideOnly() throws {
    let identity = Identity(
      userName: "other", uid: 4711, gid: 4712,
      outsideWhenRoot: Identity.firstOutside + 1)
    var sandbox = try Sandbox.ofHost(["/bin/sh", "-c", "id -u; id -g; cat /proc/self/uid_map"])
    sandbox.identity = identity
    let run = try Run(sandbox)
    #expect(run.lines[..<2] == ["4711", "4712"])
    let map = run.lines[2].split(separator: " ")
    #expect(map.first == "4711")
    #expect(map.last == "1")
  }

  @Test func theHostNameIsTheOneAskedFor() throws {
    let run = try Run.python("import os\nprint(os.uname().nodename)") { $0.hostname = "elsewhere" }
    #expect(run.lines == ["elsewhere"])
    let domain = try Run.shell("cat /proc/sys/kernel/domainname")
    #expect(domain.lines == ["(none)"])
  }

  @Test func theDomainNameIsTheOneAskedFor() throws {
    let program = """
      import ctypes, socket
      name = ctypes.create_string_buffer(65)
      ctypes.CDLL(None).getdomainname(name, 65)
      print(name.value.decode())
      print(socket.getfqdn())
      """
    var sandbox = try Sandbox.ofHost(["/usr/bin/python3", "-c", program])
    #expect(try Run(sandbox).lines.first == "(none)")
    sandbox.domain = "there.example"
    sandbox.mounts = try Skeleton.mounts(
      rootfs: .host, identity: Identity(), hostname: "cupel-test", domain: "there.example",
      profile: sandbox.profile)
    #expect(try Run(sandbox).lines == ["there.example", "cupel-test.there.example"])
  }

  /// Only what uname(2) says: the kernel is the same.
  @Test func theKernelCanSeemOld() throws {
    let script = "uname -r; cat /proc/sys/kernel/osrelease"
    let plain = try Run.shell(script)
    #expect(plain.lines.count == 2 && plain.lines[0] == plain.lines[1])
    let old = try Run.shell(script) { $0.reportsOldKernel = true }
    #expect(old.lines.first?.hasPrefix("2.6.") == true, "\(old.lines)")
    #expect(old.lines.last == plain.lines.last)
    for randomized in [false, true] {
      let run = try Run.shell("cat /proc/self/personality") {
        $0.reportsOldKernel = true
        $0.randomizesAddresses = randomized
      }
      #expect(run.lines == [randomized ? "00020000" : "00060000"])
    }
  }

  @Test func theNicenessIsAddedToTheRunners() throws {
    let own = try #require(Int(try Run.shell("nice").lines.first ?? ""))
    let run = try Run.shell("nice; sh -c nice") { $0.niceness = 3 }
    #expect(run.lines == Array(repeating: String(min(own + 3, 19)), count: 2))
  }

  @Test func theEnvironmentIsExactlyTheOneGiven() throws {
    var sandbox = try Sandbox.ofHost(["/usr/bin/env"])
    sandbox.environment = [("B", "2"), ("A", "with space = and sign"), ("EMPTY", "")]
    #expect(try Run(sandbox).lines == ["B=2", "A=with space = and sign", "EMPTY="])
  }

  @Test func argumentsPassUnchanged() throws {
    let run = try Run(
      try .ofHost(["/usr/bin/printf", "%s|", "", "a b", "*", "\n", "é"]))
    #expect(run.output == "|a b|*|\n|é|")
  }

  @Test func theWorkingFolderIsTheOneAskedFor() throws {
    #expect(try Run.shell("pwd") { $0.directory = "/usr/lib" }.lines == ["/usr/lib"])
  }

  @Test func cpusAreTheOnesGiven() throws {
    let last = try #require(Machine.allowedCPUs.last)
    let run = try Run.shell("nproc; grep Cpus_allowed_list /proc/self/status") { $0.cpus = [last] }
    #expect(run.lines == ["1", "Cpus_allowed_list:\t\(last)"])
  }

  @Test func addressesAreFixedOrRandomAsAsked() throws {
    func maps(randomized: Bool) throws -> String {
      var sandbox = try Sandbox.ofHost(["/bin/cat", "/proc/self/maps"])
      sandbox.randomizesAddresses = randomized
      let run = try Run(sandbox)
      // Mappings with the names of files: those of the kernel's own pages may move.
      return run.lines.filter { $0.contains("/usr/") }.joined(separator: "\n")
    }
    let fixed = try maps(randomized: false)
    #expect(!fixed.isEmpty)
    #expect(try maps(randomized: false) == fixed)
    #expect(try maps(randomized: true) != maps(randomized: true))
  }

  @Test(arguments: [(UInt32(0o022), "644 755"), (0o027, "640 750"), (0, "666 777")])
  func theUmaskIsTheOneAskedFor(umask: UInt32, permissions: String) throws {
    let run = try Run.shell(": >/tmp/f; mkdir /tmp/d; echo $(stat -c %a /tmp/f /tmp/d)") {
      $0.umask = umask
    }
    #expect(run.lines == [permissions])
  }

  @Test func standardInputIsEmptyUnlessGiven() throws {
    #expect(try Run.shell("cat; echo end").lines == ["end"])
  }

  @Test func signalsAreNeitherBlockedNorIgnored() throws {
    let run = try Run.shell("cat /proc/self/status")
    let masks = run.lines.filter { ["SigBlk:", "SigIgn:", "SigCgt:"].contains($0.prefix(7)) }
    #expect(masks.count == 3)
    for line in masks { #expect(line.hasSuffix("\t0000000000000000"), "\(line)") }
  }
}
