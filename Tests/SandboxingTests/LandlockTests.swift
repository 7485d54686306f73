import Failing
import Linux
import Reading
import Testing

@testable import Sandboxing

@Suite struct LandlockTests {
  private static func profile(_ more: String = "") throws -> Profile {
    let text = """
      schema = 1
      name = "p"
      [syscalls]
      default = "allow"
      unknown = "ENOSYS"
      newest = 452
      [devices]
      names = ["null", "zero", "full", "random", "urandom"]
      reason = "r"
      \(more)
      """
    return try Profile(parsing: Array(text.utf8), file: "p.toml")
  }

  private func rules(_ mounts: [Mount], abi: Int = 7) throws -> [String: Landlock.Access] {
    let landlock = try #require(
      Landlock(mounts: mounts, profile: try Self.profile(), abi: abi))
    return Dictionary(uniqueKeysWithValues: landlock.rules.map { ($0.path, $0.access) })
  }

  private let readWrite = Landlock.Access.reading.union(.writing)

  // MARK: The rules

  @Test func onlyWritableMountsCanBeWritten() throws {
    let rules = try rules([
      .directory("/usr"), .bind(source: "/usr", target: "/usr"),
      .directory("/tmp"), .memory(MemoryMount("/tmp", size: 1 << 20)),
      .memory(MemoryMount("/source", size: 1 << 20, contents: "/usr")),
      .bind(source: "/x", target: "/out", isWritable: true),
      .file("/etc/hosts", contents: ""), .proc("/proc"), .mask("/proc/kcore"),
      .file("/dev/null", contents: ""), .device(source: "/dev/null", target: "/dev/null"),
      .device(source: "/dev/zero", target: "/dev/zero"),
    ])
    #expect(
      rules == [
        "/": .reading, "/tmp": readWrite, "/out": readWrite,
        "/dev": [.readFile, .writeFile, .controlDevice],
      ])
  }

  @Test func aLaterMountHidesAnEarlierOne() throws {
    let rules = try rules([
      .memory(MemoryMount("/a", size: 1)), .memory(MemoryMount("/ab", size: 1)),
      .memory(MemoryMount("/b/c", size: 1)), .bind(source: "/x", target: "/a/"),
      .memory(MemoryMount("/b", size: 1)),
    ])
    #expect(rules == ["/": .reading, "/ab": readWrite, "/b": readWrite])
  }

  @Test func noRuleMakesDeviceNodes() throws {
    for access in try rules([.memory(MemoryMount("/a", size: 1))]).values {
      #expect(access.isDisjoint(with: [.makeCharacterDevice, .makeBlockDevice]))
    }
  }

  @Test(arguments: [
    (2, UInt64(0x3fff), UInt64(0), UInt64(0)), (3, 0x7fff, 0, 0), (4, 0x7fff, 3, 0),
    (5, 0xffff, 3, 0), (6, 0xffff, 3, 3), (7, 0xffff, 3, 3), (9, 0xffff, 3, 3),
  ])
  func everyVersionHandlesWhatItKnows(
    abi: Int, files: UInt64, network: UInt64, scopes: UInt64
  ) throws {
    let landlock = try #require(
      Landlock(
        mounts: [.memory(MemoryMount("/a", size: 1))], profile: try Self.profile(), abi: abi))
    #expect(landlock.handled.rawValue == files)
    #expect(landlock.handledNetwork == network)
    #expect(landlock.scopes == scopes)
    #expect(landlock.abi == min(abi, 7))
    for rule in landlock.rules { #expect(rule.access.isSubset(of: landlock.handled)) }
  }

  @Test func versionOneIsOfNoUse() throws {
    for abi in [0, 1] {
      #expect(Landlock(mounts: [], profile: try Self.profile(), abi: abi) == nil)
    }
  }

  @Test func tcpCanBeAllowed() throws {
    let profile = try Self.profile("[landlock]\ntcp = true\nreason = \"r\"")
    #expect(try #require(Landlock(mounts: [], profile: profile, abi: 7)).handledNetwork == 0)
  }

  @Test func aVersionCanBeRequired() throws {
    var sandbox = try Sandbox.ofHost(["/bin/true"])
    sandbox.profile = try Self.profile("[landlock]\nrequire = 7\nreason = \"r\"")
    sandbox.newestLandlock = 5
    let error = try #require(try failure(sandbox))
    guard case .landlock(required: 7, offered: 5) = error else {
      Issue.record("\(error)")
      return
    }
    #expect(error.exitCode == .hostUnsuitable)
    #expect(error.hint != nil)
  }

  /// Version 1 is not made use of, so it satisfies nobody.
  @Test func versionOneSatisfiesNoRequirement() throws {
    var sandbox = try Sandbox.ofHost(["/bin/true"])
    sandbox.profile = try Self.profile("[landlock]\nrequire = 1\nreason = \"r\"")
    #expect(throws: SandboxError.self) { _ = try sandbox.landlock(offered: 1) }
    #expect(try sandbox.landlock(offered: 2)?.abi == 2)
    sandbox.profile = try Self.profile()
    #expect(try sandbox.landlock(offered: 1) == nil)
  }

  // MARK: In force

  /// A rule about a file may hold fewer rights than one about a folder.
  @Test func aSingleFileCanBeWritable() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/f"
    try FileSystem.write(Array("a".utf8), to: path)
    try FileSystem.setPermissions(path, 0o666)
    let run = try Run.shell("echo b >>/data; : >/datum") {
      $0.mounts += [
        .file("/data", contents: ""), .bind(source: path, target: "/data", isWritable: true),
        .file("/datum", contents: ""), .bind(source: path, target: "/datum"),
      ]
    }
    #expect(run.outcome.ending != .exited(0))
    #expect(try FileSystem.read(path) == Array("ab\n".utf8))
  }

  /// What a build does to files, under the rules of every version that this kernel can act out.
  @Test(arguments: 2...7) func buildsCanDoTheirWork(abi: Int) throws {
    try #require(Landlock.offered >= abi, "this kernel offers version \(Landlock.offered)")
    let run = try Run.python(
      """
      import os, socket, subprocess, fcntl
      os.makedirs("/tmp/a/b"); os.makedirs("/tmp/c")
      open("/tmp/a/b/f", "w").write("one")
      os.link("/tmp/a/b/f", "/tmp/c/linked"); os.rename("/tmp/a/b/f", "/tmp/c/moved")
      os.rename("/tmp/a", "/tmp/c/folder")
      open("/tmp/c/moved", "w").close(); os.truncate("/tmp/c/linked", 5)
      os.symlink("moved", "/tmp/c/link"); os.mkfifo("/tmp/fifo")
      s = socket.socket(socket.AF_UNIX); s.bind("/tmp/socket"); s.listen()
      t = socket.socket(socket.AF_UNIX); t.connect("/tmp/socket")
      a = socket.socket(socket.AF_UNIX); a.bind("\\0ours"); a.listen()
      b = socket.socket(socket.AF_UNIX); b.connect("\\0ours")
      open("/dev/null", "w").write("x"); os.isatty(os.open("/dev/null", os.O_RDWR))
      lock = open("/tmp/lock", "w"); fcntl.flock(lock, fcntl.LOCK_EX)
      r, w = os.pipe()
      again = os.open(f"/proc/self/fd/{w}", os.O_WRONLY); os.write(again, b"token")
      os.read(os.open(f"/dev/fd/{r}", os.O_RDONLY), 5)
      open("/tmp/program", "w").write("#!/bin/sh\\nexit 7\\n"); os.chmod("/tmp/program", 0o755)
      print(subprocess.run(["/tmp/program"]).returncode)
      p = subprocess.Popen(["sleep", "60"]); p.terminate(); print(p.wait())
      os.remove("/tmp/c/link"); os.rmdir("/tmp/c/folder/b")
      """
    ) { $0.newestLandlock = abi }
    #expect(run.lines == ["7", "-15"], "\(run.error)")
    #expect(run.outcome.ending == .exited(0), "\(run.error)")
  }

  /// /dev/stdout and /dev/stderr are opened again by name in many scripts, and lead to a file of the
  /// host when the user redirected them.
  @Test func redirectedStreamsCanBeOpenedAgain() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/out"
    do {
      let file = try FileSystem.create(path)
      try FileSystem.setPermissions(path, 0o666)
      var running = try RunningSandbox.start(
        try .ofHost(["/bin/sh", "-c", "echo one >>/dev/stdout; cat </dev/stdin"]),
        streams: .init(output: file.raw, error: -1))
      #expect(try running.wait().ending == .exited(0))
    }
    #expect(try FileSystem.read(path) == Array("one\n".utf8))
  }

  @Test func signalsReachTheProgramFromOutside() throws {
    var running = try RunningSandbox.start(
      try .ofHost(["/bin/sleep", "60"]), streams: .init(output: -1, error: -1))
    running.send(.terminate)
    #expect(try running.wait().ending == .signalled(.terminate))
  }

  @Test func procCannotBeWritten() throws {
    // The kernel would let a process change these of its own.
    let run = try Run.shell(
      "for f in comm oom_score_adj coredump_filter; do echo 1 >/proc/self/$f && echo $f; done")
    #expect(run.output == "")
  }

  @Test func theIsolationSaysWhatHolds() throws {
    var sandbox = try Sandbox.ofHost(["/bin/true"])
    sandbox.newestLandlock = 4
    sandbox.limits.pids = 50
    var running = try RunningSandbox.start(sandbox, streams: .init(output: -1, error: -1))
    let isolation = running.isolation
    #expect(isolation.state(of: "landlock") == "abi-4")
    #expect(isolation.state(of: "process-limit") == "rlimit-of-namespace")
    #expect(isolation.state(of: "memory-limit") == "none")
    #expect(isolation.state(of: "seccomp")?.hasPrefix("filter") == true)
    #expect(isolation.state(of: "nothing") == nil)
    #expect(Set(isolation.layers.map(\.name)).count == isolation.layers.count)
    #expect(try running.wait().ending == .exited(0))
    sandbox.newestLandlock = 1
    var without = try RunningSandbox.start(sandbox, streams: .init(output: -1, error: -1))
    #expect(without.isolation.state(of: "landlock") == "absent")
    #expect(without.isolation.layers.map(\.name) == isolation.layers.map(\.name))
    #expect(try without.wait().ending == .exited(0))
  }
}
