/// Collects differences into findings, within bounds whatever the files hold.
struct Ledger {
  private struct Key: Hashable {
    let cause: Cause
    let detail: String
  }

  private var indices: [Key: Int] = [:]
  private var findings: [Finding] = []
  /// The function that a finding last spoke of: one function is one place, however much differs.
  private var lastSymbols: [Int: String] = [:]
  private var areMore = false
  private(set) var differingBytes: Int64 = 0
  /// The part of the file that notes without evidence speak of.
  var part = "file"
  private var shares: [String: Explanation.Share] = [:]

  /// Many kinds are gathered before the largest are chosen.
  private static let gatheredLimit = 4096

  /// Notes `bytes` differing bytes; `detail` is what is common to the places of one finding.
  mutating func note(
    _ cause: Cause, _ detail: String = "", isGuess: Bool = false, places: Int = 1, bytes: Int,
    _ evidence: @autoclosure () -> Finding.Evidence? = nil
  ) {
    differingBytes += Int64(bytes)
    let evidence = evidence()
    share(cause, bytes, of: evidence?.part ?? part)
    let key = Key(cause: cause, detail: detail)
    let index: Int
    if let known = indices[key] {
      index = known
    } else if findings.count < Self.gatheredLimit {
      index = findings.count
      indices[key] = index
      findings.append(
        Finding(
          cause: cause, detail: detail, isGuess: isGuess, places: 0, bytes: 0, evidence: []))
    } else {
      areMore = true
      return
    }
    findings[index].bytes += Int64(bytes)
    if cause == .code, let symbol = evidence?.symbol {
      if lastSymbols[index] == symbol { return }
      lastSymbols[index] = symbol
    }
    findings[index].places += places
    if findings[index].evidence.count < Finding.evidenceLimit, let evidence,
      !findings[index].evidence.contains(where: { $0.isLike(evidence) })
    {
      findings[index].evidence.append(evidence)
    }
  }

  private mutating func share(_ cause: Cause, _ bytes: Int, of part: String) {
    let name = shares.count < Self.gatheredLimit || shares[part] != nil ? part : "other parts"
    shares[name, default: Explanation.Share(part: name)].add(cause.standing, Int64(bytes))
  }

  /// Whether a cause has been found.
  var hasCause: Bool { findings.contains { $0.standing == .cause } }

  func explanation() -> Explanation {
    let order: [Cause.Standing] = [.cause, .symptom, .located]
    var sorted: [Finding] = []
    for standing in order {
      sorted += findings.enumerated().filter { $0.element.standing == standing }.sorted {
        ($1.element.bytes, $0.offset) < ($0.element.bytes, $1.offset)
      }.map(\.element)
    }
    return Explanation(
      findings: Array(sorted.prefix(Explanation.findingLimit)), differingBytes: differingBytes,
      areMoreFindings: areMore || sorted.count > Explanation.findingLimit, shares: largestShares)
  }

  private var largestShares: [Explanation.Share] {
    let sorted = shares.values.filter { $0.bytes > 0 }.sorted {
      $0.bytes == $1.bytes
        ? $0.part.utf8.lexicographicallyPrecedes($1.part.utf8) : $0.bytes > $1.bytes
    }
    return Array(sorted.prefix(Explanation.shareLimit))
  }
}
