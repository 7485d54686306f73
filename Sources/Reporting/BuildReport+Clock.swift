internal import Building
internal import Hashing
internal import Reading
internal import Sandboxing

extension BuildReport {
  /// Where the clock was not moved as the plan says, for people.
  var clockLines: [String] {
    var lines: [String] = []
    for leg in legs {
      guard let clock = leg.clock else { continue }
      if let obstacle = clock.obstacle {
        lines.append("the clock was not varied: \(obstacle)")
        continue
      }
      guard let reach = clock.reach else {
        lines.append(
          "which programs the varied clock reached is not known: this kernel does not show it")
        continue
      }
      if reach.reached == 0 { lines.append("the clock was not varied: it reached no program") }
      lines += missedLines(clock.missed.map(\.words), more: reach.unlistedMissed)
    }
    return lines.reduce(into: []) { kept, line in
      if !kept.contains(line) { kept.append(line) }
    }
  }

  private func missedLines(_ missed: [String], more unlisted: Int) -> [String] {
    guard !missed.isEmpty else { return [] }
    if missed.count == 1, unlisted == 0 { return ["the clock did not reach: \(missed[0])"] }
    let more = max(missed.count - Self.mostMissed, 0) + unlisted
    return ["the clock did not reach:"] + missed.prefix(Self.mostMissed).map { "  \($0)" }
      + (more > 0 ? ["  and \(more) more, see record.json"] : [])
  }

  /// How many the summary lists.
  private static let mostMissed = 5
}

extension MovedClock {
  var json: JSON {
    let programs = reach.map { reach in
      JSON.array(
        reach.programs.map {
          .object([
            ("executable", .string($0.executable)), ("count", .integer(Int64($0.count))),
          ])
        })
    }
    return .object([
      ("offset", .integer(offset)),
      ("library", library.map { .string($0.description) } ?? .null),
      ("obstacle", obstacle.map { .string($0) } ?? .null),
      ("reached", reach.map { .integer(Int64($0.reached)) } ?? .null),
      ("programs", programs ?? .null),
      ("missed", reach == nil ? .null : .array(missed.map(\.json))),
      ("unlistedMissed", .integer(Int64(reach?.unlistedMissed ?? 0))),
    ])
  }
}

extension MovedClock.Missed {
  fileprivate var json: JSON {
    .object([
      ("executable", .string(executable)),
      ("linkage", .string(linkage.rawValue)),
      ("count", .integer(Int64(count))),
      ("step", .string(unit.step.rawValue)),
      (
        "packages",
        .array(
          unit.packages.map {
            .object([("package", .string($0.name)), ("version", .string($0.version))])
          })
      ),
      ("evidence", .string(unit.evidence.rawValue)),
      ("words", .string(words)),
    ])
  }
}
