internal import Building
internal import Comparing
internal import Explaining
internal import Hashing
internal import Listing
internal import Planning
public import Reading
internal import Sandboxing
internal import Staging

extension BuildReport {
  /// The record, whose schema docs/record.md describes.
  public var record: JSON {
    var members: [(String, JSON)] = [
      ("schema", "cupel-record/1"),
      ("tool", .object([("name", "cupel"), ("version", .string(toolVersion))])),
      ("plan", .string(plan.digest.description)),
      ("verdict", verdictJSON),
      ("policy", policyJSON),
      ("artifacts", .array(artifactEntries)),
      ("blame", blameJSON),
      ("mode", .string(schedule.rawValue)),
      ("legs", .array(zip(plan.legs, legs).map(Self.leg))),
      ("revision", revision?.json ?? .null),
      ("sources", crates.json),
      ("toolchain", toolchainJSON),
      ("notices", .array(notices.map { .string($0.text) })),
      ("hazards", .array(hazards.map(\.json))),
      ("units", unitsJSON),
    ]
    if let leakedPaths { members.append(("leakedPaths", .array(leakedPaths.map(\.json)))) }
    if let links = legs.first?.links {
      members.append(("links", .object([("list", .array(links.map(\.json)))])))
    }
    if let published { members.append(("published", published.json)) }
    return .object(members)
  }

  private var verdictJSON: JSON {
    switch verdict {
    case .identical(let variations):
      .object([
        ("kind", "identical"), ("variations", .array(variations.map { .string($0) })),
      ])
    case .identicalButLatent(let variations):
      .object([
        ("kind", "identical-latent"), ("variations", .array(variations.map { .string($0) })),
      ])
    case .different:
      .object([
        ("kind", "different"),
        ("legs", .array((comparison?.differingLegs ?? []).map { .string($0) })),
      ])
    case .notCompared(let reason):
      .object([("kind", "not-compared"), ("reason", .string(reason.rawValue))])
    }
  }

  private var toolchainJSON: JSON {
    .object([
      ("name", .string(toolchain.name)),
      ("digest", toolchain.digest.map { .string($0.description) } ?? .null),
      ("version", .string(toolchain.version)),
      ("components", .array(toolchain.components.map { .string($0) })),
      ("trust", .string(toolchain.trust.rawValue)),
      ("signer", toolchain.signer.map { .string($0.description) } ?? .null),
    ])
  }

  private var policyJSON: JSON {
    func names(_ categories: [Profile.Category]) -> JSON {
      .array(categories.map { .string($0.rawValue) })
    }
    return .object([
      ("denyIsFailure", names(Profile.Category.allCases.filter(denialPolicy.failing.contains))),
      ("refused", .bool(refusal != nil)),
      ("categories", names(refusal?.categories ?? [])),
    ])
  }

  private var artifactEntries: [JSON] {
    guard let comparison else {
      return artifacts.map { .object(artifact($0)) }
    }
    return comparison.entries.map { entry in
      var members = (entry.first ?? entry.second).map(artifact) ?? []
      switch entry.result {
      case .identical: members.append(("result", "identical"))
      case .different(let difference):
        members.append(("result", "different"))
        members.append(("difference", Self.difference(difference)))
        members.append(("explanation", explanations[entry.name]?.json ?? .null))
      case .onlyInFirst: members.append(("result", "only-in-A"))
      case .onlyInSecond:
        members.append(("result", .string("only-in-\(entry.differingLegs.first ?? "B")")))
      }
      members.append(("differingLegs", .array(entry.differingLegs.map { .string($0) })))
      return .object(members)
    }
  }

  private func artifact(_ artifact: Artifact) -> [(String, JSON)] {
    let linked = linked[artifact.name].map { [("linkedDigest", JSON.string("\($0.digest)"))] }
    return [
      ("name", .string(artifact.name)),
      ("kind", .string(artifact.kind.rawValue)),
      ("target", artifact.target.map { .string($0) } ?? .null),
      ("size", .integer(artifact.size)),
      ("digest", .string(artifact.digest.description)),
    ] + (linked ?? [])
  }

  private static func difference(_ difference: FileDifference) -> JSON {
    .object([
      ("sizes", .array([.integer(difference.firstSize), .integer(difference.secondSize)])),
      (
        "digests",
        .array([
          .string(difference.firstDigest.description), .string(difference.secondDigest.description),
        ])
      ),
      ("firstOffset", difference.firstOffset.map { .integer($0) } ?? .null),
      ("differingBlocks", .integer(difference.differingBlocks)),
      ("blockSize", .integer(Int64(FileDifference.blockSize))),
      (
        "place",
        difference.place.map { place in
          .array(
            place.steps.map {
              .object([
                ("kind", .string($0.part.kind.rawValue)),
                ("name", $0.part.name.map { .string($0) } ?? .null),
                ("offset", .integer($0.offset)),
              ])
            })
        } ?? .null
      ),
      (
        "parts",
        .array(
          difference.parts.map { part in
            .object([
              ("path", .array(part.path.map { .string($0.name ?? $0.kind.rawValue) })),
              (
                "sizes",
                .array([part.firstSize, part.secondSize].map { $0.map { .integer($0) } ?? .null })
              ),
            ])
          })
      ),
      ("moreParts", .bool(difference.areMoreParts)),
    ])
  }

  private static func leg(_ leg: Plan.Leg, _ result: LegResult) -> JSON {
    .object([
      ("name", .string(leg.name)),
      ("variations", .array(leg.variations.map { .string($0.rawValue) })),
      ("seed", leg.seed.map { .integer(Int64(bitPattern: $0)) } ?? .null),
      ("milliseconds", milliseconds(result.outcome.elapsed)),
      ("userMilliseconds", milliseconds(result.outcome.userSeconds)),
      ("systemMilliseconds", milliseconds(result.outcome.systemSeconds)),
      ("peakProcessMemory", .integer(result.outcome.peakProcessMemory)),
      ("memoryLimitHeldBy", result.memoryEnforcement.map { .string($0.rawValue) } ?? .null),
      (
        "isolation",
        .object(result.isolation.layers.map { ($0.name, .string($0.state)) })
      ),
      ("seededCalls", result.seededCalls.map { .integer(Int64($0)) } ?? .null),
      ("clock", result.clock?.json ?? .null),
      ("denialsReported", .bool(result.reportsDenials)),
      ("denials", .array(result.denials.listed.map { .object($0.members) })),
      ("unlistedDenials", .integer(Int64(result.denials.unlisted))),
    ])
  }

  private static func milliseconds(_ seconds: Double) -> JSON {
    .integer(Int64((seconds * 1000).rounded()))
  }
}
