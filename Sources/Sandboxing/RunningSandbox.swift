internal import CChild
public import Linux

/// A sandbox with a program in it. When this value goes away, so does everything inside.
public struct RunningSandbox: ~Copyable {
  private let sandbox: Sandbox
  private var first: SandboxInit
  private let cgroup: MemoryCgroup?
  /// Descriptors of memory mounts that the runner keeps, by their path inside.
  private var kept: [KeptMount]

  private struct KeptMount {
    let target: String
    let raw: Int32
  }

  private let started: Double
  private let landlock: Landlock?
  private var hasTimeNamespace = false
  /// Messages of the child that were read while it ran.
  private var messages: [ChildMessage] = []
  /// Whether the child has still to say whether it got a listener.
  private var awaitsListener = false
  private var supervisor: Supervisor?
  /// Whether a process is left that could make a call for the supervisor.
  private var isServed = true

  /// What holds the memory limit, when there is one.
  public let memoryEnforcement: MemoryEnforcement?

  /// The numbers of descriptors 0, 1 and 2 inside; -1 is the sandbox's /dev/null.
  public struct Streams: Sendable {
    public var input: Int32
    public var output: Int32
    public var error: Int32
    /// Whether descriptor 0 becomes the controlling terminal of the program's session.
    public var isTerminal: Bool

    /// The two ends of a pipe of job tokens, which become descriptors 4 and 5 inside (GNU make
    /// manual, "Job Slots").
    public var jobTokens: (read: Int32, write: Int32)?

    public init(
      input: Int32 = -1, output: Int32, error: Int32, isTerminal: Bool = false,
      jobTokens: (read: Int32, write: Int32)? = nil
    ) {
      self.jobTokens = jobTokens
      self.input = input
      self.output = output
      self.error = error
      self.isTerminal = isTerminal
    }
  }

  /// Seconds until a sandbox must be ready, whatever the time limit of its program; about 5 ms is
  /// usual. A file system that does not answer would keep the child mounting for ever.
  private static let setupTimeout = 60.0
  /// Seconds until what was killed must be gone. Freeing the memory of a large build takes a while.
  private static let killTimeout = 60.0
  /// Seconds without a word until an output is given up whose sandbox is gone, as somebody else on
  /// the host holds it open.
  private static let outputTimeout = 5.0

  /// Fills a prepared memory mount, of which it gets the path inside.
  public typealias Preparation = (String, borrowing Directory) throws(SystemError) -> Void

  /// Makes the sandbox and starts the program in it. A program that cannot be executed is reported by
  /// `wait`. Once one of `stops` is readable, this fails with `.interrupted`. What `prepare` makes in
  /// the prepared memory mounts belongs to the user inside.
  public static func start(
    _ sandbox: Sandbox, streams: Streams, stops: [Int32] = [],
    prepare: Preparation = { _, _ in }
  ) throws(SandboxError) -> RunningSandbox {
    try start(
      sandbox, in: try SandboxInit.start(streams, layers: sandbox.layers), stops: stops,
      prepare: prepare)
  }

  /// The same in a process that was made before, with a network namespace of its own.
  public static func start(
    _ sandbox: Sandbox, in first: consuming SandboxInit, stops: [Int32] = [],
    prepare: Preparation = { _, _ in }
  ) throws(SandboxError) -> RunningSandbox {
    let started = Machine.monotonicSeconds
    var limited = sandbox
    var cgroup: MemoryCgroup?
    var enforcement: MemoryEnforcement?
    if let memory = sandbox.limits.memory {
      cgroup = MemoryCgroup.make(limit: memory)
      enforcement = cgroup?.enforcement ?? .perProcess
      if enforcement != .perProcess { limited.limits.memory = nil }
    }
    let landlock = try sandbox.landlock(offered: Landlock.offered)
    let mapping = IdentityMapping.choose(for: sandbox.identity)
    if sandbox.limits.pids != nil, mapping.mayBeMachineRoot { throw .unlimitable }
    do {
      try first.description.write(
        limited, isTerminal: first.isTerminal, dropsGroups: mapping.isPrivileged,
        landlock: landlock)
    } catch {
      throw .host("describing the sandbox to its first process", error, hint: nil)
    }
    var running = RunningSandbox(
      sandbox, first: first, cgroup: cgroup, memoryEnforcement: enforcement, landlock: landlock,
      started: started)
    try running.introduce(mapping, stops, prepare)
    return running
  }

  private init(
    _ sandbox: Sandbox, first: consuming SandboxInit, cgroup: consuming MemoryCgroup?,
    memoryEnforcement: MemoryEnforcement?, landlock: Landlock?, started: Double
  ) {
    self.sandbox = sandbox
    self.first = first
    self.cgroup = cgroup
    self.memoryEnforcement = memoryEnforcement
    self.landlock = landlock
    self.started = started
    kept = []
  }

  deinit {
    for index in kept.indices { _ = Descriptor(owning: kept[index].raw) }
    first.end()  // before the cgroup goes
  }

  /// The init's process number on the host, for messages and tests.
  public var pid: Int32 { first.process.pid }

  /// The layers that hold this run. One that fails to hold after `start` is an error of `wait`;
  /// whether calls are reported is known when `wait` has returned.
  public var isolation: Isolation {
    Isolation(
      sandbox, landlock: landlock, hasTimeNamespace: hasTimeNamespace,
      reportsDenials: reportsDenials, memory: memoryEnforcement)
  }

  /// Whether calls that the profile reports are seen: false where it reports none, where the sandbox
  /// was told not to, and where the kernel had no listener to give. Known when `wait` has returned.
  public private(set) var reportsDenials = false

  /// Whether announcements are taken: false where the sandbox has no announcer, and where the kernel
  /// had no listener to give. Known when `wait` has returned.
  public private(set) var hearsAnnouncements = false

  /// Calls for random numbers that were answered from the sandbox's seed so far; nil where there is no
  /// seed, or no listener that could use it. Known when `wait` has returned.
  public var seededCalls: Int? {
    guard sandbox.randomSeed != nil else { return nil }
    return supervisor?.seededCalls
  }

  /// Which programs loaded the preloaded library, when every process is dead; nil where that is not
  /// watched, and where the kernel had no listener to give. Known when `wait` has returned.
  public var preloadReach: PreloadReach? { supervisor?.preloadReach }

  /// The different denials so far, in the order of their first times, and how often each happened.
  public var denials: [(denial: Denial, count: Int)] {
    supervisor?.log.entries ?? []
  }

  /// Denials that were only counted, because there were too many different ones before.
  public var unlistedDenials: Int {
    supervisor?.log.unlisted ?? 0
  }

  /// Observations that were only counted, because there were too many different ones before.
  public var unlistedObservations: Int {
    switch supervisor {
    case .some(let supervisor): supervisor.observations.unlisted
    case .none: 0
    }
  }

  /// Ends this process when `wait` has returned: takes away what would outlive it, and leaves memory
  /// and descriptors to the kernel, which is faster at it.
  public borrowing func endProcess(_ status: Int32) -> Never {
    switch cgroup {
    case .some(let group): group.remove()
    case .none: break
    }
    Machine.exitAtOnce(status)
  }

  /// Passes a signal on to the program.
  public borrowing func send(_ signal: Signal) {
    try? first.control.send([UInt8(ascii: "S"), UInt8(truncatingIfNeeded: signal.rawValue)])
  }

  /// A collected memory mount; use it after `wait`, when nothing inside can change it any more.
  public borrowing func collected(_ target: String) throws(SystemError) -> Directory {
    for mount in kept where mount.target == target {
      return Directory(try Descriptor.duplicating(mount.raw), path: target)
    }
    preconditionFailure("\(target) is not a collected mount")
  }

  // MARK: Starting

  private mutating func introduce(
    _ mapping: IdentityMapping, _ stops: [Int32], _ prepare: Preparation
  ) throws(SandboxError) {
    do {
      try mapping.write(pid: first.process.pid, identity: sandbox.identity)
    } catch {
      if let fault = try pendingFault() { throw fault }
      throw .host(
        "mapping the sandbox's user", error,
        hint: "this host restricts user namespaces; run `cupel doctor` for the remedy")
    }
    do {
      switch cgroup {
      case .some(let group): try group.add(pid: first.process.pid)
      case .none: break
      }
    } catch {
      throw .host("limiting the sandbox's memory", error, hint: "run `cupel doctor`")
    }
    try tell([UInt8(ascii: "G")])
    // Compiled while the child mounts.
    awaitsListener =
      sandbox.reportsDenials && sandbox.layers.contains(.filter)
      && (SyscallFilter.notifies(sandbox.profile) || sandbox.randomSeed != nil
        || sandbox.announcer != nil || sandbox.watchesPreload)
    let filter =
      sandbox.layers.contains(.filter)
      ? try SyscallFilter.compile(
        sandbox.profile, notifying: awaitsListener, seedsRandom: sandbox.randomSeed != nil,
        announces: sandbox.announcer != nil, watchesPreload: sandbox.watchesPreload)
      : SyscallFilter.allowingEverything
    try takeMounts(stops)
    try fill(mapping, prepare)
    if sandbox.mounts.contains(where: \.isFilled) { try tell([UInt8(ascii: "F")]) }
    try tell([UInt8(ascii: awaitsListener ? "L" : "P")] + filter)
  }

  private borrowing func tell(_ bytes: [UInt8]) throws(SandboxError) {
    do {
      try first.control.send(bytes)
    } catch {
      if let fault = try pendingFault() { throw fault }
      throw .vanished(during: "starting")
    }
  }

  private mutating func takeMounts(_ stops: [Int32]) throws(SandboxError) {
    let message: MessageSocket.Message?
    let limit = min(Self.setupTimeout, sandbox.limits.timeout ?? .infinity)
    do {
      let left = max(started + limit - Machine.monotonicSeconds, 0)
      let ready = try Poll.wait(
        ([first.control.descriptor.raw] + stops).map { ($0, .readable) },
        milliseconds: Int32(left * 1000))
      if ready.isEmpty { throw SandboxError.slow(seconds: limit) }
      if ready != [0] { throw SandboxError.interrupted }
      message = try first.control.receive()
    } catch let error as SystemError {
      throw .host("talking to the sandbox", error, hint: nil)
    } catch let error as SandboxError {
      throw error
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
    guard let message, let parsed = ChildMessage(message.bytes) else {
      throw .vanished(during: "mounting")
    }
    if parsed.kind == .fault { throw .fault(parsed, in: sandbox) }
    let exported = sandbox.mounts.compactMap { mount -> String? in
      if case .memory(let memory) = mount, memory.isExported { memory.target } else { nil }
    }
    guard parsed.kind == .mounts, exported.count == message.descriptors.count else {
      throw .vanished(during: "mounting")
    }
    hasTimeNamespace = parsed.error == 0
    for (target, raw) in zip(exported, message.descriptors) {
      kept.append(KeptMount(target: target, raw: raw))
    }
  }

  private borrowing func fill(
    _ mapping: IdentityMapping, _ prepare: Preparation
  ) throws(SandboxError) {
    for mount in sandbox.mounts {
      guard case .memory(let memory) = mount, memory.contents != nil || memory.isPrepared
      else { continue }
      do {
        let source = try memory.contents.map { (path) throws(SystemError) in try Directory(path) }
        let target = try collected(memory.target)
        // The tmpfs belongs to the sandbox's user namespace, where root has no identity.
        if mapping.isPrivileged {
          Machine.setThreadFileIdentity(user: mapping.outsideUser, group: mapping.outsideGroup)
        }
        defer {
          if mapping.isPrivileged {
            Machine.setThreadFileIdentity(user: Machine.userID, group: Machine.groupID)
          }
        }
        guard let source else {
          try prepare(memory.target, target)
          continue
        }
        try Population(listing: memory.listing, time: memory.time)
          .copy(from: source, to: target)
      } catch {
        throw .host("filling \(memory.target) of the sandbox", error, hint: nil)
      }
    }
  }

  // MARK: Waiting

  /// Something to read while the sandbox runs.
  public struct Source {
    let raw: Int32
    let isWaitedFor: Bool
    let receive: (ArraySlice<UInt8>) -> Void

    /// An output of the sandbox, read to its end before `wait` returns.
    public static func output(
      _ raw: Int32, _ receive: @escaping (ArraySlice<UInt8>) -> Void
    ) -> Source {
      Source(raw: raw, isWaitedFor: true, receive: receive)
    }

    /// Something of the runner's own (its terminal), read only as long as the sandbox runs.
    public static func input(
      _ raw: Int32, _ receive: @escaping (ArraySlice<UInt8>) -> Void
    ) -> Source {
      Source(raw: raw, isWaitedFor: false, receive: receive)
    }
  }

  /// Waits until every process inside is dead, reading `sources` meanwhile.
  ///
  /// - Parameters:
  ///   - sources: what to read meanwhile.
  ///   - stops: descriptors that become readable when the run is to be given up.
  ///   - signals: a descriptor with signals of the runner.
  ///   - onSignal: takes each of them, and may pass it on.
  ///   - onDenial: takes each different denial when it first happens, before the caller gets its
  ///     answer; `denials` has them all at the end.
  ///   - onObservation: takes each observation, where the profile asks for them, likewise.
  ///   - onAnnouncement: takes what the sandbox's announcer is started with, before it goes on.
  ///   - onLaunch: takes each program that the announcers' starter starts after the first of them,
  ///     before it begins.
  /// - Returns: how the program ended.
  /// - Throws: the fault of the child where the program never began.
  public mutating func wait(
    reading sources: [Source] = [], stops: [Int32] = [], signals: Int32? = nil,
    onSignal: (borrowing RunningSandbox) -> Void = { _ in },
    onDenial: (Denial) -> Void = { _ in },
    onObservation: (Observation) -> Void = { _ in },
    onAnnouncement: (Announcement) -> Void = { _ in },
    onLaunch: (Launch) -> Void = { _ in }
  ) throws(SandboxError) -> Outcome {
    let deadline = sandbox.limits.timeout.map { started + $0 }
    var open = sources
    var forced: Outcome.Ending?
    var hasEnded = false
    var killed = 0.0
    var buffer = [UInt8](repeating: 0, count: sources.isEmpty ? 0 : 65536)
    do {
      while !hasEnded || open.contains(where: \.isWaitedFor) {
        var waits = open.map { (raw: $0.raw, interest: Poll.Interest.readable) }
        let fixed = waits.count
        if !hasEnded { waits.append((first.process.pidfd.raw, .readable)) }
        if let signals, !hasEnded { waits.append((signals, .readable)) }
        let calls = hasEnded ? nil : callSource
        if let calls { waits.append((calls, .readable)) }
        if forced == nil, !hasEnded { waits += stops.map { ($0, .readable) } }
        let end =
          hasEnded
          ? Machine.monotonicSeconds + Self.outputTimeout
          : forced == nil ? deadline : killed + Self.killTimeout
        let left = end.map { $0 - Machine.monotonicSeconds }
        if let left, left <= 0 {
          if forced != nil { throw SandboxError.unkillable }
          forced = .timedOut
          kill(at: &killed)
          continue
        }
        let ready = try Poll.wait(
          waits, milliseconds: left.map { Int32(min($0 * 1000 + 1, 1e9)) })
        if hasEnded, ready.isEmpty { break }
        if let calls, ready.contains(where: { waits[$0].raw == calls }) {
          try Self.readAll(&open, into: &buffer)
        } else {
          for index in ready.reversed() where index < fixed {
            try Self.read(&open, at: index, into: &buffer)
          }
        }
        for index in ready where index >= fixed {
          if waits[index].raw == first.process.pidfd.raw {
            hasEnded = true
          } else if waits[index].raw == signals {
            onSignal(self)
          } else if waits[index].raw == calls {
            try serveCalls(onDenial, onObservation, onAnnouncement, onLaunch)
          } else {
            forced = .interrupted(.interrupt)
            kill(at: &killed)
          }
        }
      }
      try first.reap()
    } catch let error as SystemError {
      throw .host("waiting for the sandbox", error, hint: nil)
    } catch let error as SandboxError {
      throw error
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
    return try outcome(forced: forced)
  }

  private borrowing func kill(at time: inout Double) {
    first.process.send(.kill)
    time = Machine.monotonicSeconds
  }

  // MARK: Denied calls

  /// Readable when a call waits for its answer, or the child has a listener to give.
  private var callSource: Int32? {
    if awaitsListener { return first.control.descriptor.raw }
    return isServed ? supervisor?.raw : nil
  }

  private mutating func serveCalls(
    _ onDenial: (Denial) -> Void, _ onObservation: (Observation) -> Void,
    _ onAnnouncement: (Announcement) -> Void, _ onLaunch: (Launch) -> Void
  ) throws {
    guard awaitsListener else {
      let isServed = try supervisor?.serve(
        onDenial: onDenial, onObservation: onObservation, onAnnouncement: onAnnouncement,
        onLaunch: onLaunch)
      if isServed == false {
        self.isServed = false
        takeMessages()  // while the kernel takes the sandbox down
      }
      return
    }
    guard let message = try first.control.receive(wait: false) else {
      awaitsListener = false  // the child is gone
      return
    }
    try take(message)
  }

  /// Takes what the child has sent and is here.
  private mutating func takeMessages() {
    while let message = try? first.control.receive(wait: false) { try? take(message) }
  }

  private mutating func take(_ message: MessageSocket.Message) throws {
    var descriptors = message.descriptors.map { Optional($0) }
    defer { for case let raw? in descriptors { _ = Descriptor(owning: raw) } }
    guard let parsed = ChildMessage(message.bytes) else { return }
    guard parsed.kind == .listener, awaitsListener else {
      messages.append(parsed)
      return
    }
    awaitsListener = false
    if let raw = descriptors.first ?? nil {
      descriptors[0] = nil
      supervisor = Supervisor(
        SyscallListener(Descriptor(owning: raw)), of: sandbox, initPID: first.process.pid)
      reportsDenials = SyscallFilter.notifies(sandbox.profile)
      hearsAnnouncements = sandbox.announcer != nil
    } else {
      try tell([UInt8(ascii: "P")] + SyscallFilter.compile(sandbox.profile, notifying: false))
    }
  }

  private static func read(
    _ open: inout [Source], at index: Int, into buffer: inout [UInt8]
  ) throws(SystemError) {
    let count = try readSome(open[index].raw, into: &buffer)
    open[index].receive(buffer[..<count])
    if count == 0 { open.remove(at: index) }
  }

  /// Reads what is there already. A program that waits for the answer to a call may have been
  /// announced just before, and then its announcement is here.
  private static func readAll(
    _ open: inout [Source], into buffer: inout [UInt8]
  ) throws(SystemError) {
    for _ in 0..<64 {
      let ready = try Poll.wait(open.map { ($0.raw, .readable) }, milliseconds: 0)
      if ready.isEmpty { return }
      for index in ready.reversed() { try read(&open, at: index, into: &buffer) }
    }
  }

  /// A terminal whose other end is closed answers EIO: the end of the stream, like 0.
  private static func readSome(
    _ raw: Int32, into buffer: inout [UInt8]
  ) throws(SystemError) -> Int {
    do {
      return try Descriptor.read(raw, into: &buffer)
    } catch {
      if error.isInputOutput { return 0 }
      throw error
    }
  }

  private mutating func outcome(forced: Outcome.Ending?) throws(SandboxError) -> Outcome {
    let elapsed = Machine.monotonicSeconds - started
    takeMessages()
    for message in messages where message.kind == .fault { throw .fault(message, in: sandbox) }
    let exit = messages.last { $0.kind == .exit }
    let ending: Outcome.Ending
    if let forced {
      ending = forced
    } else if sawOutOfMemory, exit?.status != 0 {
      ending = .outOfMemory
    } else if let exit {
      switch WaitStatus(raw: exit.status) {
      case .exited(let status): ending = .exited(status)
      case .signalled(let signal): ending = .signalled(signal)
      }
    } else {
      ending = .killed
    }
    return Outcome(
      ending: ending, userSeconds: exit?.userSeconds ?? 0, systemSeconds: exit?.systemSeconds ?? 0,
      elapsed: elapsed, peakProcessMemory: exit?.peakBytes ?? 0)
  }

  private var sawOutOfMemory: Bool {
    switch cgroup {
    case .some(let group): group.sawOutOfMemory
    case .none: false
    }
  }

  private borrowing func pendingFault() throws(SandboxError) -> SandboxError? {
    guard let message = try? first.control.receive(wait: false),
      let parsed = ChildMessage(message.bytes), parsed.kind == .fault
    else { return nil }
    return .fault(parsed, in: sandbox)
  }
}
