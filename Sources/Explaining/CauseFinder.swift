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
  ///   - onProgress: is told of each batch of trials.
  public init(
    _ plan: Plan, _ legs: [LegResult], on host: BuildHost, folder: String,
    onProgress: @escaping (Progress) -> Void = { _ in }
  ) {
    self.plan = plan
    self.legs = legs
    self.host = host
    self.folder = folder
    self.onProgress = onProgress
    bound = max((legs.map(\.seconds).max() ?? 0) * Self.share, Self.least)
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
      causes[index] = try cause(of: blame.findings[index], until: deadline)
    }
    return causes
  }

  private func cause(
    of finding: Blame.Finding, until deadline: Double
  ) throws(BuildingError) -> UnitCause {
    let variations = plan.legs.last?.variations ?? []
    if case .only(let leg) = finding.state { return .unknown("only leg \(leg) has it") }
    guard let units = legs.first?.units?.units, let remains = legs.first?.remains,
      let replay = UnitReplay(finding.unit, among: units, remains, plan, on: host)
    else { return .unknown("how cargo started it was not seen") }
    let trials = Trials(
      replay: replay, folder: folder, deadline: deadline,
      expected: variations.count + 2 * CauseSearch.confirmations, onProgress: onProgress)
    defer { trials.clear() }
    let search = CauseSearch(
      variations: variations, first: Trials.digest(finding.unit.outputs),
      second: Trials.digest(finding.outputsOfSecond), width: Self.width)
    var cause = try search.cause(trials.run)
    if cause.certainty == .unknown, trials.isLate {
      cause.note = "there was no time to run it again within \(Int(bound.rounded())) s"
    }
    if cause.certainty == .uncontrolled, trials.showTime(finding) {
      cause.note = UnitCause.time
      if let clock = Variation(rawValue: "clock"), variations.contains(clock) {
        cause.variations = [clock]
      }
    }
    if cause.certainty == .certain || cause.certainty == .likely {
      try stage(of: &cause, finding, replay, trials)
    }
    return cause
  }

  // MARK: Stages

  private func stage(
    of cause: inout UnitCause, _ finding: Blame.Finding, _ replay: UnitReplay, _ trials: Trials
  ) throws(BuildingError) {
    if replay.unit.kind == .buildScriptRun {
      cause.stage = .output
      return
    }
    guard let texts = try trials.pair(cause.variations, .expansion) else { return }
    if case .made(_, let first) = texts.0, case .made(_, let second) = texts.1, first != second {
      cause.stage = .expansion
      cause.lines = LineDifference.lines(from: first, to: second)
      // What differs besides can come from `env!` and `include!` in the source itself.
      if case .root(.procMacros) = finding.state {
        cause.macro = try macro(of: cause, trials, replay.macros)
      }
      return
    }
    for (stage, form) in [
      (UnitCause.Stage.mir, "mir"), (.llvmIR, "llvm-ir"), (.object, "obj"),
    ] {
      guard let pair = try trials.pair(cause.variations, .form(form)) else { return }
      guard case .made(let first, _) = pair.0, case .made(let second, _) = pair.1 else { continue }
      if Trials.digest(first) != Trials.digest(second) {
        cause.stage = stage
        cause.lines = trials.lines(first, second)
        return
      }
    }
    cause.stage = .link
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
  private let folder: String
  private let deadline: Double
  private let expected: Int
  private let onProgress: (CauseFinder.Progress) -> Void
  private var count = 0
  /// Whether a trial was left out or given up for want of time.
  private(set) var isLate = false
  /// What was made where nothing was varied, each differing result once, and the folder of its copies.
  private var controls: [(outputs: [RecordedUnit.Output], copies: String)] = []

  init(
    replay: UnitReplay, folder: String, deadline: Double, expected: Int,
    onProgress: @escaping (CauseFinder.Progress) -> Void
  ) {
    self.replay = replay
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

  func run(_ batch: [[Variation]]) throws(BuildingError) -> [CauseSearch.Trial] {
    let made = try trials(batch.map { ($0, .outputs) })
    var results: [CauseSearch.Trial] = []
    for (variations, trial) in zip(batch, made) {
      switch trial.result {
      case .made(let outputs, _):
        results.append(.result(Self.digest(outputs)))
        if variations.isEmpty { keep(outputs, trial.copies) }
      case .failed(let status):
        // Leg A's unit did not fail, so it is not alone what it was there.
        results.append(
          variations.isEmpty
            ? .impossible("alone it fails, with status \(status)")
            : .result(.hashing("failed with status \(status)")))
      case .impossible(let reason): results.append(.impossible("it cannot be run alone: \(reason)"))
      case .timedOut, nil:
        isLate = true
        results.append(.untimely)
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

  /// The folders of the last pair's copies.
  private var copies: [String] = []

  /// The lines or the names of what two answers of the last pair differ in.
  func lines(_ first: [RecordedUnit.Output], _ second: [RecordedUnit.Output]) -> [String] {
    for output in first {
      let name = Array(output.name.utf8)
      let other = second.first { Array($0.name.utf8) == name }
      guard other?.content != output.content else { continue }
      let shown = FileSystem.split(output.name).name.printable
      guard let other, let texts = Self.texts((output, copies[0]), (other, copies[1])),
        LineDifference.isText(texts.0), LineDifference.isText(texts.1)
      else { return ["\(shown) differs"] }
      return ["\(shown) differs"] + LineDifference.lines(from: texts.0, to: texts.1)
    }
    return []
  }

  /// Whether what differs where nothing is varied are times.
  func showTime(_ finding: Blame.Finding) -> Bool {
    guard controls.count > 1 else { return false }
    for output in controls[0].outputs {
      let name = Array(output.name.utf8)
      guard let other = controls[1].outputs.first(where: { Array($0.name.utf8) == name }),
        let first = output.digest, let second = other.digest, first != second
      else { continue }
      let paths = ["\(controls[0].copies)/\(first.hex)", "\(controls[1].copies)/\(second.hex)"]
      guard let found = try? Explanation(paths[0], paths[1]) else { return false }
      return found.findings.contains { $0.cause == .embeddedTime }
    }
    return false
  }

  func clear() {
    for entry in (try? Directory(folder).entries()) ?? [] {
      try? FileSystem.removeTree("\(folder)/\(entry.name)")
    }
  }

  private static func texts(
    _ first: (output: RecordedUnit.Output, copies: String),
    _ second: (output: RecordedUnit.Output, copies: String)
  ) -> ([UInt8], [UInt8])? {
    guard let a = first.output.digest, let b = second.output.digest,
      let old = try? FileSystem.read("\(first.copies)/\(a.hex)"),
      let new = try? FileSystem.read("\(second.copies)/\(b.hex)")
    else { return nil }
    return (old, new)
  }

  private func keep(_ outputs: [RecordedUnit.Output], _ copies: String) {
    let digest = Self.digest(outputs)
    if controls.count < 2, !controls.contains(where: { Self.digest($0.outputs) == digest }) {
      controls.append((outputs, copies))
    }
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
    let (replay, folder, deadline) = (replay, folder, deadline)
    let jobs = wanted.enumerated().map { (number: first + $0.offset, what: $0.element) }
    return try Workers.map(jobs, threads: 2) { (job) throws(BuildingError) -> Made in
      let copies = "\(folder)/\(job.number)"
      let left = deadline - Machine.monotonicSeconds
      guard left > 0 else { return Made(result: nil, copies: copies) }
      return Made(
        result: try replay.run(
          varying: job.what.variations, for: job.what.question, timeout: left, copies: copies),
        copies: copies)
    }
  }
}
