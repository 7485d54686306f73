internal import Linux
internal import Reading

/// Answers the calls that a sandbox's filter leaves to the runner, and keeps what was denied and
/// observed.
///
/// A class: to destroy an optional value that cannot be copied, the runtime builds the metadata of
/// all its parts first, which takes 0.1 ms at the end of every run.
final class Supervisor {
  private let listener: SyscallListener
  private let sandbox: Sandbox
  private let initPID: Int32
  // Made when the first call comes: in many sandboxes none ever does.
  private lazy var policy = SyscallPolicy(
    sandbox.profile, seedsRandom: sandbox.randomSeed != nil, announces: sandbox.announcer != nil,
    watchesPreload: sandbox.watchesPreload)
  private lazy var reader = ProcessReader(interest: sandbox.interest, initPID: initPID)
  private lazy var writes = WriteJudge(sandbox.mounts)
  private lazy var decoy = Decoy()
  private let reportsWrites: Bool
  private let observes: Bool
  private let observesOpens: Bool
  private let observesPrograms: Bool
  private let announcer: String?
  /// The process that starts announcers, which is the parent of the first one: it came before
  /// anything that could imitate it.
  private var starter: ProcessReader.Identity?
  private var random: RandomNumbers?
  /// Calls for random numbers that were answered from the seed.
  private(set) var seededCalls = 0
  private var preload: PreloadLog?
  private(set) var log = DenialLog()
  private(set) var observations = ObservationLog()

  init(_ listener: consuming SyscallListener, of sandbox: Sandbox, initPID: Int32) {
    self.listener = listener
    self.sandbox = sandbox
    self.initPID = initPID
    random = sandbox.randomSeed.map { RandomNumbers(seed: $0) }
    announcer = sandbox.announcer
    reportsWrites = sandbox.profile.reportsWrites
    observes = sandbox.profile.observation != nil
    observesOpens = sandbox.profile.observation?.opens == true
    observesPrograms = sandbox.profile.observation?.programs == true
    preload = sandbox.watchesPreload ? PreloadLog(announcer: sandbox.announcer) : nil
  }

  /// What loaded the preloaded library, when no process is left; nil where that is not watched.
  var preloadReach: PreloadReach? { preload?.reach }

  /// Readable when a call waits.
  var raw: Int32 { listener.descriptor.raw }

  /// Answers a call that waits. One at a time: what the sandbox said before the next one is to be read
  /// before it.
  ///
  /// - Returns: false when no process is left that could make one.
  func serve(
    onDenial: (Denial) -> Void, onObservation: (Observation) -> Void,
    onAnnouncement: (Announcement) -> Void, onLaunch: (Launch) -> Void
  ) throws(SystemError) -> Bool {
    switch try listener.next() {
    case .call(let call):
      // Written down before it is answered: what comes next may be the end of the caller.
      switch judge(call, onDenial, onObservation, onAnnouncement, onLaunch) {
      case .proceed: listener.proceed(call)
      case .refuse(let error): listener.refuse(call, error: error.number)
      case .pretend: listener.pretend(call)
      case .returned(let value): listener.pretend(call, returning: value)
      case .given: break
      }
    case .vanished, .none: break
    case .hungUp: return false
    }
    return true
  }

  private enum Answer {
    case proceed
    case refuse(ErrorName)
    case pretend
    /// It seems to succeed with this result.
    case returned(Int64)
    /// It has its answer.
    case given
  }

  private func judge(
    _ call: SyscallListener.Notification, _ onDenial: (Denial) -> Void,
    _ onObservation: (Observation) -> Void, _ onAnnouncement: (Announcement) -> Void,
    _ onLaunch: (Launch) -> Void
  ) -> Answer {
    let caller = ForeignProcess(call.thread)
    let name = policy.name(of: call.number)
    func refuse(_ category: Profile.Category, _ text: String, _ error: ErrorName = .EPERM) {
      if let denial = log.note(
        category: category, call: text, error: error, by: call, listener: listener, reader: reader)
      {
        onDenial(denial)
      }
      observe(.denied, Array(text.utf8))
    }
    func observe(
      _ kind: Observation.Kind, _ path: [UInt8], arguments: () -> [String] = { [] },
      exists: () -> Bool = { true }
    ) {
      guard observes else { return }
      if let observation = observations.note(
        kind, path: path, arguments: arguments, exists: exists, by: call, listener: listener,
        reader: reader)
      {
        onObservation(observation)
      }
    }
    switch policy.verdict(number: call.number, arguments: call.arguments) {
    case .proceed: return .proceed
    case .refuse(let error, let category):
      if let category {
        let text = CallDescription.text(name: name, arguments: call.arguments, caller: caller)
        refuse(category, text, error)
      }
      return .refuse(error)
    case .decoy(let closeOnExec):
      if decoy.give(to: call, of: listener, closeOnExec: closeOnExec) { return .given }
      let text = CallDescription.text(name: name, arguments: call.arguments, caller: caller)
      refuse(.network, text)
      return .refuse(.EPERM)
    case .option:
      let link = caller.link("fd/\(Int32(truncatingIfNeeded: call.arguments[0]))")
      return link != nil && link == decoy.link ? .pretend : .proceed
    case .address:
      // Between this look and the kernel's another thread may change the address: no socket of
      // another family exists inside, so that it gains nothing.
      let (pointer, length) = name == "sendto" ? (4, 5) : (1, 2)
      let bytes = CallDescription.bytes(
        ofAddressAt: call.arguments[pointer], length: call.arguments[length], caller)
      let text = "\(name)(\(CallDescription.address(bytes)))"
      if SocketAddress(bytes)?.family == SocketAddress.unix {
        observe(.network, Array(text.utf8))
        return .proceed
      }
      refuse(.network, text)
      return .refuse(.EPERM)
    case .open:
      let opening = FileOpening(name: name, arguments: call.arguments, caller: caller)
      guard let path = opening.path(caller), !opening.isPathOnly else { return .proceed }
      if reportsWrites, writes.refuses(path, opening, caller: caller) {
        let flags = CallDescription.openFlags(opening.flags)
        refuse(.write, "\(name)(\(PrintableText.quoted(path)), \(flags))", .EROFS)
      } else if observesOpens {
        observe(
          opening.isForWriting ? .write : .read, path, exists: { Self.exists(path, caller) })
      }
      return .proceed
    case .program:
      if let launch = launch(by: call, caller) { onLaunch(launch) }
      guard observesPrograms || preload != nil else { return .proceed }
      let isAt = name == "execveat"
      let path = CallPath.absolute(
        at: call.arguments[isAt ? 1 : 0],
        from: isAt ? CallPath.folder(call.arguments[0]) : nil, caller)
      if let path {
        preload?.note(path, by: call, caller: caller, listener: listener, reader: reader)
      }
      if observesPrograms, let path {
        observe(
          .exec, path, arguments: { CallPath.list(at: call.arguments[isAt ? 2 : 1], caller) },
          exists: { Self.exists(path, caller) })
      }
      return .proceed
    case .random:
      return drawn(for: call, caller).map { .returned($0) } ?? .proceed
    case .arrival:
      preload?.arrive(thread: call.thread, reader: reader)
      return .proceed
    case .announcement:
      if let announcement = announcement(by: call) { onAnnouncement(announcement) }
      return .proceed
    }
  }

  /// Nil for one of a program that only imitates the announcer, or that somebody else has started.
  private func announcement(by call: SyscallListener.Notification) -> Announcement? {
    guard let announcer, let found = reader.announcement(thread: call.thread),
      found.executable.utf8.elementsEqual(announcer.utf8), listener.isWaiting(call),
      starter == nil || starter == found.parent
    else { return nil }
    starter = found.parent
    return found.announcement
  }

  /// Nil for one by any other process than a child of the announcers' starter that runs what that
  /// one runs: it is about to become what the starter wants.
  private func launch(
    by call: SyscallListener.Notification, _ caller: ForeignProcess
  ) -> Launch? {
    guard let starter, reader.isChild(call.thread, of: starter),
      let launch = reader.launch(call.arguments, caller), listener.isWaiting(call)
    else { return nil }
    return launch
  }

  /// Gives the caller numbers of the seed. Nil for calls that fail, and where the caller's memory
  /// cannot be written to: then the kernel decides.
  private func drawn(
    for call: SyscallListener.Notification, _ caller: ForeignProcess
  ) -> Int64? {
    let flags = UInt32(truncatingIfNeeded: call.arguments[2])
    // GRND_NONBLOCK, GRND_RANDOM or GRND_INSECURE; the last two exclude each other.
    guard flags & ~7 == 0, flags & 6 != 6, let started = caller.startTime else { return nil }
    guard
      let bytes = random?.next(call.arguments[1], thread: call.thread, started: started),
      listener.write(bytes, at: call.arguments[0], for: call)
    else { return nil }
    seededCalls += 1
    return Int64(bytes.count)
  }

  /// What a process calls itself below /proc has no such name for the runner.
  private static func exists(_ path: [UInt8], _ caller: ForeignProcess) -> Bool {
    path.starts(with: "/proc/self/".utf8) || path.starts(with: "/proc/thread-self/".utf8)
      || path.starts(with: "/dev/fd/".utf8) || (try? caller.find(path)) != nil
  }
}

/// What a program gets for a socket that it may not have.
private final class Decoy {
  /// Nil where none can be made: then the socket is refused.
  private let file: Descriptor?
  /// How /proc/PID/fd shows it. A file that a program gives the same name is none, but seeming to set
  /// an option of it helps nobody.
  let link: [UInt8]?

  init() {
    guard let file = try? MemoryFile.inert(name: "no-network") else {
      file = nil
      link = nil
      return
    }
    link = ForeignProcess(Machine.processID).link("fd/\(file.raw)")
    self.file = consume file
  }

  /// - Returns: whether the caller has it.
  func give(
    to call: SyscallListener.Notification, of listener: borrowing SyscallListener,
    closeOnExec: Bool
  ) -> Bool {
    switch file {
    case .some(let file): listener.give(file.raw, to: call, closeOnExec: closeOnExec)
    case .none: false
    }
  }
}
