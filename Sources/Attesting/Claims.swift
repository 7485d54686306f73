public import Hashing
internal import Reading

/// What a statement says, by the type of its predicate. Every member is read, and others are refused.
public enum Claims: Sendable {
  case provenance(ProvenanceClaims)
  case reproducibility(ReproducibilityClaims)
  /// Of the build of a plan, whose digest is this.
  case runtimeTrace(plan: Digest)

  /// What people call a statement of the kind.
  public var name: String {
    switch self {
    case .provenance: "provenance"
    case .reproducibility: "reproducibility"
    case .runtimeTrace: "runtime trace"
    }
  }

  public var plan: Digest {
    switch self {
    case .provenance(let claims): claims.plan
    case .reproducibility(let claims): claims.plan
    case .runtimeTrace(let plan): plan
    }
  }

  public init(_ statement: Statement) throws(Objection) {
    let known = [
      Provenance.predicateType, Reproducibility.predicateType, RuntimeTrace.predicateType,
    ]
    guard known.contains(where: { $0.isExactly(statement.predicateType) }) else {
      throw Objection(.predicateUnknown, statement.predicateType)
    }
    let buildType = statement.predicate["buildDefinition"]?["buildType"]?.stringValue
    if let buildType, !buildType.isExactly(Provenance.buildType) {
      throw Objection(.buildTypeUnknown, buildType)
    }
    do throws(Malformation) {
      let predicate = try Members(statement.predicate, path: "predicate")
      switch statement.predicateType {
      case Provenance.predicateType:
        self = .provenance(try ProvenanceClaims(predicate))
      case Reproducibility.predicateType:
        self = .reproducibility(try ReproducibilityClaims(predicate))
      default:
        self = .runtimeTrace(plan: try Self.runtimeTrace(predicate))
      }
    } catch {
      throw Objection(error, else: .predicateMalformed, extra: .predicateExtraField)
    }
  }

  private static func runtimeTrace(_ predicate: Members) throws(Malformation) -> Digest {
    try predicate.only(["monitor", "monitoredProcess", "monitorLog"])
    let monitor = try predicate.member("monitor")
    try monitor.only(["type", "configSource", "tracePolicy"])
    guard try monitor.string("type").isExactly(RuntimeTrace.monitorType) else {
      throw monitor.bad("type", RuntimeTrace.monitorType)
    }
    _ = try ResourceDescriptor(monitor.member("configSource"))
    let log = try predicate.member("monitorLog")
    try log.only(["process", "network"])
    _ = (try log.members("process"), try log.members("network"))
    let process = try predicate.member("monitoredProcess")
    try process.only(["hostID", "type", "event"])
    _ = (try process.string("hostID"), try process.string("type"))
    return try process.digest("event")
  }
}
