public import Hashing
public import Reading

/// What SLSA provenance of our build type says (docs/build-type.md).
public struct ProvenanceClaims: Sendable {
  public let builder: String
  /// What was asked for, as it stands in the statement.
  public let externalParameters: JSON
  public let dependencies: [ResourceDescriptor]
  public let plan: Digest
  public let sourceURI: String?
  /// Nil where the source was not exactly a commit.
  public let commit: String?
  public let gitTree: String?
  /// Tree digest of the source.
  public let tree: Digest
  /// The weakest of all foreign crates; nil where there are none.
  public let level: SourceLevel?
  public let toolchainTrust: ToolchainTrust
  public let toolchainVersion: String
  /// What came out beside the artifacts.
  public let byproducts: [ResourceDescriptor]
  /// Whether the build was asked to put a list of packages into the artifacts.
  public let isAuditable: Bool

  init(_ predicate: Members) throws(Malformation) {
    try predicate.only(["buildDefinition", "runDetails"])
    let definition = try predicate.member("buildDefinition")
    try definition.only([
      "buildType", "externalParameters", "internalParameters", "resolvedDependencies",
    ])
    _ = try definition.string("buildType")
    let run = try predicate.member("runDetails")
    builder = try Self.builder(run)
    var byproducts: [ResourceDescriptor] = []
    for byproduct in try run.members("byproducts") {
      byproducts.append(try ResourceDescriptor(byproduct))
    }
    self.byproducts = byproducts
    let parameters = try definition.member("externalParameters")
    externalParameters = .object(parameters.object)
    let source = try Self.source(parameters)
    isAuditable = parameters.object["request"]?["auditable"] == true
    toolchainVersion = parameters.object["toolchain"]?["version"]?.stringValue ?? ""
    plan = try Self.plan(definition.member("internalParameters"))
    var dependencies: [ResourceDescriptor] = []
    for members in try definition.members("resolvedDependencies") {
      dependencies.append(try ResourceDescriptor(members))
    }
    self.dependencies = dependencies

    func bad(_ name: String, _ expected: String) -> Malformation {
      Malformation(
        path: "predicate.buildDefinition.resolvedDependencies: \(name)",
        kind: .wrong(expected: expected))
    }
    func only(_ name: String) throws(Malformation) -> ResourceDescriptor {
      let found = dependencies.filter { $0.name?.isExactly(name) ?? false }
      guard found.count == 1 else { throw bad(name, "there once") }
      return found[0]
    }
    let sourceTree = try only("source")
    let digest = sourceTree.digest(ResourceDescriptor.treeAlgorithm).flatMap { Digest(hex: $0) }
    guard let digest else { throw bad("source", "named by its tree") }
    tree = digest
    sourceURI = source.uri
    commit = sourceTree.digest("gitCommit")
    gitTree = sourceTree.digest("gitTree")
    guard source.isDirty ? commit == nil : commit == source.commit,
      sourceTree.uri == source.uri
    else {
      throw parameters.contradiction("source", "the list of dependencies")
    }
    let lock = try only("Cargo.lock")
    guard lock.digest("sha256").flatMap({ Digest(hex: $0) }) != nil else {
      throw bad("Cargo.lock", "named by its SHA-256")
    }
    guard try only("rootfs").digest(ResourceDescriptor.treeAlgorithm) != nil else {
      throw bad("rootfs", "named by its tree")
    }
    let toolchain = try only("toolchain")
    guard
      let trust = toolchain.annotations["trust"]?.stringValue.flatMap({
        ToolchainTrust(rawValue: $0)
      }),
      toolchain.digest(ResourceDescriptor.treeAlgorithm) != nil
    else { throw bad("toolchain", "named by its tree, with what vouches for it") }
    toolchainTrust = trust
    var levels: [SourceLevel] = []
    for crate in dependencies where crate.uri?.hasPrefix("pkg:cargo/") ?? false {
      let level = crate.annotations["level"]?.stringValue.flatMap { SourceLevel(rawValue: $0) }
      guard let level, !crate.digests.isEmpty else {
        throw bad(crate.uri ?? "", "named by a digest, with its level")
      }
      levels.append(level)
    }
    level = levels.min()
  }

  private static func builder(_ run: Members) throws(Malformation) -> String {
    try run.only(["builder", "metadata", "byproducts"])
    let builder = try run.member("builder")
    try builder.only(["id", "version"])
    _ = try builder.member("version").string("cupel")
    if let metadata = try run.optionalMember("metadata") {
      try metadata.only(["invocationId"])
      _ = try metadata.string("invocationId")
    }
    return try builder.string("id")
  }

  /// Verifiers should refuse parameters that they do not know (SLSA, "Verifying artifacts", 2).
  private static func source(
    _ parameters: Members
  ) throws(Malformation) -> (uri: String?, commit: String?, isDirty: Bool) {
    try parameters.only(["source", "request", "rootfs", "toolchain", "sandboxProfile"])
    let source = try parameters.member("source")
    try source.only(["uri", "commit", "dirty", "projectPath", "sourceDateEpoch"])
    _ = try source.string("projectPath")
    guard source.object["sourceDateEpoch"]?.integerValue != nil else {
      throw source.bad("sourceDateEpoch", "an integer")
    }
    let request = try parameters.member("request")
    let lists = ["targets", "packages", "bins", "features", "cargoArguments"]
    let flags = ["allFeatures", "noDefaultFeatures", "workspace"]
    try request.only(["profile", "auditable"] + lists + flags)
    if request.has("auditable") { _ = try request.bool("auditable") }
    _ = try request.string("profile")
    for key in lists { _ = try request.strings(key) }
    for key in flags { _ = try request.bool(key) }
    let rootfs = try parameters.member("rootfs")
    try rootfs.only(["recipe"])
    _ = try rootfs.string("recipe")
    let toolchain = try parameters.member("toolchain")
    try toolchain.only(["version", "components"])
    _ = (try toolchain.string("version"), try toolchain.strings("components"))
    _ = try parameters.string("sandboxProfile")
    return (
      try source.optionalString("uri"), try source.optionalString("commit"),
      try source.bool("dirty")
    )
  }

  private static func plan(_ parameters: Members) throws(Malformation) -> Digest {
    try parameters.only([
      "plan", "sandboxProfile", "directory", "command", "environment", "conditions", "jobs",
      "rustflags", "pathRemapping", "mounts", "isolation",
    ])
    return try parameters.digest("plan")
  }
}
