internal import Linux
internal import Reading

/// Answers the calls that a sandbox's filter leaves to the runner, and keeps what was denied.
struct Supervisor: ~Copyable {
  private let listener: SyscallListener
  private let policy: SyscallPolicy
  private let reader: ProcessReader
  private let writes: WriteJudge
  private let decoy: Descriptor
  private(set) var log = DenialLog()

  /// Most calls that are answered before the runner looks at its other descriptors again.
  private static let most = 64

  init(_ listener: consuming SyscallListener, of sandbox: Sandbox, initPID: Int32)
    throws(SystemError)
  {
    self.listener = listener
    policy = SyscallPolicy(sandbox.profile)
    reader = ProcessReader(interest: sandbox.interest, initPID: initPID)
    writes = WriteJudge(sandbox.mounts)
    decoy = try MemoryFile.inert(name: "no-network")
  }

  /// Readable when a call waits.
  var raw: Int32 { listener.descriptor.raw }

  /// Answers calls that wait, some at a time.
  ///
  /// - Returns: false when no process is left that could make one.
  mutating func serve(onDenial: (Denial) -> Void) throws(SystemError) -> Bool {
    for _ in 0..<Self.most {
      switch try listener.next() {
      case .call(let notification): answer(notification, onDenial)
      case .vanished: continue
      case .none: return true
      case .hungUp: return false
      }
    }
    return true
  }

  private mutating func answer(
    _ call: SyscallListener.Notification, _ onDenial: (Denial) -> Void
  ) {
    let caller = ForeignProcess(call.thread)
    let name = policy.name(of: call.number)
    /// Noted before it is answered: what comes next may be the end of the caller.
    func text() -> String {
      CallDescription.text(name: name, arguments: call.arguments, caller: caller)
    }
    switch policy.verdict(number: call.number, arguments: call.arguments) {
    case .proceed:
      listener.proceed(call)
    case .refuse(let error, let category):
      if let category { note(call, category, text(), error, onDenial) }
      listener.refuse(call, error: error.number)
    case .decoy(let closeOnExec):
      if !listener.give(decoy.raw, to: call, closeOnExec: closeOnExec) {
        note(call, .network, text(), .EPERM, onDenial)
        listener.refuse(call, error: ErrorName.EPERM.number)
      }
    case .address:
      // Between this look and the kernel's another thread may change the address: no socket of
      // another family exists inside, so that it gains nothing.
      let (pointer, length) = name == "sendto" ? (4, 5) : (1, 2)
      let bytes = CallDescription.bytes(
        ofAddressAt: call.arguments[pointer], length: call.arguments[length], caller)
      if SocketAddress(bytes)?.family == SocketAddress.unix {
        listener.proceed(call)
      } else {
        note(call, .network, "\(name)(\(CallDescription.address(bytes)))", .EPERM, onDenial)
        listener.refuse(call, error: ErrorName.EPERM.number)
      }
    case .write:
      let open = WriteJudge.Open(name: name, arguments: call.arguments)
      if let path = writes.refusedPath(open, caller: caller) {
        let flags = CallDescription.openFlags(open.flags)
        note(call, .write, "\(name)(\(PrintableText.quoted(path)), \(flags))", .EROFS, onDenial)
      }
      listener.proceed(call)
    }
  }

  private mutating func note(
    _ call: SyscallListener.Notification, _ category: Profile.Category, _ text: String,
    _ error: ErrorName, _ onDenial: (Denial) -> Void
  ) {
    if let denial = log.note(
      category: category, call: text, error: error, by: call, listener: listener, reader: reader)
    {
      onDenial(denial)
    }
  }
}
