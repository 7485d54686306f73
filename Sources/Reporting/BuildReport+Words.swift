internal import Comparing
internal import Explaining
internal import Failing
internal import Hashing
internal import Planning
internal import Reading
internal import Staging

extension BuildReport {
  /// The verdict for people: what was compared, under which variations, and what differs.
  /// `output` is the output folder as the user named it.
  public func words(output: String) -> String {
    let place = "output in \(output)\(isExplained ? ", explained in \(output)/report.html" : "")"
    return (lines(output: output) + [place]).map { $0 + "\n" }.joined()
  }

  /// The same for a reader who has no output folder.
  public var words: String { lines(output: nil).map { $0 + "\n" }.joined() }

  private func lines(output: String?) -> [String] {
    var lines: [String]
    switch verdict {
    case .identical, .identicalButLatent:
      let words = blameLines.isEmpty ? "identical" : "identical, latent differences"
      lines = [
        "\(words): \(Self.count(artifacts.count, "artifact")), byte for byte, in \(buildCount) \(variedWords)"
      ]
      lines += artifacts.map(Self.line)
    case .different: lines = differentLines(output: output)
    case .notCompared(.builtOnce):
      lines = ["not compared: \(Self.count(artifacts.count, "artifact")), built once"]
      lines += artifacts.map(Self.line)
    case .notCompared(.noArtifacts): lines = ["not compared: there are no artifacts"]
    }
    lines += blameLines
    lines += leakLines
    lines += clockLines
    lines += published?.lines ?? []
    lines += denialLines
    if let revision { lines.append("source \(revision.words)") }
    lines.append("plan \(plan.digest)")
    return lines
  }

  /// `1 artifact`, `2 artifacts`.
  private static func count(_ number: some BinaryInteger, _ noun: String) -> String {
    "\(number) \(noun)\(number == 1 ? "" : "s")"
  }

  private var variedWords: String {
    if variations.isEmpty { return "under the same conditions" }
    return "that differed\(seedWords) in:\n  "
      + Self.wrapped(variations.map(\.summary).joined(separator: ", "), indent: "  ")
      + "\nand had in common: \(variations.contains(.paths) ? "" : "paths inside the sandbox, ")"
      + (variations.contains(.clock) ? "" : "the clock, ") + "kernel and CPU"
  }

  var buildCount: String { legs.count == 2 ? "two builds" : "\(legs.count) builds" }

  /// Names the seed that was given, and those of legs after B, which always have one.
  private var seedWords: String {
    let seeds = plan.legs.compactMap { leg in leg.seed.map { "leg \(leg.name) by seed \($0)" } }
    return seeds.isEmpty ? "" : " (\(seeds.joined(separator: ", ")))"
  }

  private static func line(_ artifact: Artifact) -> String {
    "  \(artifact.name.printable)  \(count(artifact.size, "byte"))  \(artifact.digest)"
  }

  private func differentLines(output: String?) -> [String] {
    let entries = comparison?.entries ?? []
    let differing = entries.filter { if case .identical = $0.result { false } else { true } }
    var lines = [
      "different: \(differing.count) of \(Self.count(entries.count, "artifact")), in \(buildCount) \(variedWords)"
    ]
    for entry in entries {
      let name = entry.name.printable
      let leg = entry.differingLegs.first ?? "B"
      switch entry.result {
      case .identical: lines.append("  \(name)  identical")
      case .onlyInFirst:
        lines.append("  \(name)  leg \(Self.list(entry.differingLegs)) did not make it")
      case .onlyInSecond:
        lines.append("  \(name)  only leg \(Self.list(entry.differingLegs)) made it")
      case .different(let difference):
        lines.append("  \(name)")
        lines += Self.describe(difference, leg: leg).map { "    " + $0 }
        if legs.count > 2 { lines.append("    \(agreement(entry))") }
        if let explanation = explanations[entry.name] {
          lines += explanation.lines(limit: 10).map { "    " + $0 }
        }
        if let output {
          lines.append(
            "    both are kept: \(output)/artifacts/\(name) and \(output)/artifacts-\(leg)/\(name)")
        }
      }
    }
    return lines
  }

  /// Which legs are as leg A in one artifact, and which are not.
  private func agreement(_ entry: LegComparison.Entry) -> String {
    let others = plan.legs.dropFirst().map(\.name)
    let agreeing = others.filter { !entry.differingLegs.contains($0) }
    let differing = Self.list(entry.differingLegs)
    let words =
      entry.differingLegs.count == 1 ? "leg \(differing) differs" : "legs \(differing) differ"
    if agreeing.isEmpty { return "\(words) from leg A" }
    return "\(words) from leg A, \(Self.list(agreeing)) \(agreeing.count == 1 ? "does" : "do") not"
  }

  private static func list(_ legs: [String]) -> String { legs.joined(separator: ", ") }

  private static func describe(_ difference: FileDifference, leg: String) -> [String] {
    var lines = [
      "A  \(count(difference.firstSize, "byte"))  \(difference.firstDigest)",
      "\(leg)  \(count(difference.secondSize, "byte"))  \(difference.secondDigest)",
    ]
    if let offset = difference.firstOffset {
      lines.append("first difference at byte \(offset)\(place(difference.place))")
    } else {
      lines.append("the shorter file is the beginning of the longer one\(place(difference.place))")
    }
    lines.append(
      "\(count(difference.differingBlocks, "block")) of \(FileDifference.blockSize) bytes "
        + (difference.differingBlocks == 1 ? "differs" : "differ"))
    if !difference.parts.isEmpty {
      let parts = difference.parts.map { part in
        part.path.map { $0.name ?? $0.kind.rawValue }.joined(separator: " / ").printable
      }
      let more = difference.areMoreParts ? ", and more" : ""
      lines.append("parts that differ: \(parts.joined(separator: ", "))\(more)")
    }
    return lines
  }

  private static func place(_ place: Place?) -> String {
    guard let place, !place.steps.isEmpty else { return "" }
    return ", in "
      + place.steps.map { step in
        let name = step.part.name.map { " \($0.printable)" } ?? ""
        return "\(step.part.kind.rawValue)\(name) at \(step.offset)"
      }.joined(separator: ", ")
  }

  private static func wrapped(_ text: String, indent: String) -> String {
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      if !line.isEmpty, line.count + 1 + word.count > 78 {
        lines.append(line)
        line = ""
      }
      line += line.isEmpty ? String(word) : " \(word)"
    }
    return (lines + [line]).joined(separator: "\n" + indent)
  }
}
