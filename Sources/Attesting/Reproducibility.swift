internal import Hashing
internal import Reading

/// What two or more builds of one plan showed: the predicate of our own, whose schema is in
/// docs/reproducibility-statement.md.
public enum Reproducibility {
  public static let predicateType = "urn:cupel:reproducibility/v1"

  public static func statement(of build: CheckedOutput) throws(AttestingError) -> Statement {
    do throws(Malformation) {
      return Statement(
        subjects: build.artifacts, predicateType: predicateType, predicate: try predicate(build))
    } catch {
      throw .malformed(file: "the output of the build", error)
    }
  }

  private static func predicate(_ build: CheckedOutput) throws(Malformation) -> JSON {
    let record = try Members(build.record, path: "record")
    let results = try record.members("legs")
    var artifacts: [JSON] = []
    for entry in try record.members("artifacts") { artifacts.append(try artifact(entry)) }
    var legs: [JSON] = []
    for (leg, result) in zip(try Members(build.plan, path: "plan").members("legs"), results) {
      legs.append(
        .object([
          ("name", try leg.value("name")),
          ("variations", try leg.value("variations")),
          ("seed", leg.object["seed"] ?? .null),
          ("conditions", try leg.value("conditions")),
          ("seededCalls", result.object["seededCalls"] ?? .null),
        ]))
    }
    return .object([
      ("plan", .string(build.planDigest.description)),
      ("tool", try record.value("tool")),
      ("verdict", try record.value("verdict")),
      ("legs", .array(legs)),
      ("artifacts", .array(artifacts)),
      ("denials", try denials(results)),
      ("units", try units(record)),
    ])
  }

  /// The digests of what differs; the rest are the subjects.
  private static func artifact(_ entry: Members) throws(Malformation) -> JSON {
    var members: [(String, JSON)] = [
      ("name", try entry.value("name")), ("result", entry.object["result"] ?? .null),
    ]
    members.append(("differingLegs", entry.object["differingLegs"] ?? []))
    if let difference = entry.object["difference"]?["digests"] {
      members.append(("digests", difference))
    }
    return .object(members)
  }

  private static func denials(_ results: [Members]) throws(Malformation) -> JSON {
    var count = 0
    var areReported = true
    var categories: [String] = []
    for result in results {
      if try !result.bool("denialsReported") { areReported = false }
      count += try result.count("unlistedDenials")
      for denial in try result.members("denials") {
        count += try denial.count("count")
        let category = try denial.string("category")
        if !categories.contains(category) { categories.append(category) }
      }
    }
    return .object([
      ("reported", .bool(areReported)),
      ("count", .integer(Int64(count))),
      ("categories", .array(categories.sorted().map { .string($0) })),
    ])
  }

  private static func units(_ record: Members) throws(Malformation) -> JSON {
    guard let units = try record.optionalMember("units") else { return .null }
    var list: [JSON] = []
    for unit in try units.members("list") {
      var members: [(String, JSON)] = []
      for key in PublishedUnits.nameKeys { members.append((key, try unit.value(key))) }
      members.append(("dependencies", try unit.value("dependencies")))
      members.append(("outputsDigest", try unit.value("outputsDigest")))
      list.append(.object(members))
    }
    return .object([("unlisted", try units.value("unlisted")), ("list", .array(list))])
  }
}
