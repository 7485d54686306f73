internal import Building
internal import Comparing
internal import Explaining
public import Failing
internal import Hashing
internal import Planning
internal import Reading
internal import Sandboxing
internal import Staging

extension BuildReport {
  /// The status that `cupel build` ends with: what it tried wins over what came out.
  public var exitCode: ExitCode {
    if refusal != nil { return .policyRefused }
    return verdict == .different || published?.isAsPublished == false ? .different : .identical
  }
}

extension CommandOutcome {
  /// Of a build. `output` is the output folder as the user named it.
  public init(of report: BuildReport, in places: SourcePlaces, output: String) {
    self.init(
      command: "build", toolVersion: report.toolVersion, exitCode: report.exitCode,
      headline: Self.headline(report),
      diagnostics: Self.units(report, places) + Self.artifacts(report, places)
        + Self.attempts(report, places) + Self.leaks(report, places) + Self.hazards(report, places),
      cases: Self.cases(report), words: report.words(output: output),
      facts: [
        ("plan", .string(report.plan.digest.description)),
        ("variations", .array(report.variations.map { .string($0.rawValue) })),
      ])
  }

  private static func headline(_ report: BuildReport) -> String {
    let verdict =
      switch report.verdict {
      case .identical: "identical"
      case .identicalButLatent: "identical, latent differences"
      case .different: "different"
      case .notCompared(let reason): "not compared (\(reason.rawValue))"
      }
    let published = report.published?.isAsPublished == false ? "; not as published" : ""
    return verdict + published + (report.refusal == nil ? "" : "; refused by policy")
  }

  // MARK: Diagnostics

  /// Units that one looks at; the record has all.
  private static let mostUnits = 64

  /// Where differences began.
  private static func units(_ report: BuildReport, _ places: SourcePlaces) -> [Diagnostic] {
    guard let blame = report.blame else { return [] }
    return blame.beginnings.prefix(mostUnits).map { index in
      let finding = blame.findings[index]
      let cause = report.causes[index]
      let more = blame.consequences(of: index)
      var details = cause.map { [$0.words] } ?? []
      if more > 0 {
        details.append("\(more) more \(more == 1 ? "differs" : "differ") because of it")
      }
      details += blame.advice(index, cause: cause).prefix(2).map { "advice: \($0.words)" }
      let name = blame.evidence[index].map { finding.differences[$0.difference].name } ?? ""
      return Diagnostic(
        .unit(finding.state, cause), report.verdict == .different ? .error : .warning,
        blame.headline(index), details: details,
        evidence: (blame.evidence[index]?.lines ?? []) + (cause?.lines ?? []),
        at: places.place(of: finding.unit.package),
        subject: finding.unit.package?.description ?? finding.unit.crate,
        identity: [
          finding.unit.package?.name ?? "", finding.unit.kind.rawValue, finding.unit.crate,
          finding.unit.shortName(of: name),
        ])
    }
  }

  private static func artifacts(_ report: BuildReport, _ places: SourcePlaces) -> [Diagnostic] {
    var found: [Diagnostic] = []
    for entry in report.comparison?.entries ?? [] {
      guard let words = fact(entry) else { continue }
      found.append(
        Diagnostic(
          .artifact, .error, "\(entry.name.printable): \(words)", details: lines(entry, report),
          at: places.lock, subject: entry.name, identity: [entry.name]))
      for finding in report.explanations[entry.name]?.findings ?? [] {
        guard finding.standing == .cause else { continue }
        let looks = finding.isGuess ? "looks like " : ""
        let detail = finding.detail.isEmpty ? "" : ": \(finding.detail.printable)"
        found.append(
          Diagnostic(
            .bytes(finding.cause), .warning,
            "\(entry.name.printable): \(looks)\(finding.cause.rawValue)\(detail)",
            details: Advice.on(finding).prefix(2).map { "advice: \($0.words)" },
            at: places.lock, subject: entry.name, identity: [entry.name]))
      }
    }
    for entry in report.published?.entries ?? [] where entry.published != entry.rebuilt {
      found.append(
        Diagnostic(
          .asPublished, .error, "\(entry.name.printable) is not as published",
          details: digests(entry), at: places.lock, subject: entry.name, identity: [entry.name]))
    }
    return found
  }

  private static func digests(_ entry: PublishedComparison.Entry) -> [String] {
    [
      "published \(entry.published?.description ?? "nothing of this name")",
      "rebuilt \(entry.rebuilt?.description ?? "nothing of this name")",
    ]
  }

  /// Nil where it is the same in all legs.
  private static func fact(_ entry: LegComparison.Entry) -> String? {
    let legs = entry.differingLegs.joined(separator: ", ")
    return switch entry.result {
    case .identical: nil
    case .different: "leg \(legs) differs from leg A"
    case .onlyInFirst: "leg \(legs) did not make it"
    case .onlyInSecond: "only leg \(legs) made it"
    }
  }

  private static func lines(_ entry: LegComparison.Entry, _ report: BuildReport) -> [String] {
    let leg = entry.differingLegs.first ?? "B"
    let sides = [("A", entry.first), (leg, entry.second)].map { name, artifact in
      "\(name) \(artifact.map { "\($0.size) bytes \($0.digest)" } ?? "nothing of this name")"
    }
    return sides + (report.explanations[entry.name].map { [$0.verdictWords] } ?? [])
  }

  private static func attempts(_ report: BuildReport, _ places: SourcePlaces) -> [Diagnostic] {
    let failing = Set(report.refusal?.categories ?? [])
    var found = Denials.merged(report.legs.map(\.denials)).mostTelling.map { attempt in
      let trying = report.legs.filter { $0.denials.contains(attempt) }.map(\.leg)
      let isInAll = trying.count == report.legs.count
      return Diagnostic(
        attempt: attempt, isFailure: failing.contains(attempt.denial.category),
        at: places.place(of: attempt.unit.packages.first),
        legs: isInAll ? "" : " (in leg \(trying.joined(separator: ", ")) only)")
    }
    let unlisted = report.legs.map(\.denials.unlisted).reduce(0, +)
    if unlisted > 0 {
      found.append(
        Diagnostic(
          .unlistedAttempts, report.refusal == nil ? .warning : .error,
          "\(unlisted) more attempts were refused", at: places.lock, subject: "attempts",
          identity: []))
    }
    return found
  }

  private static func leaks(_ report: BuildReport, _ places: SourcePlaces) -> [Diagnostic] {
    (report.leakedPaths ?? []).map { leak in
      Diagnostic(
        .leakedPath, .note,
        "\(leak.artifact.printable) of leg \(leak.leg) names folders of the build",
        evidence: leak.lines, at: places.lock, subject: leak.artifact,
        identity: [leak.artifact, leak.leg])
    }
  }

  private static func hazards(_ report: BuildReport, _ places: SourcePlaces) -> [Diagnostic] {
    report.hazards.map { hazard in
      Diagnostic(
        .hazard(hazard.kind), hazard.isCertain ? .warning : .note, hazard.text,
        at: places.place(of: hazard), subject: hazard.file ?? "the toolchain",
        identity: [hazard.file ?? "", hazard.subject])
    }
  }

  // MARK: Cases

  private static func cases(_ report: BuildReport) -> [Case] {
    var cases: [Case] = []
    if let comparison = report.comparison {
      let blame = report.blameLines
      for entry in comparison.entries {
        let result: Case.Result =
          fact(entry).map { words in
            .failed(
              kind: DiagnosticRule.artifact.id, message: words,
              lines: lines(entry, report) + blame)
          } ?? .passed
        cases.append(Case("artifact", entry.name, result))
      }
    } else {
      cases += report.artifacts.map {
        Case("artifact", $0.name, .skipped("built once: there is nothing to compare it with"))
      }
    }
    if cases.isEmpty { cases.append(Case("artifact", "artifacts", .skipped("there are none"))) }
    for entry in report.published?.entries ?? [] {
      let isSame = entry.published == entry.rebuilt
      cases.append(
        Case(
          "published", entry.name,
          isSame
            ? .passed
            : .failed(
              kind: DiagnosticRule.asPublished.id, message: "it is not as published",
              lines: digests(entry))))
    }
    return cases + [Case("policy", "refused attempts", attemptsResult(report))]
  }

  private static func attemptsResult(_ report: BuildReport) -> Case.Result {
    if let refusal = report.refusal {
      let kinds = refusal.categories.map(\.rawValue).joined(separator: "-")
      return .failed(
        kind: "refused-\(kinds)", message: refusal.words(), lines: refusal.attempts.map(\.words))
    }
    guard report.legs.allSatisfy(\.reportsDenials) else {
      return .skipped("this kernel does not show them")
    }
    return .passed
  }
}

extension Hazard {
  /// Whether more than a look of the text suggests it.
  fileprivate var isCertain: Bool {
    switch kind {
    case .nativeCPU, .threads, .incremental, .undeclaredProfile: true
    case .rustSource, .asksGit, .readsClock, .stampsBuild: false
    }
  }
}
