import Linux
import Reading
import Sandboxing
import Testing

/// The sandbox of the cargo that fetches, which alone lives in the host's network.
@Suite struct SharedNetworkTests {
  /// A program in the sandbox with profiles/fetch.toml.
  private func run(_ program: String, sharesNetwork: Bool = true) throws -> Run {
    let folder =
      "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/") + "/profiles"
    let file = "\(folder)/fetch.toml"
    let profile = try Profile(parsing: try FileSystem.read(file), file: file) {
      base throws(ReadingError) in
      let file = "\(folder)/\(base).toml"
      guard let bytes = try? FileSystem.read(file) else { return nil }
      return try Profile(parsing: bytes, file: file)
    }
    let host = try Sandbox.ofHost(["/usr/bin/python3", "-c", program])
    return try Run(
      Sandbox(
        mounts: host.mounts, identity: host.identity, hostname: host.hostname,
        environment: host.environment, directory: host.directory, arguments: host.arguments,
        limits: host.limits, profile: profile, sharesNetwork: sharesNetwork,
        reportsDenials: false))
  }

  /// Listens on the host meanwhile and tells the port.
  private func withListener(_ body: (String) throws -> Void) throws {
    let folder = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(folder) }
    let program = """
      import os, socket, sys, time
      s = socket.create_server(("127.0.0.1", 0))
      u = socket.socket(socket.AF_UNIX); u.bind(b"\\0" + sys.argv[1].encode()); u.listen()
      print(s.getsockname()[1], flush=True)
      for _ in range(600):
        if not os.path.exists(sys.argv[1]): break
        time.sleep(0.1)
      """
    let text = try Command(
      [
        "/bin/sh", "-ec",
        """
        python3 -c "$2" "$1" > "$1/port" 2> /dev/null &
        for i in $(seq 100); do [ -s "$1/port" ] && break; sleep 0.1; done; cat "$1/port"
        """, "sh", folder, program,
      ], timeout: 60
    ).runChecked().text
    let port = String(text.prefix { $0.isNumber })
    try body(
      """
      import socket
      port, name = \(port), b"\\0" + "\(folder)".encode()

      """)
  }

  @Test func connectsToTheHost() throws {
    try withListener { head in
      let connect = head + "socket.create_connection(('127.0.0.1', port)); print('connected')"
      let run = try run(connect)
      #expect(run.output == "connected\n", "\(run.error)")
      // Without it the profile alone gives nothing.
      let alone = try self.run(connect, sharesNetwork: false)
      #expect(alone.output == "" && alone.outcome.ending == .exited(1))
    }
  }

  @Test func reachesNoSocketOfTheHostsPrograms() throws {
    try withListener { head in
      for program in [
        "socket.socket(socket.AF_UNIX).connect(name)", "socket.create_server(('127.0.0.1', 0))",
        "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)",
        "socket.socket(socket.AF_PACKET, socket.SOCK_RAW)",
      ] {
        let run = try run(head + program + "; print('reached')")
        #expect(run.output == "", "\(program)")
        #expect(run.error.contains("PermissionError"), "\(program): \(run.error)")
      }
      let pair = try run(head + "socket.socketpair(); print('a pair')")
      #expect(pair.output == "a pair\n", "\(pair.error)")
    }
  }
}
