internal import Hashing
internal import Linux
public import Planning
internal import Reading
internal import Sandboxing
internal import Storing

/// Runs one unit of a built leg alone again: with the arguments, the variables and the working folder
/// that cargo gave it, in a sandbox of its own, in whose target folder is only what it reads.
public struct UnitReplay: Sendable {
  public let unit: RecordedUnit
  let units: [RecordedUnit]
  let plan: Plan
  let host: BuildHost
  let remains: LegRemains
  private let launch: Launch
  /// Files and folders below the target folder that it reads.
  private let files: [String]
  private let trees: [String]

  /// Nil where it was not seen how the unit was started.
  ///
  /// - Parameters:
  ///   - unit: a unit of the leg.
  ///   - units: all units of the leg, in their order.
  ///   - remains: what is left of the leg, which is the plan's first.
  ///   - plan: the plan that was built.
  ///   - host: as it was for the build.
  public init?(
    _ unit: RecordedUnit, among units: [RecordedUnit], _ remains: LegRemains, _ plan: Plan,
    on host: BuildHost
  ) {
    guard let launch = remains.launch(of: unit) else { return nil }
    self.unit = unit
    self.units = units
    self.plan = plan
    self.host = host
    self.remains = remains
    self.launch = launch
    let below = Self.below(unit, among: units)
    var files: [String] = []
    var trees = below.compactMap(\.outFolder)
    if unit.kind == .buildScriptRun {
      files = [launch.program].compactMap(Invocation.belowTarget)
      trees += launch.environment.flatMap(Self.outFolders)
    } else {
      let externs = Set(launch.invocation?.externs.compactMap(Invocation.belowTarget) ?? [])
      for unit in below where unit.kind != .buildScriptRun && unit.kind != .buildScript {
        let hasInterface = unit.outputs.contains { $0.name.hasSuffix(".rmeta") }
        for output in unit.outputs {
          // A library is compiled with the interfaces of others, only a link needs their code.
          let isCode = output.name.hasSuffix(".rlib") && hasInterface && !self.unit.links
          if !isCode || externs.contains(output.name) { files.append(output.name) }
        }
      }
      if let folder = launch.invocation?.generated { trees.append(folder) }
    }
    self.files = files
    self.trees = trees
  }

  /// Everything that a unit reads, directly or not.
  private static func below(_ unit: RecordedUnit, among units: [RecordedUnit]) -> [RecordedUnit] {
    var seen: Set<Int> = []
    var open = unit.dependencies
    while let index = open.popLast() {
      guard units.indices.contains(index), seen.insert(index).inserted else { continue }
      // The macros and libraries of a build script are in its program.
      if unit.kind == .buildScriptRun, units[index].kind != .buildScriptRun { continue }
      open += units[index].dependencies
    }
    return seen.sorted().map { units[$0] }
  }

  /// The OUT_DIRs of other packages that a variable names.
  private static func outFolders(_ variable: String) -> [String] {
    variable.split { $0 == "=" || $0 == ":" || $0 == " " }.compactMap { word in
      guard let path = Invocation.belowTarget(String(word)) else { return nil }
      let parts = path.split(separator: "/")
      guard let out = parts.firstIndex(of: "out"), out >= 2, parts[out - 2] == "build" else {
        return nil
      }
      return parts[...out].joined(separator: "/")
    }
  }

  // MARK: Trials

  /// Runs it under leg A's conditions with these variations.
  ///
  /// - Parameters:
  ///   - variations: what is varied.
  ///   - leg: the leg whose values the variations have.
  ///   - question: what it is run for.
  ///   - timeout: seconds until it is given up.
  ///   - copies: a folder of this trial's own for copies of small files that it makes.
  /// - Returns: what it did.
  /// - Throws: where the whole build is to stop.
  public func run(
    varying variations: [Variation], of leg: Plan.Leg, for question: UnitTrial.Question = .outputs,
    timeout: Double,
    copies: String
  ) throws(BuildingError) -> UnitTrial {
    do {
      return try trial(plan.replay(of: leg, varying: variations), question, timeout, copies)
    } catch let error as SandboxError {
      if case .interrupted = error { throw .interrupted }
      return .impossible(error.message)
    } catch let error as SystemError {
      if error.isInterruption { throw .interrupted }
      return .impossible(error.message)
    } catch let error as BuildingError {
      throw error
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
  }

  private static let stage = "cupel-stage"
  /// Bytes kept of what a unit prints.
  private static let longestText = 64 << 20

  private func trial(
    _ leg: Plan.Leg, _ question: UnitTrial.Question, _ timeout: Double, _ copies: String
  ) throws -> UnitTrial {
    let stops = host.stop.map { [$0] } ?? []
    let relocation = leg.conditions.relocation
    let target = relocation.moved(SandboxPaths.target)
    var clock: ClockCompilation?
    if let library = leg.clockLibrary {
      let folder = "\(copies)/clock"
      try FileSystem.makeDirectories(folder)
      clock = try ClockCompilation(
        of: library, tree: host.store.path(of: plan.inputs.rootfs.digest), profile: host.profile,
        in: folder, path: relocation.moved(SandboxPaths.clockLibrary), stops: stops)
      if let obstacle = clock?.obstacle { return .impossible(obstacle) }
    }
    var sandbox = try leg.sandbox(inputs: plan.inputs, on: host, clock: clock)
    adapt(&sandbox, target: target, leg, question, timeout: timeout)
    var output = try DescriptorPair.pipe()
    let printedEnd = output.takeFirst()
    let ownEnd = output.takeSecond()
    let tokens = try JobTokens(leg.conditions.jobs - 1)
    var running = try RunningSandbox.start(
      sandbox, streams: .init(output: ownEnd.raw, error: -1, jobTokens: tokens.ends), stops: stops
    ) { path, directory throws(SystemError) in
      if path == target { try fill(directory) }
    }
    _ = consume ownEnd
    var printed: [UInt8] = []
    let outcome = try running.wait(
      reading: [
        .output(printedEnd.raw) { bytes in
          if printed.count < Self.longestText { printed += bytes }
        }
      ], stops: stops)
    switch outcome.ending {
    case .exited(0): break
    case .interrupted: throw BuildingError.interrupted
    case .timedOut: return .timedOut
    case .outOfMemory, .killed: return .impossible("the memory limit was reached")
    case .exited, .signalled: return .failed(status: outcome.shellStatus)
    }
    let files = UnitFiles(
      try running.collected(target), relocation: relocation,
      sizeLimit: host.folderSizes.target, copies: copies)
    switch question {
    case .expansion, .hygiene: return .made([], printed: printed)
    case .form: return .made(try files.tree(Self.stage, endedAt: nil))
    case .outputs:
      if let folder = unit.outFolder {
        let name = FileSystem.split(folder).parent + "/output"
        return .made(
          [try files.directives(printed, name: name)] + (try files.tree(folder, endedAt: nil)))
      }
      guard let invocation = launch.invocation else { return .made([]) }
      return .made(
        try files.outputs(stem: invocation.stem, in: invocation.outFolder, endedAt: nil))
    }
  }

  private func fill(_ directory: borrowing Directory) throws(SystemError) {
    let folder = ReplayFolder(
      from: try remains.target.duplicate(), to: try directory.duplicate())
    for path in files { try folder.copy(path) }
    for path in trees where path != unit.outFolder { try folder.copyTree(path) }
    // Cargo makes them before.
    if let own = unit.outFolder { try folder.makeFolder(own) }
    if let own = launch.invocation?.outFolder { try folder.makeFolder(own) }
    try folder.makeFolder(Self.stage)
  }

  private func adapt(
    _ sandbox: inout Sandbox, target: String, _ leg: Plan.Leg, _ question: UnitTrial.Question,
    timeout: Double
  ) {
    let relocation = leg.conditions.relocation
    for (index, mount) in sandbox.mounts.enumerated() {
      guard case .memory(var memory) = mount, memory.target == target else { continue }
      memory.isPrepared = true
      sandbox.mounts[index] = .memory(memory)
    }
    sandbox.announcer = nil
    sandbox.watchesPreload = false
    sandbox.profile.observation = nil
    sandbox.directory = relocation.moved(launch.directory)
    sandbox.arguments = ([launch.program] + arguments(for: question)).map(relocation.moved)
    sandbox.environment = environment(in: leg, for: question)
    sandbox.limits.timeout = timeout
  }

  /// Without the program itself.
  private func arguments(for question: UnitTrial.Question) -> [String] {
    let given = Array(launch.arguments.dropFirst())
    switch question {
    case .outputs: return given
    case .expansion: return Self.without(["--emit"], given) + ["-Zunpretty=expanded"]
    case .hygiene: return Self.without(["--emit"], given) + ["-Zunpretty=expanded,hygiene"]
    case .form(let name):
      return Self.without(["--emit", "--out-dir"], given)
        + ["--emit=\(name)", "--out-dir", "\(SandboxPaths.target)/\(Self.stage)"]
    }
  }

  private static func without(_ options: [String], _ arguments: [String]) -> [String] {
    var kept: [String] = []
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      if options.contains(argument) {
        _ = rest.popFirst()
      } else if !options.contains(where: { argument.hasPrefix("\($0)=") }) {
        kept.append(argument)
      }
    }
    return kept
  }

  /// What cargo gave the unit, with what the leg changes of it: cargo passes its own environment on,
  /// sorted by name, and tells build scripts the number of jobs.
  private func environment(
    in leg: Plan.Leg, for question: UnitTrial.Question
  ) -> [(name: String, value: String)] {
    let base = remains.leg
    func value(_ name: Substring, in leg: Plan.Leg) -> String? {
      leg.environment.last { $0.name.utf8.elementsEqual(name.utf8) }?.value
    }
    var variables: [(name: String, value: String)] = []
    for entry in launch.environment {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2 else { continue }
      var own = String(parts[1])
      if let given = value(parts[0], in: base), given.utf8.elementsEqual(own.utf8) {
        guard let varied = value(parts[0], in: leg) else { continue }
        own = varied
      } else if parts[0] == "NUM_JOBS", own == "\(base.conditions.jobs)" {
        own = "\(leg.conditions.jobs)"
      } else {
        own = leg.conditions.relocation.moved(own)
      }
      variables.append((String(parts[0]), own))
    }
    for variable in leg.environment where value(Substring(variable.name), in: base) == nil {
      variables.append((variable.name, variable.value))
    }
    // Its feature gates are all that it opens; the compiler stays the same.
    if question != .outputs { variables.append(("RUSTC_BOOTSTRAP", "1")) }
    return variables.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }
}
