internal import Failing
internal import Hashing
internal import Linux
internal import Planning
internal import Reading
internal import Sandboxing

/// Makes the library that moves a leg's clock, with the C compiler of the rootfs, in a sandbox of its
/// own. It takes a tenth of a second, so the library is made anew for each leg.
struct ClockCompilation {
  let offset: Int64
  /// Nil where there is an obstacle.
  let product: Product?
  /// Why it could not be made.
  let obstacle: String?

  /// What is mounted in the leg's sandbox, by paths of the host.
  struct Product {
    let library: String
    let digest: Digest
    /// The rootfs's /etc, with the library in its ld.so.preload.
    let etc: String
  }

  /// Seconds.
  private static let timeout = 120.0
  private static let mostBytes = 1 << 20

  /// Compiles the library with the compiler of the rootfs at `tree`. What it makes goes to `folder`;
  /// `path` is the library's in the leg's sandbox.
  init(
    of library: ClockLibrary, tree: String, profile: Profile, in folder: String, path: String,
    stops: [Int32] = []
  ) throws {
    offset = library.offset
    let sandbox = try Self.sandbox(library, .tree(path: tree), profile)
    switch try Self.compile(sandbox, stops: stops) {
    case .failure(let obstacle):
      product = nil
      self.obstacle = obstacle.words
    case .success(let bytes):
      let product = Product(
        library: "\(folder)/\(ClockLibrary.name)", digest: .hashing(bytes), etc: "\(folder)/etc")
      try FileSystem.write(bytes, to: product.library, permissions: 0o555)
      try PreloadingEtc.copy(of: tree, naming: path, to: product.etc)
      self.product = product
      obstacle = nil
    }
  }

  struct Obstacle: Error {
    let words: String
  }

  /// The library's bytes.
  static func compile(
    _ sandbox: Sandbox, stops: [Int32] = []
  ) throws -> Result<[UInt8], Obstacle> {
    var pipe = try DescriptorPair.pipe()
    let talkOut = pipe.takeFirst()
    let talkIn = pipe.takeSecond()
    var running = try RunningSandbox.start(
      sandbox, streams: .init(output: talkIn.raw, error: talkIn.raw), stops: stops)
    _ = consume talkIn
    var talk: [UInt8] = []
    do throws(SandboxError) {
      let outcome = try running.wait(
        reading: [.output(talkOut.raw) { talk = (talk + $0).suffix(4096) }], stops: stops)
      switch outcome.ending {
      case .exited(0): break
      case .interrupted: throw .interrupted
      default:
        let reason = Self.reason(talk) ?? "the compiler ended with \(outcome.shellStatus)"
        return .failure(Obstacle(words: reason))
      }
    } catch {
      guard case .program(let name, _) = error else { throw error }
      return .failure(Obstacle(words: "the rootfs has no \(name)"))
    }
    let bytes = try Self.product(running.collected(ClockLibrary.folder))
    return bytes.map { .success($0) } ?? .failure(Obstacle(words: "the compiler made no library"))
  }

  static func sandbox(
    _ library: ClockLibrary, _ rootfs: RootFileSystem, _ profile: Profile
  ) throws(SystemError) -> Sandbox {
    let identity = Identity()
    let hostname = "localhost"
    let skeleton = try Skeleton.mounts(
      rootfs: rootfs, identity: identity, hostname: hostname, profile: profile)
    let folder = ClockLibrary.folder
    return Sandbox(
      mounts: skeleton + [
        .directory("/build"),
        .file(
          ClockLibrary.sourcePath,
          contents: String(decoding: ClockLibrary.source, as: UTF8.self)),
        .directory(folder), .symlink("/tmp", target: folder),
        .memory(MemoryMount(folder, size: 64 << 20, isCollected: true)),
      ], identity: identity, hostname: hostname,
      environment: [
        ("PATH", "/usr/bin:/bin"), ("HOME", folder), ("TMPDIR", folder), ("LC_ALL", "C.UTF-8"),
      ], directory: folder, arguments: library.command, randomSeed: 1,
      limits: Limits(timeout: timeout), profile: profile)
  }

  /// Nil where the compiler left no such file, or something else in its place.
  private static func product(_ folder: borrowing Directory) -> [UInt8]? {
    guard let file = try? folder.open(ClockLibrary.name),
      (try? FileSystem.status(of: file).kind) == .regular
    else { return nil }
    return try? file.readToEnd(limit: mostBytes)
  }

  /// What the compiler said first of errors, or last.
  private static func reason(_ talk: [UInt8]) -> String? {
    let lines = String(decoding: talk, as: UTF8.self).split(separator: "\n")
    let line = lines.first { $0.contains("error") || $0.contains("undefined") } ?? lines.last
    return line.map { String($0).printable }
  }
}
