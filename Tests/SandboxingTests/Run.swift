import Failing
import Linux
import Reading
import Sandboxing

/// A program of the host in a sandbox, run to its end, with what it printed.
struct Run {
  let outcome: Outcome
  let output: String
  let error: String
  /// Different denials, as they were announced while it ran.
  let announced: [Denial]
  /// The same at the end, with how often each happened.
  let denials: [(denial: Denial, count: Int)]
  let unlistedDenials: Int
  let observations: [Observation]
  let announcements: [Announcement]
  let launches: [Launch]

  /// Lines of the output.
  var lines: [String] { output.split(separator: "\n").map(String.init) }

  init(
    _ sandbox: Sandbox, stops: [Int32] = [],
    started: (borrowing RunningSandbox) -> Void = { _ in },
    ended: (borrowing RunningSandbox) throws -> Void = { _ in }
  ) throws {
    var outputPipe = try DescriptorPair.pipe()
    var errorPipe = try DescriptorPair.pipe()
    let outputEnd = outputPipe.takeSecond()
    let errorEnd = errorPipe.takeSecond()
    var running = try RunningSandbox.start(
      sandbox, streams: .init(output: outputEnd.raw, error: errorEnd.raw))
    _ = consume outputEnd
    _ = consume errorEnd
    started(running)
    let output = outputPipe.takeFirst()
    let error = errorPipe.takeFirst()
    var texts: [[UInt8]] = [[], []]
    var announced: [Denial] = []
    var observations: [Observation] = []
    var announcements: [Announcement] = []
    var launches: [Launch] = []
    outcome = try running.wait(
      reading: [
        .output(output.raw) { texts[0] += $0 }, .output(error.raw) { texts[1] += $0 },
      ], stops: stops, onDenial: { announced.append($0) },
      onObservation: { observations.append($0) },
      onAnnouncement: { announcements.append($0) }, onLaunch: { launches.append($0) })
    self.observations = observations
    self.announcements = announcements
    self.launches = launches
    self.announced = announced
    denials = running.denials
    unlistedDenials = running.unlistedDenials
    self.output = String(decoding: texts[0], as: UTF8.self)
    self.error = String(decoding: texts[1], as: UTF8.self)
    try ended(running)
  }

  /// A line of shell.
  static func shell(
    _ script: String, change: (inout Sandbox) -> Void = { _ in }
  ) throws -> Run {
    var sandbox = try Sandbox.ofHost(["/bin/sh", "-c", script])
    change(&sandbox)
    return try Run(sandbox)
  }

  /// A program in Python.
  static func python(
    _ program: String, change: (inout Sandbox) -> Void = { _ in }
  ) throws -> Run {
    var sandbox = try Sandbox.ofHost(["/usr/bin/python3", "-c", program])
    change(&sandbox)
    return try Run(sandbox)
  }
}

extension Profile {
  /// profiles/cargo-build.toml, and more of it.
  static func cargoBuild(adding text: String = "") throws -> Profile {
    let path = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let file = "/\(path)/profiles/cargo-build.toml"
    return try Profile(parsing: try FileSystem.read(file) + Array("\n\(text)".utf8), file: file)
  }
}

extension Sandbox {
  /// Host programs with a writable /tmp and little time.
  static func ofHost(_ arguments: [String]) throws -> Sandbox {
    let profile = try Profile.cargoBuild()
    let identity = Identity()
    let skeleton = try Skeleton.mounts(
      rootfs: .host, identity: identity, hostname: "cupel-test", profile: profile)
    return Sandbox(
      mounts: skeleton + [
        .directory("/tmp"),
        .memory(
          MemoryMount("/tmp", size: 256 << 20, permissions: 0o1777, isCollected: true)),
      ],
      identity: identity, hostname: "cupel-test",
      environment: [(name: "PATH", value: "/usr/bin:/bin")], directory: "/",
      arguments: arguments, limits: Limits(timeout: 30), profile: profile)
  }
}

/// The failure of starting or running a sandbox; nil when nothing failed.
func failure(_ sandbox: Sandbox) throws -> SandboxError? {
  do {
    _ = try Run(sandbox)
    return nil
  } catch let error as SandboxError {
    return error
  }
}
