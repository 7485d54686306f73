import Linux
import Reading
import Testing

@testable import Sandboxing

/// What each layer holds alone. Every attempt succeeds in a sandbox without the layers that stop it,
/// and fails as soon as any single one of them is there.
@Suite struct LayerTests {
  /// What stays when an attempt's own layers are taken away: namespaces that the attempts need not
  /// leave.
  private static let base: Layers = [.processNamespace, .ipcNamespace, .timeNamespace]

  /// Runs a Python program that raises OSError when it is refused; returns `done` or the error's
  /// name.
  private func attempt(
    _ program: String, layers: Layers, isRoot: Bool = false,
    change: (inout Sandbox) -> Void = { _ in }
  ) throws -> String {
    let indented = program.split(separator: "\n").map { "  \($0)" }.joined(separator: "\n")
    var sandbox = try Sandbox.ofHost([
      "/usr/bin/python3", "-c",
      """
      import ctypes, errno, os, signal, socket
      libc = ctypes.CDLL(None, use_errno=True)
      def check(result):
        if result < 0: raise OSError(ctypes.get_errno(), "")
        return result
      try:
      \(indented)
        print("done")
      except OSError as error:
        print(errno.errorcode[error.errno])
      """,
    ])
    sandbox.layers = layers
    if isRoot { sandbox.identity = Identity(userName: "root", uid: 0, gid: 0) }
    change(&sandbox)
    let run = try Run(sandbox)
    return run.lines.last ?? "nothing: \(run.error)"
  }

  /// Expects that the attempt succeeds without `holders` and fails with each one, as said.
  private func expect(
    _ holders: [(layer: Layers, error: String)], toStop program: String, isRoot: Bool = false,
    keeping kept: Layers = [], sourceLocation: SourceLocation = #_sourceLocation,
    change: (inout Sandbox) -> Void = { _ in }
  ) throws {
    let without = holders.reduce(Self.base.union(kept)) { $0.subtracting($1.layer) }
    let free = try attempt(program, layers: without, isRoot: isRoot, change: change)
    #expect(free == "done", "not really attempted", sourceLocation: sourceLocation)
    for holder in holders {
      let held = try attempt(
        program, layers: without.union(holder.layer), isRoot: isRoot, change: change)
      #expect(held == holder.error, sourceLocation: sourceLocation)
    }
    #expect(
      try attempt(program, layers: .all, isRoot: isRoot, change: change) != "done",
      sourceLocation: sourceLocation)
  }

  @Test func writingToAFolderOfTheHost() throws {
    let scratch = try Scratch()
    try FileSystem.setPermissions(scratch.path, 0o777)
    try expect(
      [(.readOnlyMounts, "EROFS"), (.landlock, "EACCES")],
      toStop: "open(f'/data/{os.getpid()}-{os.urandom(4).hex()}', 'w')"
    ) {
      $0.mounts += [.directory("/data"), .bind(source: scratch.path, target: "/data")]
    }
    #expect(try Directory(scratch.path).entries().count == 1)
  }

  @Test func writingToTheRoot() throws {
    try expect(
      [(.readOnlyMounts, "EROFS"), (.landlock, "EACCES")], toStop: "os.mkdir('/planted')")
  }

  /// Truncating needs no descriptor that is open for writing.
  @Test func emptyingAFileOfTheHost() throws {
    let scratch = try Scratch()
    try FileSystem.write(Array("text".utf8), to: "\(scratch.path)/f")
    try FileSystem.setPermissions("\(scratch.path)/f", 0o666)
    try expect(
      [(.readOnlyMounts, "EROFS"), (.landlock, "EACCES")], toStop: "os.truncate('/data/f', 0)"
    ) {
      $0.mounts += [.directory("/data"), .bind(source: scratch.path, target: "/data")]
    }
  }

  @Test func reachingAListenerOfTheHost() throws {
    let listener = try Listener.start(family: "AF_INET")
    try expect(
      [(.networkNamespace, "ECONNREFUSED"), (.landlock, "EACCES"), (.filter, "EPERM")],
      toStop: "socket.socket(socket.AF_INET).connect(('127.0.0.1', \(listener.address)))")
  }

  @Test func listeningOnTheHostsLoopback() throws {
    try expect(
      [(.landlock, "EACCES"), (.filter, "EPERM")],
      toStop: "socket.socket(socket.AF_INET).bind(('127.0.0.1', 0))")
  }

  @Test func reachingAnAbstractSocketOfTheHost() throws {
    let listener = try Listener.start(family: "AF_UNIX")
    try expect(
      [(.networkNamespace, "ECONNREFUSED"), (.landlock, "EPERM")],
      toStop: "socket.socket(socket.AF_UNIX).connect('\\0\(listener.address)')")
  }

  /// The victim is another sandbox, whose processes belong to the same user outside.
  @Test func signallingAProcessOutside() throws {
    var victim = try RunningSandbox.start(
      try .ofHost(["/bin/sleep", "60"]), streams: .init(output: -1, error: -1))
    try expect(
      [(.processNamespace, "ESRCH"), (.landlock, "EPERM")], toStop: "os.kill(\(victim.pid), 0)"
    ) {
      $0.mounts.removeAll { $0.target == "/proc" || $0.target.hasPrefix("/proc/") }
    }
    victim.send(.kill)
    _ = try victim.wait()
  }

  @Test func findingSharedMemoryOfTheHost() throws {
    let key = 0x00c0_0000 | (Int(Machine.processID) & 0xFFFF)
    let make = "import ctypes; print(ctypes.CDLL(None).shmget(\(key), 4096, 0o1666))"
    let made = try Command(["/usr/bin/python3", "-c", make], timeout: 20).runChecked()
    let id = String(made.text.split(separator: "\n").first ?? "")
    defer { _ = try? Command(["ipcrm", "-m", id], timeout: 20).runChecked() }
    try expect(
      [(.ipcNamespace, "ENOENT")], toStop: "check(libc.shmget(\(key), 0, 0))")
  }

  /// Root of a user namespace may mount, if it has its capabilities.
  @Test func mounting() throws {
    try expect(
      [(.capabilities, "EPERM"), (.landlock, "EPERM"), (.filter, "EPERM")],
      toStop: "check(libc.mount(b'none', b'/tmp', b'tmpfs', 0, None))", isRoot: true)
  }

  /// Of the network namespace, whose settings belong to the user inside.
  @Test func changingTheKernelsSettings() throws {
    try expect(
      [(.readOnlyMounts, "EROFS"), (.landlock, "EACCES")],
      toStop: "open('/proc/sys/net/ipv4/ip_forward', 'w').write('1')", isRoot: true,
      keeping: .networkNamespace)
  }

  @Test func naming() throws {
    try expect(
      [(.capabilities, "EPERM"), (.filter, "EPERM")],
      toStop: "check(libc.sethostname(b'x', 1))", isRoot: true)
  }

  @Test func makingAUserNamespace() throws {
    try expect([(.filter, "EPERM")], toStop: "check(libc.unshare(0x10000000))")
  }

  @Test func readingTheMemoryOfAnotherProcess() throws {
    try expect(
      [(.filter, "EPERM")],
      toStop: """
        pid = os.fork()
        if pid == 0: signal.pause()
        try: check(libc.ptrace(16, pid, None, None))
        finally: os.kill(pid, 9)
        """)
  }

  @Test func askingForKeys() throws {
    try expect(
      [(.filter, "EPERM")],
      toStop: "check(libc.syscall(250, 0, -3, 1))  # keyctl, the session keyring")
  }

  @Test func tellingWhenTheMachineStarted() throws {
    let text = String(decoding: try FileSystem.read("/proc/uptime"), as: UTF8.self)
    let uptime = try #require(text.split(separator: ".").first.flatMap { Int($0) })
    // Nothing can be told on a machine that has been up for exactly as long as is pretended.
    guard abs(uptime - 86_400) > 200 else { return }
    try expect(
      [(.timeNamespace, "ERANGE")],
      toStop: """
        inside = float(open("/proc/uptime").read().split()[0])
        if abs(inside - \(uptime)) > 100: raise OSError(errno.ERANGE, "")
        """)
  }

  /// On a pseudo-terminal of the test's own. Kernels may refuse it everywhere (tty(4),
  /// dev.tty.legacy_tiocsti), and then nothing can be shown.
  @Test func typingIntoTheTerminal() throws {
    let setting = try FileSystem.readIfPresent("/proc/sys/dev/tty/legacy_tiocsti")
    guard setting?.first != UInt8(ascii: "0") else { return }
    func type(_ layers: Layers) throws -> String {
      let terminal = try Terminal()
      var pipe = try DescriptorPair.pipe()
      let output = pipe.takeFirst()
      var sandbox = try Sandbox.ofHost([
        "/usr/bin/python3", "-c",
        """
        import errno, fcntl, termios
        try:
          fcntl.ioctl(0, termios.TIOCSTI, b"x")
          print("done")
        except OSError as error:
          print(errno.errorcode[error.errno])
        """,
      ])
      sandbox.layers = layers
      let end = pipe.takeSecond()
      var running = try RunningSandbox.start(
        sandbox,
        streams: .init(input: terminal.slave, output: end.raw, error: -1, isTerminal: true))
      _ = consume end
      terminal.closeSlave()
      var text: [UInt8] = []
      _ = try running.wait(reading: [.output(output.raw) { text += $0 }])
      return String(decoding: text, as: UTF8.self)
    }
    #expect(try type(Layers.all.subtracting(.filter)) == "done\n")
    #expect(try type(Self.base.union(.filter)) == "EPERM\n")
  }
}

/// A socket of the host that listens, in a process of its own; on the loopback interface alone.
private struct Listener: ~Copyable {
  /// A port, or the name of an abstract socket.
  let address: String
  private let running: RunningSandbox

  private init(address: String, running: consuming RunningSandbox) {
    self.address = address
    self.running = running
  }

  static func start(family: String) throws -> Listener {
    var pipe = try DescriptorPair.pipe()
    let output = pipe.takeFirst()
    var sandbox = try Sandbox.ofHost([
      "/usr/bin/python3", "-u", "-c",
      """
      import os, signal, socket
      listener = socket.socket(socket.\(family))
      name = "cupel-test-" + os.urandom(8).hex()
      listener.bind(("127.0.0.1", 0) if listener.family == socket.AF_INET else "\\0" + name)
      listener.listen(16)
      print(listener.getsockname()[1] if listener.family == socket.AF_INET else name)
      signal.pause()
      """,
    ])
    sandbox.layers.subtract([.networkNamespace, .filter, .landlock])
    let end = pipe.takeSecond()
    let running = try RunningSandbox.start(
      sandbox, streams: .init(output: end.raw, error: -1))
    _ = consume end
    var line: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 256)
    while line.last != UInt8(ascii: "\n") {
      let count = try Descriptor.read(output.raw, into: &buffer)
      try #require(count > 0, "the listener ended")
      line += buffer[..<count]
    }
    return Listener(
      address: String(decoding: line.dropLast(), as: UTF8.self), running: running)
  }
}
