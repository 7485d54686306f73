internal import Hashing
internal import Linux
internal import Planning

/// Makes the record of a leg's units from what announced itself, what cargo said and what lies in the
/// target folder when every process of the leg is dead. Everything in that folder may have been
/// written by a hostile build.
final class UnitRecorder {
  private let session: CargoSession
  private let leg: Plan.Leg
  private let relocation: Relocation
  private let copies: String
  private let files: UnitFiles
  private var unlisted = 0
  private var drafts: [Draft] = []
  /// Which draft made a file, or has an OUT_DIR; by path relative to the target folder.
  private var makers: [[UInt8]: Int] = [:]
  private var runs: [[UInt8]: Int] = [:]

  private static let mostUnits = 16384

  /// A unit before its dependencies are positions in the final list.
  private struct Draft {
    var unit: RecordedUnit
    let invocation: Invocation?
    var dependencies: Set<Int> = []
    /// Of a run: whether it has values for the build scripts of packages above (`links`).
    var passesValues = false
    /// Sources below the target folder.
    var needed: [String] = []
  }

  /// - Parameters:
  ///   - target: the dead leg's target folder.
  ///   - session: what was announced and said.
  ///   - leg: whose environment is that of the leg.
  ///   - sizeLimit: that of the target folder: what is read of it together, holes included.
  ///   - copies: a folder to be made for copies of what build scripts made.
  init(
    _ target: consuming Directory, session: CargoSession, leg: Plan.Leg, sizeLimit: Int64,
    copies: String
  ) {
    self.session = session
    self.leg = leg
    relocation = leg.conditions.relocation
    files = UnitFiles(target, relocation: relocation, sizeLimit: sizeLimit, copies: copies)
    self.copies = copies
  }

  func record() throws(SystemError) -> UnitRecord {
    for invocation in session.invocations { try addCompilation(invocation) }
    for script in session.executedScripts {
      guard let folder = Invocation.belowTarget(script.outFolder) else { continue }
      try addRun(folder, package: script.package, evidence: .claimed)
    }
    let packages = Dictionary(grouping: drafts.indices) { drafts[$0].unit.package }
    for index in drafts.indices {
      let package = drafts[index].unit.package
      connect(index, companions: package == nil ? [] : packages[package] ?? [])
    }
    return UnitRecord(
      units: sorted(), unlisted: unlisted + session.unlistedInvocations + files.unlisted,
      copies: copies)
  }

  // MARK: Units

  private func addCompilation(_ invocation: Invocation) throws(SystemError) {
    if let folder = invocation.generated {
      try addRun(folder, package: invocation.package, evidence: .kernel)
    }
    guard drafts.count < Self.mostUnits else {
      unlisted += 1
      return
    }
    let ended = session.end(of: invocation)
    let outputs = try files.outputs(
      stem: invocation.stem, in: invocation.outFolder, endedAt: ended)
    let (info, sources) = try files.sources(
      "\(invocation.outFolder)/\(invocation.stem).d", directory: relocation.restored(leg.directory))
    let environment = info.environment.sorted {
      $0.name.utf8.lexicographicallyPrecedes($1.name.utf8)
    }
    let position = drafts.count
    for output in outputs { makers[Array(output.name.utf8)] = position }
    drafts.append(
      Draft(
        unit: RecordedUnit(
          package: invocation.package, kind: invocation.kind, crate: invocation.crate,
          hash: invocation.suffix, platform: invocation.platform, features: invocation.features,
          arguments: invocation.arguments,
          environment: environment.map { .init(name: $0.name, value: $0.value) },
          sources: sources, outputs: outputs, evidence: .kernel),
        invocation: invocation, needed: info.inputs.compactMap(Invocation.belowTarget)))
  }

  private func addRun(
    _ outFolder: String, package: CargoPackage?, evidence: Unit.Evidence
  ) throws(SystemError) {
    let parts = outFolder.split(separator: "/")
    guard parts.count >= 3, parts.last == "out", runs[Array(outFolder.utf8)] == nil else { return }
    guard drafts.count < Self.mostUnits else {
      unlisted += 1
      return
    }
    let folder = parts.dropLast().joined(separator: "/")
    let ended = session.end(ofRunIn: outFolder)
    let (directives, output) = try files.directives("\(folder)/output", endedAt: ended)
    let made = try files.tree(outFolder, endedAt: ended)
    let asked = Set(directives.environment.map { Array($0.utf8) }).sorted {
      $0.lexicographicallyPrecedes($1)
    }
    runs[Array(outFolder.utf8)] = drafts.count
    drafts.append(
      Draft(
        unit: RecordedUnit(
          package: package, kind: .buildScriptRun, crate: "build-script",
          hash: String(parts[parts.count - 2]),
          // `TRIPLE/release/build/…` and `release/build/…`
          platform: parts.count > 4 ? String(parts[0]) : nil,
          environment: asked.map { name in
            let name = String(decoding: name, as: UTF8.self)
            return .init(name: name, value: leg.environment.last { $0.name == name }?.value)
          },
          sources: .none, outputs: [output] + made, libraries: directives.libraries,
          evidence: evidence),
        invocation: nil, passesValues: directives.passesValues))
  }

  // MARK: Dependencies

  /// `companions` are the units of the same package.
  private func connect(_ index: Int, companions: [Int]) {
    var found: Set<Int> = []
    if let invocation = drafts[index].invocation {
      for path in invocation.externs {
        guard let name = Invocation.belowTarget(path) else { continue }
        if let maker = makers[Array(name.utf8)] { found.insert(maker) }
      }
      let folders =
        [invocation.generated] + invocation.searched.map(Invocation.belowTarget)
        + drafts[index].needed
      for case let folder? in folders {
        if let run = run(holding: folder) { found.insert(run) }
      }
    } else {
      for other in companions {
        let draft = drafts[other]
        if draft.unit.kind == .buildScript { found.insert(other) }
        // What the runs of the packages below pass on (cargo's reference, "The links Manifest Key").
        guard draft.unit.kind != .buildScript, let invocation = draft.invocation else { continue }
        found.formUnion(passing(to: invocation))
      }
    }
    found.remove(index)
    drafts[index].dependencies = found
  }

  private func passing(to invocation: Invocation) -> [Int] {
    invocation.externs.compactMap { path in
      guard let name = Invocation.belowTarget(path), let maker = makers[Array(name.utf8)],
        let folder = drafts[maker].invocation?.generated,
        let run = runs[Array(folder.utf8)], drafts[run].passesValues
      else { return nil }
      return run
    }
  }

  /// The run whose OUT_DIR this is, or lies in.
  private func run(holding path: String) -> Int? {
    var bytes = Array(path.utf8)[...]
    while !bytes.isEmpty {
      if let run = runs[Array(bytes)] { return run }
      guard let slash = bytes.lastIndex(of: UInt8(ascii: "/")) else { return nil }
      bytes = bytes[..<slash]
    }
    return nil
  }

  private func sorted() -> [RecordedUnit] {
    let order = drafts.indices.sorted {
      drafts[$0].unit.key.lexicographicallyPrecedes(drafts[$1].unit.key)
    }
    var places = [Int](repeating: 0, count: order.count)
    for (place, index) in order.enumerated() { places[index] = place }
    return order.map { index in
      let unit = drafts[index].unit
      return RecordedUnit(
        package: unit.package, kind: unit.kind, crate: unit.crate, hash: unit.hash,
        platform: unit.platform, features: unit.features, arguments: unit.arguments,
        environment: unit.environment, sources: unit.sources,
        dependencies: drafts[index].dependencies.map { places[$0] }.sorted(),
        outputs: unit.outputs, libraries: unit.libraries, evidence: unit.evidence)
    }
  }
}
