internal import CChild
internal import Linux
internal import Reading

/// A `Sandbox` in the flat form of CChild.h. Owns every byte that the description points to; valid
/// as long as this value lives.
@safe struct ChildDescription: ~Copyable {
  private var strings: [UnsafeMutablePointer<CChar>] = unsafe []
  private let steps: UnsafeMutableBufferPointer<child_step>
  private let limits: UnsafeMutableBufferPointer<child_limit>
  private let cpus: UnsafeMutableBufferPointer<UInt8>
  private let landlockRules: UnsafeMutableBufferPointer<child_landlock_rule>
  private let arguments: CStrings
  private let programPaths: CStrings
  private let environment: CStrings
  private var description: child_description

  init(
    _ sandbox: Sandbox, streams: RunningSandbox.Streams, control: Int32, dropsGroups: Bool,
    landlock: Landlock?
  ) {
    var strings: [UnsafeMutablePointer<CChar>] = unsafe []
    func keep(_ text: String) -> UnsafePointer<CChar> {
      let copy = unsafe CStrings.copy(text)
      unsafe strings.append(copy)
      return unsafe UnsafePointer(copy)
    }
    unsafe steps = .allocate(capacity: sandbox.mounts.count)
    for (index, mount) in sandbox.mounts.enumerated() {
      unsafe steps.initializeElement(at: index, to: Self.step(mount, keep: keep))
      if !sandbox.layers.contains(.readOnlyMounts) {
        unsafe steps[index].flags |= CHILD_WRITABLE.rawValue
      }
    }
    let values = sandbox.limits.resourceLimits
    unsafe limits = .allocate(capacity: values.count)
    for (index, value) in values.enumerated() {
      unsafe limits.initializeElement(
        at: index, to: child_limit(resource: value.resource, value: value.value))
    }
    let cpuBytes = Self.cpuSet(sandbox.cpus ?? [])
    unsafe cpus = .allocate(capacity: cpuBytes.count)
    _ = unsafe cpus.initialize(fromContentsOf: cpuBytes)
    let rules = landlock?.rules ?? []
    unsafe landlockRules = .allocate(capacity: rules.count)
    for (index, rule) in rules.enumerated() {
      unsafe landlockRules.initializeElement(
        at: index, to: child_landlock_rule(path: keep(rule.path), access: rule.access.rawValue))
    }
    arguments = CStrings(sandbox.arguments)
    programPaths = CStrings(sandbox.programPaths)
    environment = CStrings(sandbox.environment.map { "\($0.name)=\($0.value)" })

    unsafe description = child_description()
    unsafe description.namespaces = Namespaces.flags(sandbox.layers)
    unsafe description.steps = UnsafePointer(steps.baseAddress)
    unsafe description.step_count = UInt32(steps.count)
    unsafe description.limits = UnsafePointer(limits.baseAddress)
    unsafe description.limit_count = UInt32(limits.count)
    unsafe description.hostname = keep(sandbox.hostname)
    unsafe description.uid = sandbox.identity.uid
    unsafe description.gid = sandbox.identity.gid
    unsafe description.drop_groups = dropsGroups ? 1 : 0
    unsafe description.umask = sandbox.umask
    unsafe description.personality =
      sandbox.randomizesAddresses ? 0 : UInt64(Namespaces.noAddressRandomization)
    unsafe description.cpus = cpuBytes.isEmpty ? nil : UnsafePointer(cpus.baseAddress)
    unsafe description.cpus_size = UInt32(cpuBytes.count)
    unsafe description.directory = keep(sandbox.directory)
    unsafe description.in = streams.input
    unsafe description.out = streams.output
    unsafe description.err = streams.error
    unsafe description.extra = (streams.jobTokens?.read ?? -1, streams.jobTokens?.write ?? -1)
    unsafe description.terminal = streams.isTerminal ? 1 : 0
    let title = ArgumentMemory.ofThisProcess
    unsafe description.title = title.start
    unsafe description.title_size = UInt32(title.size)
    unsafe description.control = control
    if let landlock { unsafe description.landlock = landlock.flat(landlockRules) }
    if sandbox.layers.contains(.timeNamespace), let uptime = sandbox.profile.uptime?.value {
      unsafe description.uptime = Int64(uptime)
    } else {
      unsafe description.uptime = -1
    }
    unsafe description.omitted = sandbox.layers.omittedByChild
    unsafe self.strings = strings
  }

  deinit {
    unsafe strings.forEach { unsafe $0.deallocate() }
    unsafe steps.deallocate()
    unsafe limits.deallocate()
    unsafe cpus.deallocate()
    unsafe landlockRules.deallocate()
  }

  /// Clones the child.
  mutating func start() throws(SystemError) -> ProcessHandle {
    var pidfd: Int32 = -1
    var description = unsafe self.description
    let pid = unsafe arguments.withPointers { argv in
      unsafe environment.withPointers { envp in
        unsafe programPaths.withPointers { paths in
          unsafe description.argv = UnsafePointer(argv)
          unsafe description.envp = UnsafePointer(envp)
          unsafe description.paths = UnsafePointer(paths)
          return unsafe child_start(&description, &pidfd)
        }
      }
    }
    guard pid > 0 else { throw .current("cloning a process into new namespaces") }
    return ProcessHandle(pid: pid, pidfd: Descriptor(owning: pidfd))
  }

  private static func step(
    _ mount: Mount, keep: (String) -> UnsafePointer<CChar>
  ) -> child_step {
    var step = unsafe child_step()
    let target = mount.target
    unsafe step.target = keep(target == "/" ? "." : String(target.drop { $0 == "/" }))
    switch mount {
    case .directory(_, let permissions):
      unsafe step.kind = CHILD_STEP_DIRECTORY.rawValue
      unsafe step.mode = permissions
    case .file(_, let contents, let permissions), .cover(_, let contents, let permissions):
      unsafe step.kind = CHILD_STEP_FILE.rawValue
      if case .cover = mount { unsafe step.kind = CHILD_STEP_COVER.rawValue }
      unsafe step.text = keep(contents)
      unsafe step.size = UInt64(contents.utf8.count)
      unsafe step.mode = permissions
    case .symlink(_, let text):
      unsafe step.kind = CHILD_STEP_SYMLINK.rawValue
      unsafe step.source = keep(text)
    case .bind(let source, _, let isWritable):
      unsafe step.kind = CHILD_STEP_BIND.rawValue
      unsafe step.source = keep(source)
      unsafe step.flags = isWritable ? CHILD_WRITABLE.rawValue : 0
    case .device(let source, _):
      unsafe step.kind = CHILD_STEP_BIND.rawValue
      unsafe step.source = keep(source)
      unsafe step.flags = CHILD_DEVICE.rawValue
    case .memory(let memory):
      unsafe step.kind = CHILD_STEP_TMPFS.rawValue
      unsafe step.source = keep(memory.options)
      if memory.isExported { unsafe step.flags |= CHILD_EXPORTED.rawValue }
      if memory.contents != nil { unsafe step.flags |= CHILD_FREEZE.rawValue }
    case .proc(_, let visibility):
      unsafe step.kind = CHILD_STEP_PROC.rawValue
      unsafe step.source = keep("hidepid=\(visibility.rawValue)")
    case .mask: unsafe step.kind = CHILD_STEP_MASK.rawValue
    case .readOnly: unsafe step.kind = CHILD_STEP_READONLY.rawValue
    }
    return unsafe step
  }

  /// The bit mask of sched_setaffinity(2), a multiple of 8 bytes long.
  static func cpuSet(_ cpus: [Int]) -> [UInt8] {
    guard let last = cpus.max() else { return [] }
    var bytes = [UInt8](repeating: 0, count: (last / 64 + 1) * 8)
    for cpu in cpus { bytes[cpu / 8] |= 1 << (cpu % 8) }
    return bytes
  }
}

extension Landlock {
  fileprivate func flat(
    _ rules: UnsafeMutableBufferPointer<child_landlock_rule>
  ) -> child_landlock {
    unsafe child_landlock(
      files: handled.rawValue, network: handledNetwork, scopes: scopes,
      rules: UnsafePointer(rules.baseAddress), rule_count: UInt32(rules.count),
      file_rights: Access.ofFiles.rawValue,
      readable_stream: handled.intersection([.readFile]).rawValue,
      writable_stream: handled.intersection([.writeFile, .truncate]).rawValue,
      device_stream: handled.intersection([.controlDevice]).rawValue)
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

extension MemoryMount {
  var isExported: Bool { isCollected || contents != nil }

  /// Mount options of tmpfs(5).
  var options: String {
    "size=\(size),nr_inodes=\(inodes),mode=\(String(permissions, radix: 8))"
  }
}
