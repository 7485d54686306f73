internal import CChild
internal import Linux
internal import Reading

/// A `Sandbox` in the flat form of CChild.h, in memory that the child shares.
@safe struct ChildDescription: ~Copyable {
  private var shared: SharedMemory
  private let description: UnsafeMutablePointer<child_description>

  /// Room for a description; pages are used as it grows. execve(2) takes 2 MiB of arguments and
  /// environment at most where the stack may have 8.
  private static let capacity = 16 << 20

  init() throws(SystemError) {
    var shared = try SharedMemory(capacity: Self.capacity)
    unsafe description = try shared.store([child_description()])
    self.shared = shared
  }

  /// Clones the child, which waits until it is told that the description is written.
  func start(
    _ streams: RunningSandbox.Streams, layers: Layers, control: Int32
  ) throws(SystemError) -> ProcessHandle {
    var birth = unsafe child_birth()
    unsafe birth.namespaces = Namespaces.first(layers)
    unsafe birth.later_namespaces = Namespaces.later(layers)
    unsafe birth.in = streams.input
    unsafe birth.out = streams.output
    unsafe birth.err = streams.error
    unsafe birth.extra = (streams.jobTokens?.read ?? -1, streams.jobTokens?.write ?? -1)
    unsafe birth.control = control
    let title = ArgumentMemory.ofThisProcess
    unsafe birth.title = title.start
    unsafe birth.title_size = UInt32(title.size)
    unsafe birth.description = UnsafePointer(description)
    unsafe birth.description_size = UInt64(Self.capacity)
    var pidfd: Int32 = -1
    let pid = unsafe child_start(&birth, &pidfd)
    guard pid > 0 else { throw .current("cloning a process into new namespaces") }
    return ProcessHandle(pid: pid, pidfd: Descriptor(owning: pidfd))
  }

  /// Writes it, once: from then on it is the child's alone.
  mutating func write(
    _ sandbox: Sandbox, isTerminal: Bool, dropsGroups: Bool, landlock: Landlock?
  ) throws(SystemError) {
    var steps: [child_step] = unsafe []
    for mount in sandbox.mounts {
      var step = unsafe try step(mount)
      if !sandbox.layers.contains(.readOnlyMounts) { unsafe step.flags |= CHILD_WRITABLE.rawValue }
      unsafe steps.append(step)
    }
    let limits = sandbox.limits.resourceLimits.map {
      child_limit(resource: $0.resource, value: $0.value)
    }
    let cpus = Self.cpuSet(sandbox.cpus ?? [])
    unsafe description.pointee.steps = UnsafePointer(try shared.store(steps))
    unsafe description.pointee.step_count = UInt32(steps.count)
    unsafe description.pointee.limits = UnsafePointer(try shared.store(limits))
    unsafe description.pointee.limit_count = UInt32(limits.count)
    unsafe description.pointee.hostname = try text(sandbox.hostname)
    unsafe description.pointee.domain = try text(sandbox.domain)
    unsafe description.pointee.uid = sandbox.identity.uid
    unsafe description.pointee.gid = sandbox.identity.gid
    unsafe description.pointee.drop_groups = dropsGroups ? 1 : 0
    unsafe description.pointee.umask = sandbox.umask
    unsafe description.pointee.personality =
      (sandbox.randomizesAddresses ? 0 : Namespaces.noAddressRandomization)
      | (sandbox.reportsOldKernel ? Namespaces.oldKernel : 0)
    unsafe description.pointee.niceness = Int32(sandbox.niceness)
    unsafe description.pointee.cpus = cpus.isEmpty ? nil : UnsafePointer(try shared.store(cpus))
    unsafe description.pointee.cpus_size = UInt32(cpus.count)
    unsafe description.pointee.directory = try text(sandbox.directory)
    unsafe description.pointee.argv = try vector(sandbox.arguments)
    unsafe description.pointee.paths = try vector(sandbox.programPaths)
    unsafe description.pointee.envp = try vector(
      sandbox.environment.map { "\($0.name)=\($0.value)" })
    unsafe description.pointee.terminal = isTerminal ? 1 : 0
    if let landlock { unsafe description.pointee.landlock = try flat(landlock) }
    unsafe description.pointee.uptime = -1
    if sandbox.layers.contains(.timeNamespace), let uptime = sandbox.profile.uptime?.value {
      unsafe description.pointee.uptime = Int64(uptime)
    }
    unsafe description.pointee.omitted = sandbox.layers.omittedByChild
    shared.giveBack()
  }

  private mutating func text(_ string: String) throws(SystemError) -> UnsafePointer<CChar> {
    unsafe UnsafePointer(try shared.store(string))
  }

  /// A null-terminated array of strings, as execve(2) takes it.
  private mutating func vector(
    _ strings: [String]
  ) throws(SystemError) -> UnsafePointer<UnsafeMutablePointer<CChar>?> {
    var pointers: [UnsafeMutablePointer<CChar>?] = unsafe []
    for string in strings { unsafe pointers.append(try shared.store(string)) }
    unsafe pointers.append(nil)
    return unsafe UnsafePointer(try shared.store(pointers))
  }

  private mutating func step(_ mount: Mount) throws(SystemError) -> child_step {
    var step = unsafe child_step()
    let target = mount.target
    unsafe step.target = try text(target == "/" ? "." : String(target.drop { $0 == "/" }))
    switch mount {
    case .directory(_, let permissions):
      unsafe step.kind = CHILD_STEP_DIRECTORY.rawValue
      unsafe step.mode = permissions
    case .file(_, let contents, let permissions), .cover(_, let contents, let permissions):
      unsafe step.kind = CHILD_STEP_FILE.rawValue
      if case .cover = mount { unsafe step.kind = CHILD_STEP_COVER.rawValue }
      unsafe step.text = try text(contents)
      unsafe step.size = UInt64(contents.utf8.count)
      unsafe step.mode = permissions
    case .symlink(_, let link):
      unsafe step.kind = CHILD_STEP_SYMLINK.rawValue
      unsafe step.source = try text(link)
    case .bind(let source, _, let isWritable):
      unsafe step.kind = CHILD_STEP_BIND.rawValue
      unsafe step.source = try text(source)
      unsafe step.flags = isWritable ? CHILD_WRITABLE.rawValue : 0
    case .device(let source, _):
      unsafe step.kind = CHILD_STEP_BIND.rawValue
      unsafe step.source = try text(source)
      unsafe step.flags = CHILD_DEVICE.rawValue
    case .memory(let memory):
      unsafe step.kind = CHILD_STEP_TMPFS.rawValue
      unsafe step.source = try text(memory.options)
      if memory.isExported { unsafe step.flags |= CHILD_EXPORTED.rawValue }
      if mount.isFilled { unsafe step.flags |= CHILD_FREEZE.rawValue }
    case .proc(_, let visibility):
      unsafe step.kind = CHILD_STEP_PROC.rawValue
      unsafe step.source = try text("hidepid=\(visibility.rawValue)")
    case .mask: unsafe step.kind = CHILD_STEP_MASK.rawValue
    case .readOnly: unsafe step.kind = CHILD_STEP_READONLY.rawValue
    }
    return unsafe step
  }

  private mutating func flat(_ landlock: Landlock) throws(SystemError) -> child_landlock {
    var rules: [child_landlock_rule] = unsafe []
    for rule in landlock.rules {
      unsafe rules.append(
        child_landlock_rule(
          path: try text(rule.path), access: rule.access.rawValue))
    }
    let handled = landlock.handled
    return unsafe child_landlock(
      files: handled.rawValue, network: landlock.handledNetwork, scopes: landlock.scopes,
      rules: UnsafePointer(try shared.store(rules)), rule_count: UInt32(rules.count),
      file_rights: Landlock.Access.ofFiles.rawValue,
      readable_stream: handled.intersection([.readFile]).rawValue,
      writable_stream: handled.intersection([.writeFile, .truncate]).rawValue,
      device_stream: handled.intersection([.controlDevice]).rawValue)
  }

  /// The bit mask of sched_setaffinity(2), a multiple of 8 bytes long.
  static func cpuSet(_ cpus: [Int]) -> [UInt8] {
    guard let last = cpus.max() else { return [] }
    var bytes = [UInt8](repeating: 0, count: (last / 64 + 1) * 8)
    for cpu in cpus { bytes[cpu / 8] |= 1 << (cpu % 8) }
    return bytes
  }
}

extension Layers {
  /// What the child itself has to leave out (CChild.h).
  fileprivate var omittedByChild: UInt32 {
    let parts: [(layer: Layers, flag: UInt32)] = [
      (.capabilities, CHILD_OMIT_CAPABILITIES.rawValue),
      (.readOnlyMounts, CHILD_OMIT_READONLY_ROOT.rawValue),
    ]
    return parts.reduce(0) { contains($1.layer) ? $0 : $0 | $1.flag }
  }
}

extension Mount {
  /// Whether the runner fills it, and the child then makes it read-only.
  var isFilled: Bool {
    if case .memory(let memory) = self { memory.contents != nil } else { false }
  }
}

extension MemoryMount {
  var isExported: Bool { isCollected || isPrepared || contents != nil }

  /// Mount options of tmpfs(5).
  var options: String {
    "size=\(size),nr_inodes=\(inodes),mode=\(String(permissions, radix: 8))"
  }
}
