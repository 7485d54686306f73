public import Building
internal import Failing
internal import Hashing
internal import Linux
public import Planning
internal import Reading

/// Finds out why the first units that differ do, by running each alone again.
public struct CauseFinder {
  /// How far it is, for whoever shows it.
  public struct Progress: Sendable {
    public let unit: RecordedUnit
    public let trial: Int
    /// How many trials are usual; there can be more.
    public let expected: Int
  }

  private let plan: Plan
  private let legs: [LegResult]
  private let host: BuildHost
  private let folder: String
  private let bound: Double
  private let onProgress: (Progress) -> Void

  /// Units that are looked into.
  public static let mostUnits = 3
  /// Of the time that the slower leg took, what the search may take; and seconds that it always may.
  static let share = 0.1
  static let least = 10.0
  /// Trials at once.
  private static let width = 2

  /// - Parameters:
  ///   - plan: what was built.
  ///   - legs: what came of its legs.
  ///   - host: as for the build.
  ///   - folder: an existing folder for what trials leave, which this empties.
  ///   - bound: seconds that it may take; nil for a tenth of what the slower leg took, or ten.
  ///   - onProgress: is told of each batch of trials.
  public init(
    _ plan: Plan, _ legs: [LegResult], on host: BuildHost, folder: String, bound: Double? = nil,
    onProgress: @escaping (Progress) -> Void = { _ in }
  ) {
    self.plan = plan
    self.legs = legs
    self.host = host
    self.folder = folder
    self.onProgress = onProgress
    self.bound =
      bound
      ?? max((legs.map(\.seconds).max() ?? 0) * Self.share, Self.least)
  }

  /// The causes of the first units that differ by themselves, by position in the findings.
  public func causes(of blame: Blame) throws(BuildingError) -> [Int: UnitCause] {
    var causes: [Int: UnitCause] = [:]
    let start = Machine.monotonicSeconds
    let chosen = Array(blame.beginnings.prefix(Self.mostUnits))
    for (place, index) in chosen.enumerated() {
      let left = start + bound - Machine.monotonicSeconds
      // What one leaves is the next one's too.
      let deadline = Machine.monotonicSeconds + left / Double(chosen.count - place)
      causes[index] = try cause(
        of: blame.findings[index], in: plan.legs.first { $0.name == blame.legs.second },
        until: deadline)
    }
    return causes
  }

  private func cause(
    of finding: Blame.Finding, in leg: Plan.Leg?, until deadline: Double
  ) throws(BuildingError) -> UnitCause {
    if case .only(let leg) = finding.state { return .unknown("only leg \(leg) has it") }
    guard let leg, let units = legs.first?.units?.units, let remains = legs.first?.remains,
      let replay = UnitReplay(finding.unit, among: units, remains, plan, on: host)
    else { return .unknown("how cargo started it was not seen") }
    let variations = ordered(leg.variations, finding, leg)
    let trials = Trials(
      replay: replay, leg: leg, folder: folder, deadline: deadline,
      expected: variations.count + 2 * CauseSearch.confirmations, onProgress: onProgress)
    defer { trials.clear() }
    let found: Found
    if let early = try expanded(finding, variations, replay, trials) {
      found = early
    } else {
      found = try compiled(finding, variations, replay, trials)
    }
    // Last, because all else tells more.
    var cause = try found.search.completed(found.cause) { (batch) throws(BuildingError) in
      try trials.run(batch, for: found.question)
    }
    if trials.isLate {
      let time = "more than \(Int(bound.rounded())) s were not to be spent"
      cause.note = cause.note.map { "\($0); \(time)" } ?? time
    }
    if cause.certainty == .uncontrolled, trials.showTime {
      cause.note = UnitCause.time
      if variations.contains(.clock) { cause.variations = [.clock] }
    }
    return cause
  }

  /// What a search has found, and by what question.
  private struct Found {
    let search: CauseSearch
    let question: UnitTrial.Question
    var cause: UnitCause
  }

  /// The variations of leg B, the likelier ones first: those that change a variable which the unit was
  /// asked for, then what decides orders.
  private func ordered(
    _ variations: [Variation], _ finding: Blame.Finding, _ leg: Plan.Leg
  ) -> [Variation] {
    var names = Set(finding.unit.environment.map { Array($0.name.utf8) })
    if case .root(.environment(let own)) = finding.state {
      names.formUnion(own.map { Array($0.utf8) })
    }
    func changed(_ variation: Variation) -> Bool {
      let own = plan.replay(of: leg, varying: [variation]).environment
      return plan.legs[0].environment.contains { variable in
        names.contains(Array(variable.name.utf8)) && !own.contains(variable)
      }
    }
    let likely: [Variation] = variations.filter(changed) + [.readdir, .random, .aslr]
    let first = likely.filter(variations.contains)
    return first.indices.filter { !first[..<$0].contains(first[$0]) }.map { first[$0] }
      + variations.filter { !first.contains($0) }
  }

  /// What macros make of the source differs: by far quicker to repeat than the whole unit. Nil where it
  /// does not, or the unit is none of rustc's.
  private func expanded(
    _ finding: Blame.Finding, _ variations: [Variation], _ replay: UnitReplay, _ trials: Trials
  ) throws(BuildingError) -> Found? {
    guard finding.unit.kind != .buildScriptRun,
      let pair = try trials.pair(variations, .expansion),
      case .made(_, let first) = pair.0, case .made(_, let second) = pair.1, first != second
    else { return nil }
    let search = CauseSearch(
      variations: variations, first: .hashing(first), second: .hashing(second), width: Self.width)
    var cause = try search.cause { (batch) throws(BuildingError) in
      try trials.run(batch, for: .expansion)
    }
    cause.stage = .expansion
    // What differs besides can come from `env!` and `include!` in the source itself.
    if case .root(.procMacros) = finding.state {
      cause.macro = try macro(of: cause, trials, replay.macros)
    }
    switch cause.certainty {
    case .unknown: break
    case .uncontrolled: cause.lines = LineDifference.lines(from: first, to: second)
    case .certain, .likely: try show(&cause, finding, trials)
    }
    return Found(search: search, question: .expansion, cause: cause)
  }

  /// The lines of the source after macros that differ, and whether what is made of it does.
  private func show(
    _ cause: inout UnitCause, _ finding: Blame.Finding, _ trials: Trials
  ) throws(BuildingError) {
    if let own = try trials.pair(cause.variations, .expansion),
      case .made(_, let first) = own.0, case .made(_, let second) = own.1
    {
      cause.lines = LineDifference.lines(from: first, to: second)
    }
    // That this is what differed in the build shows when the whole is made.
    let whole = try trials.run([cause.variations], for: .outputs)
    switch whole.first {
    case .result(let digest) where digest == Trials.digest(finding.unit.outputs):
      cause.certainty = .likely
      cause.note = "the source after macros differs, what is made of it does not"
    case .result: break
    default: cause.note = "only the source after macros was made again"
    }
  }

  private func macro(
    of cause: UnitCause, _ trials: Trials, _ macros: [MacroPackage]
  ) throws(BuildingError) -> CargoPackage? {
    if macros.count < 2 { return macros.first?.package }
    guard let marked = try trials.pair(cause.variations, .hygiene),
      case .made(_, let first) = marked.0, case .made(_, let second) = marked.1
    else { return nil }
    return Hygiene(first).macro(ofFirstDifferenceFrom: Hygiene(second), among: macros)?.package
  }

  /// The whole unit is made again.
  private func compiled(
    _ finding: Blame.Finding, _ variations: [Variation], _ replay: UnitReplay, _ trials: Trials
  ) throws(BuildingError) -> Found {
    let search = CauseSearch(
      variations: variations, first: Trials.digest(finding.unit.outputs),
      second: Trials.digest(finding.outputsOfSecond), width: Self.width)
    var cause = try search.cause { (batch) throws(BuildingError) in
      try trials.run(batch, for: .outputs)
    }
    if finding.unit.kind == .buildScriptRun {
      cause.stage = cause.certainty == .unknown ? nil : .output
    } else if cause.certainty == .certain || cause.certainty == .likely {
      try findStage(of: &cause, trials)
    }
    return Found(search: search, question: .outputs, cause: cause)
  }

  /// The first of rustc's steps behind macros that differs.
  private func findStage(of cause: inout UnitCause, _ trials: Trials) throws(BuildingError) {
    let steps: [(UnitCause.Stage, UnitTrial.Question)] = [
      (.mir, .form("mir")), (.llvmIR, .form("llvm-ir")), (.object, .form("obj")),
      (.link, .outputs),
    ]
    for (stage, question) in steps {
      guard let pair = try trials.pair(cause.variations, question),
        case .made(let first, _) = pair.0, case .made(let second, _) = pair.1
      else { return }
      if Trials.digest(first) != Trials.digest(second) {
        // What the kernel chooses can have been the same in all steps before.
        if stage == .link, cause.variations.contains(where: \.isChance) { return }
        cause.stage = stage
        // What a link makes is explained with the artifacts.
        if stage != .link { cause.lines = trials.lines(first, second) }
        return
      }
    }
  }
}

extension Blame.Finding {
  /// What leg B made of the unit.
  fileprivate var outputsOfSecond: [RecordedUnit.Output] {
    let differing = Set(differences.map { Array($0.name.utf8) })
    let others = unit.outputs.filter { !differing.contains(Array($0.name.utf8)) }
    return others + differences.compactMap(\.second)
  }
}

/// Trials of one unit, until a deadline.
private final class Trials {
  private let replay: UnitReplay
  private let leg: Plan.Leg
  private let folder: String
  private let deadline: Double
  private let expected: Int
  private let onProgress: (CauseFinder.Progress) -> Void
  private var count = 0
  /// Whether a trial was left out or given up for want of time.
  private(set) var isLate = false
  /// What was made where nothing was varied, two results that differ, each with its folder.
  private var controls: [(files: [[UInt8]: Digest], folder: String)] = []
  /// The folders of the last pair's copies.
  private var copies: [String] = []

  init(
    replay: UnitReplay, leg: Plan.Leg, folder: String, deadline: Double, expected: Int,
    onProgress: @escaping (CauseFinder.Progress) -> Void
  ) {
    self.replay = replay
    self.leg = leg
    self.folder = folder
    self.deadline = deadline
    self.expected = expected
    self.onProgress = onProgress
  }

  /// Of names and contents, in the order of the names; when a file was changed does not count.
  static func digest(_ outputs: [RecordedUnit.Output]) -> Digest {
    var hasher = Hasher()
    for output in outputs.sorted(by: { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
      let content =
        switch output.content {
        case .file(let size, let digest): "\(size) \(digest)"
        case .symlink(let target): "symlink \(target)"
        case .unread(let reason): "unread \(reason)"
        }
      hasher.update(Array(output.name.utf8) + [0] + Array(content.utf8) + [0])
    }
    return hasher.finish()
  }

  func run(
    _ batch: [[Variation]], for question: UnitTrial.Question
  ) throws(BuildingError) -> [CauseSearch.Trial] {
    let made = try trials(batch.map { ($0, question) })
    var results: [CauseSearch.Trial] = []
    for (variations, trial) in zip(batch, made) {
      switch trial.result {
      case .made(let outputs, let printed):
        let digest =
          question == .outputs ? Self.digest(outputs) : Digest.hashing(printed)
        results.append(.result(digest))
        if variations.isEmpty { keep(outputs, printed, trial.copies) }
      case .failed(let status):
        // Leg A's unit did not fail, so it is not alone what it was there.
        results.append(
          variations.isEmpty
            ? .impossible("alone it fails, with status \(status)")
            : .result(.hashing("failed with status \(status)")))
      case .impossible(let reason): results.append(.impossible("it cannot be run alone: \(reason)"))
      case .timedOut, nil: results.append(.untimely)
      }
    }
    return results
  }

  /// The answers to another question without variations and with these; nil where time is up.
  func pair(
    _ variations: [Variation], _ question: UnitTrial.Question
  ) throws(BuildingError) -> (UnitTrial, UnitTrial)? {
    let made = try trials([([], question), (variations, question)])
    copies = made.map(\.copies)
    guard let first = made[0].result, let second = made[1].result, first != .timedOut,
      second != .timedOut
    else { return nil }
    return (first, second)
  }

  /// The lines or the names of what two answers of the last pair differ in.
  func lines(_ first: [RecordedUnit.Output], _ second: [RecordedUnit.Output]) -> [String] {
    for output in first {
      let name = Array(output.name.utf8)
      let other = second.first { Array($0.name.utf8) == name }
      guard other?.content != output.content else { continue }
      let shown = FileSystem.split(output.name).name.printable
      return ["\(shown) differs"] + (other.map { differences(output, $0) } ?? [])
    }
    return []
  }

  /// Of the copies of two files of the last pair: lines of texts, parts of others.
  private func differences(
    _ first: RecordedUnit.Output, _ second: RecordedUnit.Output
  ) -> [String] {
    guard let a = first.digest, let b = second.digest else { return [] }
    let (old, new) = ("\(copies[0])/\(a.hex)", "\(copies[1])/\(b.hex)")
    return BlameEvidence.textLines(old, new, limit: LineDifference.lineLimit)
      ?? BlameEvidence.parts(old, new, name: first.name) ?? []
  }

  /// Whether what differs where nothing is varied are times.
  var showTime: Bool {
    guard controls.count > 1 else { return false }
    let names = controls[0].files.keys.sorted { $0.lexicographicallyPrecedes($1) }
    for name in names {
      guard let first = controls[0].files[name], let second = controls[1].files[name],
        first != second,
        let found = try? Explanation(
          "\(controls[0].folder)/\(first.hex)", "\(controls[1].folder)/\(second.hex)")
      else { continue }
      return found.findings.contains { $0.cause == .embeddedTime }
    }
    return false
  }

  func clear() {
    for entry in (try? Directory(folder).entries()) ?? [] {
      try? FileSystem.removeTree("\(folder)/\(entry.name)")
    }
  }

  /// Keeps the first two results that differ, for `showTime`.
  private func keep(_ outputs: [RecordedUnit.Output], _ printed: [UInt8], _ folder: String) {
    guard controls.count < 2 else { return }
    var files: [[UInt8]: Digest] = [:]
    for output in outputs { files[Array(output.name.utf8)] = output.digest }
    if !printed.isEmpty {
      let digest = Digest.hashing(printed)
      files[[]] = digest
      try? FileSystem.makeDirectories(folder)
      try? FileSystem.write(printed, to: "\(folder)/\(digest.hex)")
    }
    if controls.first?.files != files { controls.append((files, folder)) }
  }

  private struct Made: Sendable {
    /// Nil where it was not begun.
    let result: UnitTrial?
    let copies: String
  }

  private func trials(
    _ wanted: [(variations: [Variation], question: UnitTrial.Question)]
  ) throws(BuildingError) -> [Made] {
    onProgress(CauseFinder.Progress(unit: replay.unit, trial: count + 1, expected: expected))
    let first = count
    count += wanted.count
    let (replay, leg, folder, deadline) = (replay, leg, folder, deadline)
    let jobs = wanted.enumerated().map { (number: first + $0.offset, what: $0.element) }
    let made = try Workers.map(jobs, threads: 2) { (job) throws(BuildingError) -> Made in
      let copies = "\(folder)/\(job.number)"
      let left = deadline - Machine.monotonicSeconds
      guard left > 0 else { return Made(result: nil, copies: copies) }
      return Made(
        result: try replay.run(
          varying: job.what.variations, of: leg, for: job.what.question, timeout: left,
          copies: copies),
        copies: copies)
    }
    if made.contains(where: { $0.result == nil || $0.result == .timedOut }) { isLate = true }
    return made
  }
}
