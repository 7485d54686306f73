internal import Linux
internal import Planning
internal import Reading
internal import Sandboxing
internal import Storing

/// Builds one leg and takes its artifacts out.
struct LegBuilder: Sendable {
  let leg: Plan.Leg
  let inputs: Inputs
  let host: BuildHost
  /// An existing folder of this leg's own; gets `log` and `artifacts/`.
  let folder: String
  /// Descriptors that become readable when the leg is to be given up.
  let stops: [Int32]
  let tokens: JobTokens
  /// Whether units of the leg may have to be run again.
  let keepsRemains: Bool
  let onEvent: @Sendable (BuildEvent) -> Void

  func build() throws(BuildingError) -> LegResult {
    onEvent(.started(leg: leg.name))
    let session = try CargoSession(
      leg: leg.name, toolchain: inputs.toolchain, relocation: relocation, logPath: "\(folder)/log",
      onEvent: onEvent)
    let clock = try makeClock()
    let end = try run(session, clock)
    try judge(end, session)
    let units = end.hearsAnnouncements ? try recordUnits(end.target, session) : nil
    var links: [RecordedLink]?
    if let units { links = try recordLinks(end, units, session) }
    let result = LegResult(
      leg: leg.name, outcome: end.outcome, artifacts: try collect(session, end),
      memoryEnforcement: end.memoryEnforcement, isolation: end.isolation, denials: end.denials,
      reportsDenials: end.reportsDenials, seededCalls: end.seededCalls,
      clock: clock.map {
        MovedClock($0, reach: end.preloadReach, unit: session.attribution.unit)
      },
      observations: host.observes ? try observe(end.target, session) : nil,
      activities: session.activity.units(session.attribution.unit),
      unlistedObservations: end.unlistedObservations,
      units: units, remains: keepsRemains ? try remains(end.target, session) : nil, links: links)
    onEvent(.finished(leg: leg.name, seconds: end.outcome.elapsed))
    return result
  }

  private var relocation: Relocation { leg.conditions.relocation }
  private var targetFolder: String { relocation.moved(SandboxPaths.target) }

  /// A run whose processes are all dead, and what they left.
  private struct End: ~Copyable {
    let outcome: Outcome
    let target: Directory
    let temporary: Directory
    /// What linkers wrote down; the target folder where they were not asked to.
    let links: Directory
    let memoryEnforcement: MemoryEnforcement?
    let isolation: Isolation
    let denials: Denials
    let reportsDenials: Bool
    let seededCalls: Int?
    let preloadReach: PreloadReach?
    let unlistedObservations: Int
    let hearsAnnouncements: Bool
  }

  /// The library that moves the clock, where the plan does.
  private func makeClock() throws(BuildingError) -> ClockCompilation? {
    guard let library = leg.clockLibrary else { return nil }
    do {
      return try ClockCompilation(
        of: library, tree: host.store.path(of: inputs.rootfs.digest), profile: host.profile,
        in: folder, path: relocation.moved(SandboxPaths.clockLibrary), stops: stops)
    } catch let error as SandboxError {
      throw .sandbox(leg: leg.name, error)
    } catch let error as SystemError {
      throw .system("making the clock of leg \(leg.name)", error)
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
  }

  private func run(
    _ session: CargoSession, _ clock: ClockCompilation?
  ) throws(BuildingError) -> End {
    do {
      var messages = try DescriptorPair.pipe()
      var talk = try DescriptorPair.pipe()
      let messagesOut = messages.takeFirst()
      let messagesIn = messages.takeSecond()
      let talkOut = talk.takeFirst()
      let talkIn = talk.takeSecond()
      var running = try RunningSandbox.start(
        try leg.sandbox(inputs: inputs, on: host, clock: clock),
        streams: .init(
          output: messagesIn.raw, error: talkIn.raw, jobTokens: tokens.ends), stops: stops)
      _ = consume messagesIn
      _ = consume talkIn
      let outcome = try running.wait(
        reading: [
          .output(messagesOut.raw) { session.takeMessages($0) },
          .output(talkOut.raw) { session.takeTalk($0) },
        ], stops: stops, onDenial: session.takeDenial,
        onObservation: { session.activity.take(relocation.restored($0)) },
        onAnnouncement: session.takeAnnouncement, onLaunch: session.takeLaunch)
      session.finish()
      return End(
        outcome: outcome, target: try running.collected(targetFolder),
        temporary: try running.collected(leg.conditions.temporary),
        links: try running.collected(
          leg.recordsLinks(on: host) ? SandboxPaths.links : targetFolder),
        memoryEnforcement: running.memoryEnforcement, isolation: running.isolation,
        denials: Denials(
          running.denials.map { (relocation.restored($0.denial), $0.count) },
          unlisted: running.unlistedDenials, unit: session.attribution.unit),
        reportsDenials: running.reportsDenials, seededCalls: running.seededCalls,
        preloadReach: running.preloadReach,
        unlistedObservations: running.unlistedObservations,
        hearsAnnouncements: running.hearsAnnouncements)
    } catch let error as SandboxError {
      throw .sandbox(leg: leg.name, error)
    } catch let error as SystemError {
      throw .system("running leg \(leg.name)", error)
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
  }

  private func judge(_ end: borrowing End, _ session: CargoSession) throws(BuildingError) {
    switch end.outcome.ending {
    case .exited(0): return
    case .interrupted: throw .interrupted
    case .timedOut: throw .timedOut(leg: leg.name, seconds: host.limits.timeout ?? 0)
    case .outOfMemory: throw .outOfMemory(leg: leg.name)
    case .killed: throw .killed(leg: leg.name)
    case .exited, .signalled: break
    }
    if isFull(end.target) { throw .outOfSpace(leg: leg.name, folder: targetFolder) }
    if isFull(end.temporary) {
      throw .outOfSpace(leg: leg.name, folder: leg.conditions.temporary)
    }
    if session.lastLines.contains(where: { $0.contains("--locked was passed") }) {
      throw .staleLock(words: session.lastLines)
    }
    let status = end.outcome.shellStatus
    let words = Array(session.lastLines.suffix(40))
    if let refusal = Refusal([end.denials], by: host.denialPolicy) {
      throw .denied(leg: leg.name, status: status, refusal: refusal, words: words)
    }
    throw .cargo(
      leg: leg.name, status: status, words: words, denials: end.denials.listed.mostTelling)
  }

  private func isFull(_ directory: borrowing Directory) -> Bool {
    (try? FileSystem.freeSpace(of: directory)).map { $0 < 64 << 10 } ?? false
  }

  private func observe(
    _ target: borrowing Directory, _ session: CargoSession
  ) throws(BuildingError) -> [UnitObservation] {
    do {
      let folder = Directory(try .duplicating(target.descriptor.raw), path: target.path)
      return TargetFolderReader(
        folder, session: session, directory: leg.directory, relocation: relocation
      ).read()
    } catch {
      throw .system("reading what leg \(leg.name) left", error)
    }
  }

  private func recordUnits(
    _ target: borrowing Directory, _ session: CargoSession
  ) throws(BuildingError) -> UnitRecord {
    do {
      let folder = Directory(try .duplicating(target.descriptor.raw), path: target.path)
      return try UnitRecorder(
        folder, session: session, leg: leg, sizeLimit: host.folderSizes.target,
        copies: "\(self.folder)/generated"
      ).record()
    } catch {
      if error.isInterruption { throw .interrupted }
      throw .system("recording the units of leg \(leg.name)", error)
    }
  }

  private func remains(
    _ target: borrowing Directory, _ session: CargoSession
  ) throws(BuildingError) -> LegRemains {
    do {
      return LegRemains(leg: leg, target: try target.duplicate(), launches: session.launches)
    } catch {
      throw .system("keeping what leg \(leg.name) left", error)
    }
  }

  private func recordLinks(
    _ end: borrowing End, _ units: UnitRecord, _ session: CargoSession
  ) throws(BuildingError) -> [RecordedLink]? {
    // Both legs link alike; what is known of the canonical one is enough.
    guard leg.recordsLinks(on: host) else { return nil }
    do {
      let folder = Directory(try .duplicating(end.links.descriptor.raw), path: end.links.path)
      let target = Directory(try .duplicating(end.target.descriptor.raw), path: end.target.path)
      return try LinkRecorder(
        folder, target: target, trees: LinkRecorder.trees(of: inputs, in: host.store),
        directory: leg.directory, sizeLimit: host.folderSizes.target, ends: session.end(of:)
      ).record(units)
    } catch {
      if error.isInterruption { throw .interrupted }
      throw .system("reading what the linkers of leg \(leg.name) wrote down", error)
    }
  }

  private func collect(
    _ session: CargoSession, _ end: borrowing End
  ) throws(BuildingError) -> [CollectedArtifact] {
    var collection = ArtifactCollection(
      leg: leg.name, folder: "\(folder)/artifacts", sizeLimit: host.folderSizes.target)
    return try collection.collect(session.artifacts, from: end.target)
  }
}
