public import Building
internal import Hashing

/// What two runs of one unit differ in.
public struct TrialDifference: Sendable, Equatable {
  /// `OUT_DIR/names.rs differs`.
  public let words: String
  /// Lines of the first file that copies can show.
  public let lines: [String]
  public let outputs: [Blame.OutputDifference]

  /// A run, and what keeps copies of the small files that it made.
  public typealias Side = (trial: UnitTrial, copies: UnitRecord)

  /// Nil where they do not differ. When a file was changed does not count.
  public init?(_ unit: RecordedUnit, _ first: Side, _ second: Side) {
    guard case .made(let old, _) = first.trial, case .made(let new, _) = second.trial else {
      if first.trial == second.trial { return nil }
      words = Self.words(of: second.trial) ?? "it does not fail"
      lines = []
      outputs = []
      return
    }
    let outputs = Self.differences(old, new)
    guard !outputs.isEmpty else { return nil }
    let finding = Blame.Finding(unit: unit, state: .root(.generated), differences: outputs)
    let evidence = BlameEvidence(finding, first.copies, second.copies)
    let shown = outputs[evidence?.difference ?? 0]
    let name = unit.shortName(of: shown.name)
    if outputs.count > 1 {
      let more = outputs.count - 1
      words = "\(name) and \(more) more \(more == 1 ? "file" : "files") differ"
    } else if shown.second == nil {
      words = "\(name) is missing"
    } else if shown.first == nil {
      words = "\(name) comes in addition"
    } else {
      words = "\(name) \(name == RecordedUnit.directives ? "differ" : "differs")"
    }
    lines = evidence?.lines ?? []
    self.outputs = outputs
  }

  /// Nil for a run that made something.
  private static func words(of trial: UnitTrial) -> String? {
    switch trial {
    case .made: nil
    case .failed(let status): "it fails, with status \(status)"
    case .timedOut: "it does not end in time"
    case .impossible(let reason): "it cannot be run alone: \(reason)"
    }
  }

  private static func differences(
    _ old: [RecordedUnit.Output], _ new: [RecordedUnit.Output]
  ) -> [Blame.OutputDifference] {
    var pairs: [[UInt8]: (old: RecordedUnit.Output?, new: RecordedUnit.Output?)] = [:]
    for output in old { pairs[Array(output.name.utf8)] = (output, nil) }
    for output in new { pairs[Array(output.name.utf8), default: (nil, nil)].new = output }
    let names = pairs.keys.sorted { $0.lexicographicallyPrecedes($1) }
    return names.compactMap { name in
      guard let pair = pairs[name], pair.old?.content != pair.new?.content else { return nil }
      return Blame.OutputDifference(first: pair.old, second: pair.new)
    }
  }
}
