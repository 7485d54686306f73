internal import Hashing
internal import Reading

/// What the sandbox refused, as an in-toto runtime-trace v0.1 (docs/reproducibility-statement.md).
public enum RuntimeTrace {
  public static let predicateType = "https://in-toto.io/attestation/runtime-trace/v0.1"
  public static let monitorType = "urn:cupel:supervisor/v1"

  /// `builder` is the id that the provenance of the same build names.
  public static func statement(
    of build: CheckedOutput, builder: String
  ) throws(AttestingError) -> Statement {
    do throws(Malformation) {
      return Statement(
        subjects: build.artifacts, predicateType: predicateType,
        predicate: try predicate(build, builder))
    } catch {
      throw .malformed(file: "the output of the build", error)
    }
  }

  private static func predicate(
    _ build: CheckedOutput, _ builder: String
  ) throws(Malformation) -> JSON {
    let profile = try Members(build.plan, path: "plan").member("sandboxProfile")
    var network: [JSON] = []
    var process: [JSON] = []
    var legs: [JSON] = []
    for leg in try Members(build.record, path: "record").members("legs") {
      let name = try leg.string("name")
      for denial in try leg.members("denials") {
        var entry = denial.object
        entry["leg"] = .string(name)
        entry["action"] = "refused"
        if try denial.string("category") == "network" {
          network.append(.object(entry))
        } else {
          process.append(.object(entry))
        }
      }
      legs.append(
        .object([
          ("leg", .string(name)),
          ("reported", .bool(try leg.bool("denialsReported"))),
          ("unlisted", try leg.value("unlistedDenials")),
        ]))
    }
    let observed = build.documents.filter { $0.name.hasPrefix("observed/") }.map {
      ResourceDescriptor(name: $0.name, digests: [.init("sha256", $0.digest.hex)]).json
    }
    return .object([
      (
        "monitor",
        .object([
          ("type", .string(monitorType)),
          (
            "configSource",
            ResourceDescriptor(
              name: try profile.string("name"),
              digests: [.init("sha256", try profile.digest("digest").hex)]
            ).json
          ),
          ("tracePolicy", .object([("legs", .array(legs)), ("observations", .array(observed))])),
        ])
      ),
      (
        "monitoredProcess",
        .object([
          ("hostID", .string(builder)),
          ("type", .string(Provenance.buildType)),
          ("event", .string(build.planDigest.description)),
        ])
      ),
      ("monitorLog", .object([("process", .array(process)), ("network", .array(network))])),
    ])
  }
}
