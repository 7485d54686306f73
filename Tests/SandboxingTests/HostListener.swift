import Linux

/// Sockets for TCP and UDP on the host's loopback, which must notice nothing.
enum HostListener {
  private enum Part {
    case listener(sawSomething: Bool)
    case attack(Run)
  }

  private static let program = """
    import os, select, socket, sys, time
    address, folder = sys.argv[1:]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    stream = socket.socket(family); stream.bind((address, 0)); stream.listen()
    datagram = socket.socket(family, socket.SOCK_DGRAM); datagram.bind(stream.getsockname()[:2])
    with open(folder + "/new", "w") as f: f.write(str(stream.getsockname()[1]))
    os.rename(folder + "/new", folder + "/port")
    end = time.time() + 60
    while time.time() < end and not os.path.exists(folder + "/stop"): time.sleep(0.02)
    print("seen" if select.select([stream, datagram], [], [], 0.1)[0] else "nothing")
    """

  /// Runs `attack`, which gets the port, while somebody listens.
  static func watch(
    _ address: String, _ attack: @escaping @Sendable (_ port: Int) throws -> Run
  ) throws -> (run: Run, sawSomething: Bool) {
    let scratch = try Scratch()
    let folder = scratch.path
    let parts = try Workers.map([true, false], threads: 2) { isListener throws(any Error) -> Part in
      if isListener {
        let output = try Command(["python3", "-c", program, address, folder], timeout: 90).run()
        return .listener(sawSomething: output.text != "nothing\n")
      }
      while !FileSystem.exists("\(folder)/port") { _ = try Poll.wait([], milliseconds: 10) }
      defer { try? FileSystem.write([], to: "\(folder)/stop") }
      let port = String(decoding: try FileSystem.read("\(folder)/port"), as: UTF8.self)
      return .attack(try attack(Int(port) ?? 0))
    }
    guard case .listener(let sawSomething) = parts[0], case .attack(let run) = parts[1] else {
      fatalError("the parts come in their order")
    }
    _ = consume scratch
    return (run, sawSomething)
  }
}
