internal import Planning

extension UnitCause {
  /// `cause: random numbers (certain: differs with that variation alone, 5 of 5)`.
  public var words: String {
    let names = Self.list(variations)
    switch certainty {
    case .certain:
      return "cause: \(names) (certain: differs with \(subject), \(flips) of \(trials))"
    case .likely:
      return "cause: \(names) (likely: differs with \(subject), \(flips) of \(trials)\(remark))"
    case .uncontrolled:
      let chance = note == Self.time ? "the time of day" : "chance that nothing here controls"
      let what = variations.isEmpty ? chance : names
      return "cause: \(what) (uncontrolled: differs where nothing is varied, \(flips) of \(trials)"
        + "\(remark))"
    case .unknown:
      return "cause: unknown (\(note ?? "nothing that was tried changes it"))"
    }
  }

  /// The note where what differs are times.
  static let time = "what differs is a time"

  /// What stands beside the words: other causes, what was ruled out where the cause is unknown, what
  /// differs at the stage that shows it first, and what was not tried.
  public var details: [String] {
    var details: [String] = []
    if !also.isEmpty { details.append("it differs too with: \(Self.list(also))") }
    if certainty == .unknown, !ruledOut.isEmpty {
      details.append("ruled out, each alone: \(Self.list(ruledOut))")
    }
    if let stage, stage != .output {
      let whose = macro.map { ", by the proc macro of \($0)" } ?? ""
      details.append("it differs first in \(stage.words)\(whose)")
      details += lines.map { "  \($0)" }
    }
    if !untried.isEmpty { details.append("not tried: \(Self.list(untried))") }
    return details
  }

  private var subject: String {
    variations.count == 1 ? "that variation alone" : "these together, with none of them alone"
  }

  private var remark: String { note.map { "; \($0)" } ?? "" }

  private static func list(_ variations: [Variation]) -> String {
    variations.map(\.summary).joined(separator: ", ")
  }
}

extension UnitCause.Stage {
  /// Where it differs first.
  public var words: String {
    switch self {
    case .output: "what the build script made"
    case .expansion: "the source after macros"
    case .mir: "the compiler's MIR"
    case .llvmIR: "the LLVM IR"
    case .object: "the machine code"
    case .link: "the link, or how the compiler packs its output"
    }
  }
}
