import Hashing
import Linux
import Planning
import Reading
import Testing

@testable import Building
@testable import Sandboxing

/// Making the library that moves the clock, here with this host's compiler, and what it did not reach.
@Suite struct ClockTests {
  private static func sandbox(
    _ library: ClockLibrary = ClockLibrary(offset: 1000), change: (inout Sandbox) -> Void = { _ in }
  ) throws -> Sandbox {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let file = "/\(root)/profiles/cargo-build.toml"
    let profile = try Profile(parsing: try FileSystem.read(file), file: file)
    var sandbox = try ClockCompilation.sandbox(library, .host, profile)
    // Debian's cc is a link to a link in /etc, where a host's sandbox has nothing of the host.
    sandbox.arguments[0] = "gcc"
    change(&sandbox)
    return sandbox
  }

  private static func obstacle(_ change: (inout Sandbox) -> Void) throws -> String? {
    switch try ClockCompilation.compile(try sandbox(change: change)) {
    case .success: nil
    case .failure(let obstacle): obstacle.words
    }
  }

  @Test func theLibraryFollowsFromThePlan() throws {
    let made = try ClockCompilation.compile(try Self.sandbox()).get()
    #expect(made.starts(with: [0x7f, 0x45, 0x4c, 0x46]))
    #expect(made.count < 65536)
    #expect(try ClockCompilation.compile(try Self.sandbox()).get() == made)
    let other = try Self.sandbox(ClockLibrary(offset: -1000))
    #expect(try ClockCompilation.compile(other).get() != made)
  }

  @Test func whatStandsInTheWayIsSaid() throws {
    #expect(try Self.obstacle { $0.arguments[0] = "ccc" } == "the rootfs has no ccc")
    #expect(try Self.obstacle { $0.arguments = ["true"] } == "the compiler made no library")
    #expect(try Self.obstacle { $0.arguments = ["false"] } == "the compiler ended with 1")
    #expect(
      try Self.obstacle { $0.arguments = ["sh", "-c", "kill -9 $$"] }
        == "the compiler ended with 137")
    let undefined = try Self.obstacle {
      $0.arguments.removeAll { $0.hasPrefix("-DOFFSET") }
    }
    #expect(undefined?.contains(#"error: #error "OFFSET, in seconds, is missing""#) == true)
  }

  /// Neither a link out of the sandbox, nor more than there is room for.
  @Test func onlyASmallFileIsALibrary() throws {
    let folder = ClockLibrary.folder
    for script in [
      "ln -s /etc/passwd \(folder)/clock.so", "mkfifo \(folder)/clock.so",
      "mkdir \(folder)/clock.so",
      "head -c 2000000 /dev/zero > \(folder)/clock.so",
    ] {
      #expect(
        try Self.obstacle { $0.arguments = ["sh", "-c", script] } == "the compiler made no library")
    }
  }

  // MARK: What it did not reach

  private static func missed(
    _ executable: String, _ linkage: PreloadReach.Linkage, by callers: ProcessTrace.Process...
  ) -> MovedClock.Missed? {
    let process = ProcessTrace.Process(
      pid: 2, executable: executable, arguments: [], environment: [:], libraries: [])
    var reach = PreloadReach()
    reach.missed = [
      PreloadReach.Missed(
        executable: executable, linkage: linkage,
        caller: ProcessTrace(processes: [process] + callers))
    ]
    let clock = MovedClock(
      offset: 1, library: .hashing("library"), obstacle: nil, reach: reach,
      unit: AttributionTests.announced.unit)
    return clock.missed.first
  }

  private static func process(_ executable: String) -> ProcessTrace.Process {
    ProcessTrace.Process(
      pid: 1, executable: executable, arguments: [], environment: [:], libraries: [])
  }

  @Test func aStaticBuildScriptIsNamed() {
    let missed = Self.missed(AttributionTests.script, .none, by: Self.process("/usr/bin/cargo"))
    #expect(missed?.words == "build script of evil-sys 0.3.1 (static)")
    #expect(missed?.unit.evidence == .kernel)
    let alone = Self.missed(AttributionTests.script, .glibc)
    #expect(alone?.words == "build script of evil-sys 0.3.1 (it did not load the clock)")
  }

  @Test func whatABuildScriptRunsIsNamedWithIt() {
    let missed = Self.missed(
      "/usr/bin/busybox", .none, by: Self.process(AttributionTests.script),
      Self.process("/usr/bin/cargo"))
    #expect(missed?.words == "busybox, run by the build script of evil-sys 0.3.1 (static)")
  }

  @Test func othersAreNamedByTheirFiles() {
    #expect(Self.missed("/usr/bin/busybox", .none)?.words == "busybox (static)")
    #expect(
      Self.missed("/build/target/x", .otherLoader)?.words
        == "/build/target/x (of another C library)")
  }
}
