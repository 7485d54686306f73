public import Hashing
public import Planning

/// Looks for the smallest set of variations that makes one unit come out differently, by trials of
/// that unit alone. What a trial is, is the caller's affair.
public struct CauseSearch {
  /// What came of one trial.
  public enum Trial: Sendable, Equatable {
    /// What was made, or how it failed.
    case result(Digest)
    /// It could not be run: why.
    case impossible(String)
    /// There was no time left for it.
    case untimely
  }

  /// The variations of leg B.
  public let variations: [Variation]
  /// What leg A made of the unit, and leg B.
  public let first: Digest
  public let second: Digest
  /// How many trials are run at once.
  public let width: Int

  /// Trials with the cause, and at least as many without, before it is called certain.
  public static let confirmations = 5
  /// Where less time was left, as many are enough.
  static let fewest = 3
  /// Trials where chance has a part: of two that are equally likely, one is missed once in 256.
  static let chances = 8

  public init(variations: [Variation], first: Digest, second: Digest, width: Int = 1) {
    self.variations = variations
    self.first = first
    self.second = second
    self.width = width
  }

  /// Searches.
  ///
  /// - Parameter run: runs trials with these variations each, and returns what came of them in the
  ///   same order.
  /// - Returns: what was found, or why nothing was.
  /// - Throws: what `run` throws.
  public func cause<Problem: Error>(
    _ run: ([[Variation]]) throws(Problem) -> [Trial]
  ) throws(Problem) -> UnitCause {
    var progress = Progress(search: self)
    return try progress.find(run)
  }

  /// Tries each variation alone that a found cause leaves untried, once: it makes the unit differ
  /// too, or is ruled out. For this there may be no time, so it is no part of the search.
  ///
  /// - Parameters:
  ///   - cause: what the search has found.
  ///   - run: as for the search.
  /// - Returns: the cause, complete as far as the trials went.
  /// - Throws: what `run` throws.
  public func completed<Problem: Error>(
    _ cause: UnitCause, _ run: ([[Variation]]) throws(Problem) -> [Trial]
  ) throws(Problem) -> UnitCause {
    // What is made without any variation is leg A's only where the cause is certain.
    guard cause.certainty == .certain, !cause.untried.isEmpty else { return cause }
    var cause = cause
    var rest = cause.untried[...]
    cause.untried = []
    while !rest.isEmpty {
      let batch = Array(rest.prefix(max(width, 1)))
      rest = rest.dropFirst(batch.count)
      for (variation, trial) in zip(batch, try run(batch.map { [$0] })) {
        switch trial {
        case .result(first): cause.ruledOut.append(variation)
        case .result: cause.also.append(variation)
        case .impossible, .untimely: cause.untried.append(variation)
        }
      }
    }
    return cause
  }
}

extension Variation {
  /// Whether it lets the kernel choose, so that two trials with it are not the same.
  var isChance: Bool { self == .aslr }
}

/// One search.
private struct Progress {
  let search: CauseSearch
  /// Results where nothing was varied.
  private var controls: [Digest] = []
  /// What the unit makes alone where nothing is varied.
  private var baseline: Digest
  private var ruledOut: [Variation] = []
  private var untried: [Variation] = []
  private var obstacle: String?

  private typealias Trial = CauseSearch.Trial

  init(search: CauseSearch) {
    self.search = search
    baseline = search.first
  }

  mutating func find<Problem: Error>(
    _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) -> UnitCause {
    try control(2, run)
    guard let first = controls.first else {
      return .unknown(obstacle ?? Self.noTime, untried: search.variations)
    }
    baseline = first
    if !isSteady { return try uncontrolled(run) }
    var found = try singles(run)
    if found.isEmpty { found = try chances(run) }
    if let main = found.first {
      let all = found.map(\.variation)
      return try confirmed(
        [main.variation], also: all.filter { $0 != main.variation }, hits: main.hits,
        of: main.trials, run)
    }
    if search.variations.count > 1 {
      // Sets that leave nothing to the kernel need one trial each.
      let steady = search.variations.filter { !$0.isChance }
      for all in steady.count < search.variations.count
        ? [steady, search.variations] : [steady]
      {
        let (hits, trials) = try hits(all, run)
        if hits > 0 {
          return try confirmed(try smallest(all, run), also: [], hits: 0, of: 0, run)
        }
        if trials == 0 { return unknown(obstacle ?? Self.noTime) }
      }
    }
    try control(CauseSearch.chances - controls.count, run)
    if !isSteady { return try uncontrolled(run) }
    if !untried.isEmpty { return unknown(obstacle ?? Self.noTime) }
    return unknown(
      isLikeLegA
        ? "alone it comes out the same whatever is varied; other units that run beside it, their "
          + "order, or chance are left"
        : Self.unlike)
  }

  private static let noTime = "there was no time to run it again"
  private static let unlike =
    "alone it comes out otherwise than in leg A: other units have a part in it, or the clock"

  private var isSteady: Bool { controls.allSatisfy { $0 == baseline } }
  private var isLikeLegA: Bool { baseline == search.first }

  // MARK: Steps

  private mutating func control<Problem: Error>(
    _ count: Int, _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) {
    guard count > 0 else { return }
    for trial in try run(Array(repeating: [], count: count)) {
      switch trial {
      case .result(let digest): controls.append(digest)
      case .impossible(let reason): obstacle = reason
      case .untimely: obstacle = obstacle ?? Self.noTime
      }
    }
  }

  private struct Hit {
    let variation: Variation
    var hits: Int
    var trials: Int
    /// Whether it made just what leg B made.
    var isWhole = false
  }

  /// Each variation once, until one explains the whole difference. That one comes first; what is
  /// left then stays untried.
  private mutating func singles<Problem: Error>(
    _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) -> [Hit] {
    var found: [Hit] = []
    var rest = search.variations[...]
    while !rest.isEmpty, !found.contains(where: \.isWhole) {
      let batch = Array(rest.prefix(max(search.width, 1)))
      rest = rest.dropFirst(batch.count)
      for (variation, trial) in zip(batch, try run(batch.map { [$0] })) {
        switch trial {
        case .result(let digest) where digest == baseline: ruledOut.append(variation)
        case .result(let digest):
          found.append(
            Hit(variation: variation, hits: 1, trials: 1, isWhole: digest == search.second))
        case .impossible(let reason):
          obstacle = reason
          untried.append(variation)
        case .untimely: untried.append(variation)
        }
      }
    }
    untried += rest
    return found.filter(\.isWhole) + found.filter { !$0.isWhole }
  }

  /// Those that one trial may have missed.
  private mutating func chances<Problem: Error>(
    _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) -> [Hit] {
    for variation in ruledOut where variation.isChance {
      let (hits, trials) = try hits([variation], run)
      if hits > 0 {
        ruledOut.removeAll { $0 == variation }
        return [Hit(variation: variation, hits: hits, trials: trials + 1)]
      }
    }
    return []
  }

  /// Of how many trials with these variations how many differ.
  private func hits<Problem: Error>(
    _ variations: [Variation], _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) -> (hits: Int, trials: Int) {
    let count = variations.contains(where: \.isChance) ? CauseSearch.chances - 1 : 1
    return try self.count(variations, count, run)
  }

  private func count<Problem: Error>(
    _ variations: [Variation], _ count: Int,
    _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) -> (hits: Int, trials: Int) {
    var hits = 0
    var trials = 0
    guard count > 0 else { return (0, 0) }
    for case .result(let digest) in try run(Array(repeating: variations, count: count)) {
      trials += 1
      if digest != baseline { hits += 1 }
    }
    return (hits, trials)
  }

  /// Delta debugging (Zeller, Hildebrandt: Simplifying and Isolating Failure-Inducing Input, 2002):
  /// a set of which no single member can be left out.
  private func smallest<Problem: Error>(
    _ whole: [Variation], _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) -> [Variation] {
    var set = whole
    var parts = 2
    while set.count > 1 {
      let size = (set.count + parts - 1) / parts
      let pieces = stride(from: 0, to: set.count, by: size).map {
        Array(set[$0..<min($0 + size, set.count)])
      }
      let others = pieces.map { piece in set.filter { !piece.contains($0) } }
      // Single ones were tried before.
      var candidates = pieces.filter { $0.count > 1 }
      if pieces.count > 2 { candidates += others.filter { $0.count > 1 } }
      var next: [Variation]?
      for candidate in candidates where next == nil {
        if try hits(candidate, run).hits > 0 { next = candidate }
      }
      if let next {
        parts = pieces.contains(next) ? 2 : max(parts - 1, 2)
        set = next
      } else if parts >= set.count {
        break
      } else {
        parts = min(parts * 2, set.count)
      }
    }
    return set
  }

  // MARK: Answers

  private mutating func confirmed<Problem: Error>(
    _ variations: [Variation], also: [Variation], hits: Int, of trials: Int,
    _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) -> UnitCause {
    let more = try count(variations, CauseSearch.confirmations - trials, run)
    let (hits, trials) = (hits + more.hits, trials + more.trials)
    try control(max(CauseSearch.confirmations, trials) - controls.count, run)
    if !isSteady { return try uncontrolled(run) }
    let isSure = hits == trials && isLikeLegA && min(trials, controls.count) >= CauseSearch.fewest
    var notes: [String] = []
    if hits == trials, min(trials, controls.count) < CauseSearch.fewest {
      notes.append("there was no time for more trials")
    }
    if !isLikeLegA { notes.append(Self.unlike) }
    if hits < trials { notes.append("and in none of \(controls.count) without") }
    return UnitCause(
      variations: variations, certainty: isSure ? .certain : hits > 0 ? .likely : .unknown,
      flips: hits, trials: trials, ruledOut: ruledOut, also: also, untried: untried,
      note: notes.isEmpty ? nil : notes.joined(separator: "; "))
  }

  private mutating func uncontrolled<Problem: Error>(
    _ run: ([[Variation]]) throws(Problem) -> [CauseSearch.Trial]
  ) throws(Problem) -> UnitCause {
    try control(CauseSearch.confirmations - controls.count, run)
    return UnitCause(
      variations: [], certainty: .uncontrolled, flips: controls.filter { $0 != search.first }.count,
      trials: controls.count, ruledOut: [])
  }

  private func unknown(_ note: String) -> UnitCause {
    UnitCause(
      variations: [], certainty: .unknown, flips: 0, trials: 0, ruledOut: ruledOut,
      untried: untried, note: note)
  }
}
