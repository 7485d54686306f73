internal import Failing
internal import Linux
internal import Planning
internal import Sandboxing

/// What cargo has said and what was refused so far in one leg. One thread feeds it.
final class CargoSession {
  private let leg: String
  private let onEvent: @Sendable (BuildEvent) -> Void
  private let log: Descriptor
  private let relocation: Relocation
  private var talk = CargoOutput()
  private var messageRest: [UInt8] = []
  private var logSize = 0
  private(set) var artifacts: [ArtifactFile] = []
  /// What cargo said that it made and ran, bounded: macros can print messages too.
  private(set) var made: [CargoArtifact] = []
  private(set) var executedScripts: [CargoScript] = []
  private(set) var attribution: Attribution
  /// Compilations that announced themselves, in the order of their beginnings.
  private(set) var invocations: [Invocation] = []
  /// How many of them are in no list.
  private(set) var unlistedInvocations = 0
  private var roomForInvocations = 64 << 20
  /// How cargo started rustc and build scripts.
  private(set) var launches: [Launch] = []
  private var roomForLaunches = 64 << 20
  /// When cargo last said that a target was made or a script had run.
  private var ends: [[UInt8]: FileTime] = [:]
  /// What was told of refused calls.
  private var told = Denials()
  /// The last lines of standard error, progress left out.
  private(set) var lastLines: [String] = []

  /// What was seen of the processes, where that was asked for.
  let activity = ActivityLog()

  private static let mostMessages = 1 << 16
  /// Longest message kept in memory, in bytes.
  private static let longestMessage = 16 << 20
  /// A flood of forged messages must not keep the runner busy; one more than this is kept.
  static let mostArtifacts = 4096
  /// Most bytes of a log; a build script that prints without end must not fill the host's disk.
  private static let longestLog = 64 << 20

  init(
    leg: String, toolchain: ToolchainInput, relocation: Relocation = .none, logPath: String,
    onEvent: @escaping @Sendable (BuildEvent) -> Void
  ) throws(BuildingError) {
    self.leg = leg
    self.onEvent = onEvent
    self.relocation = relocation
    attribution = Attribution(toolchain: toolchain)
    do {
      log = try FileSystem.create(logPath)
    } catch {
      throw .system("writing the log of leg \(leg)", error)
    }
  }

  func takeMessages(_ bytes: ArraySlice<UInt8>) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        takeMessage()
      } else if messageRest.count < Self.longestMessage {
        messageRest.append(byte)
      }
    }
  }

  func takeTalk(_ bytes: ArraySlice<UInt8>) {
    for item in talk.take(bytes) { handle(item) }
  }

  func finish() {
    if !messageRest.isEmpty { takeMessage() }
    for item in talk.finish() { handle(item) }
  }

  func takeDenial(_ denial: Denial) {
    let denial = relocation.restored(denial)
    let new = UnitDenial(denial: denial, unit: attribution.unit(of: denial.caller))
    if told.add(new) { onEvent(.denied(leg: leg, new)) }
  }

  func takeAnnouncement(_ announcement: Announcement) {
    let announcement = relocation.restored(announcement)
    let size = announcement.arguments.reduce(0) { $0 + $1.utf8.count }
    guard size <= roomForInvocations, !announcement.isTruncated else {
      unlistedInvocations += 1
      return
    }
    guard let invocation = Invocation(announcement) else { return }
    roomForInvocations -= size
    invocations.append(invocation)
  }

  func takeLaunch(_ launch: Launch) {
    let isUnit =
      launch.program == SandboxPaths.wrapper || Invocation.belowTarget(launch.program) != nil
    let size = (launch.arguments + launch.environment).reduce(0) { $0 + $1.utf8.count }
    guard isUnit, size <= roomForLaunches else { return }
    roomForLaunches -= size
    launches.append(launch)
  }

  /// When cargo said that a compilation had ended; nil where it has not. That of another unit of the
  /// same crate may be later, and then it is taken.
  func end(of invocation: Invocation) -> FileTime? {
    ends[Self.key(invocation.package, invocation.crate)]
  }

  /// The same of a compilation as it is recorded.
  func end(of unit: RecordedUnit) -> FileTime? {
    ends[Self.key(unit.package, unit.crate)]
  }

  /// When cargo said that the build script with this OUT_DIR, relative to the target folder, had run.
  func end(ofRunIn folder: String) -> FileTime? {
    ends[Array("\(SandboxPaths.target)/\(folder)".utf8)]
  }

  private static func key(_ package: CargoPackage?, _ crate: String) -> [UInt8] {
    Array("\(package?.description ?? "") \(crate)".utf8)
  }

  private func takeMessage() {
    defer { messageRest.removeAll(keepingCapacity: true) }
    guard let message = CargoMessage(line: relocation.restored(messageRest)[...]) else {
      return handle(.line(String(decoding: messageRest, as: UTF8.self).printableLine))
    }
    if case .scriptExecuted(let script) = message, executedScripts.count < Self.mostMessages {
      executedScripts.append(script)
      ends[Array(script.outFolder.utf8)] = Machine.wallClock
    }
    if case .artifact(let artifact) = message {
      if made.count < Self.mostMessages {
        made.append(artifact)
        let crate = artifact.name.replacing("-", with: "_")
        ends[Self.key(artifact.package, crate)] = Machine.wallClock
      }
      attribution.files.take(artifact)
      for file in ArtifactFile.final(in: artifact)
      where artifacts.count <= Self.mostArtifacts && !artifacts.contains(file) {
        artifacts.append(file)
      }
    }
  }

  private func handle(_ item: CargoOutput.Item) {
    switch item {
    case .line(let line):
      lastLines.append(line)
      if lastLines.count > 200 { lastLines.removeFirst(100) }
      if logSize < Self.longestLog {
        logSize += line.utf8.count + 1
        try? log.write(line + "\n")
      }
      onEvent(.line(leg: leg, line))
    case .progress(let done, let total, let current):
      onEvent(.progress(leg: leg, done: done, total: total, current: current))
    }
  }
}
