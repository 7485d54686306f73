internal import Hashing
internal import Planning
internal import Reading

/// SLSA provenance v1 of a finished build (docs/build-type.md).
public struct Provenance: Sendable {
  public static let predicateType = "https://slsa.dev/provenance/v1"
  public static let buildType = "urn:cupel:build/v1"
  /// Who built, where the user gives no other name: nobody in particular.
  public static let unnamedBuilder = "urn:cupel:builder/unnamed"

  /// Names who built. One name for each machine or service with its own keys and rules.
  public var builder: String
  /// Where the source can be had, such as `git+https://example.org/app`.
  public var sourceURI: String?
  /// What the builder calls this run.
  public var invocation: String?

  public init(
    builder: String = Provenance.unnamedBuilder, sourceURI: String? = nil,
    invocation: String? = nil
  ) {
    self.builder = builder
    self.sourceURI = sourceURI
    self.invocation = invocation
  }

  public func statement(of build: CheckedOutput) throws(AttestingError) -> Statement {
    do throws(Malformation) {
      return Statement(
        subjects: build.artifacts, predicateType: Self.predicateType,
        predicate: try predicate(Facts(build)))
    } catch {
      throw .malformed(file: "the output of the build", error)
    }
  }

  /// What went into the build, as the statement lists it.
  func dependencies(of build: CheckedOutput) throws(Malformation) -> [ResourceDescriptor] {
    try dependencies(Facts(build))
  }

  /// Record and plan, opened.
  private struct Facts {
    let build: CheckedOutput
    let record: Members
    let plan: Members
    let inputs: Members
    let source: Members
    /// Leg A, whose artifacts are the subjects.
    let leg: Members

    init(_ build: CheckedOutput) throws(Malformation) {
      self.build = build
      record = try Members(build.record, path: "record")
      plan = try Members(build.plan, path: "plan")
      inputs = try plan.member("inputs")
      source = try inputs.member("source")
      guard let leg = try plan.members("legs").first else { throw plan.bad("legs", "not empty") }
      self.leg = leg
    }
  }

  private func predicate(_ facts: Facts) throws(Malformation) -> JSON {
    var run: [(String, JSON)] = [
      (
        "builder",
        .object([
          ("id", .string(builder)),
          (
            "version",
            .object([("cupel", .string(try facts.record.member("tool").string("version")))])
          ),
        ])
      )
    ]
    if let invocation {
      run.append(("metadata", .object([("invocationId", .string(invocation))])))
    }
    run.append(("byproducts", .array(try byproducts(facts).map(\.json))))
    return .object([
      (
        "buildDefinition",
        .object([
          ("buildType", .string(Self.buildType)),
          ("externalParameters", try externalParameters(facts)),
          ("internalParameters", try internalParameters(facts)),
          ("resolvedDependencies", .array(try dependencies(facts).map(\.json))),
        ])
      ),
      ("runDetails", .object(run)),
    ])
  }

  // MARK: Parameters

  private func externalParameters(_ facts: Facts) throws(Malformation) -> JSON {
    let commit = try facts.source.optionalString("commit")
    let toolchain = try facts.inputs.member("toolchain")
    return .object([
      (
        "source",
        .object([
          ("uri", sourceURI.map { .string($0) } ?? .null),
          ("commit", commit.map { .string($0) } ?? .null),
          ("dirty", .bool(try facts.source.bool("dirty"))),
          ("projectPath", .string(try facts.source.string("projectPath"))),
          ("sourceDateEpoch", try facts.source.value("sourceDateEpoch")),
        ])
      ),
      ("request", try facts.plan.value("request")),
      ("rootfs", .object([("recipe", .string(facts.build.lock.recipe.name))])),
      (
        "toolchain",
        .object([
          ("version", .string(try toolchain.string("version"))),
          ("components", .array(try toolchain.array("components"))),
        ])
      ),
      ("sandboxProfile", .string(try facts.plan.member("sandboxProfile").string("name"))),
    ])
  }

  private func internalParameters(_ facts: Facts) throws(Malformation) -> JSON {
    let conditions = try facts.leg.member("conditions")
    let result = try facts.record.members("legs").first
    return .object([
      ("plan", .string(facts.build.planDigest.description)),
      ("sandboxProfile", try facts.plan.value("sandboxProfile")),
      ("directory", try facts.leg.value("directory")),
      ("command", try facts.leg.value("command")),
      ("environment", try facts.leg.value("environment")),
      ("conditions", .object(conditions.object)),
      ("jobs", try conditions.value("jobs")),
      ("rustflags", .array(try rustflags(facts).map { .string($0) })),
      ("pathRemapping", try facts.plan.value("pathRemapping")),
      ("mounts", .array(try mounts(facts))),
      ("isolation", result?.object["isolation"] ?? .null),
    ])
  }

  /// What the wrapper adds to each call of rustc in leg A (`PathRemapping`).
  private func rustflags(_ facts: Facts) throws(Malformation) -> [String] {
    var flags: [String] = []
    for prefix in try facts.plan.members("pathRemapping") {
      flags += [
        "--remap-path-prefix", "\(try prefix.string("from"))=\(try prefix.string("to"))",
      ]
    }
    return flags
  }

  private func mounts(_ facts: Facts) throws(Malformation) -> [JSON] {
    func mount(_ path: String, _ tree: String) -> JSON {
      .object([("path", .string(path)), (ResourceDescriptor.treeAlgorithm, .string(tree))])
    }
    var mounts = [
      mount("/", try facts.inputs.member("rootfs").digest("digest").hex),
      mount(SandboxPaths.source, try facts.source.digest("digest").hex),
    ]
    for vendor in try facts.inputs.members("vendors") {
      mounts.append(mount(try vendor.string("mountPath"), try vendor.digest("digest").hex))
    }
    if let toolchain = try facts.inputs.member("toolchain").optionalDigest("digest") {
      mounts.append(mount(SandboxPaths.toolchain, toolchain.hex))
    }
    return mounts
  }

  // MARK: Dependencies

  private func dependencies(_ facts: Facts) throws(Malformation) -> [ResourceDescriptor] {
    var dependencies = [try source(facts)] + (try submodules(facts))
    dependencies.append(
      ResourceDescriptor(
        name: "Cargo.lock",
        digests: [.init("sha256", try facts.inputs.digest("cargoLock").hex)]))
    for crate in try facts.record.member("sources").members("crates") {
      if let dependency = try self.crate(crate) { dependencies.append(dependency) }
    }
    for vendor in try facts.inputs.members("vendors") {
      dependencies.append(
        tree("crates:\(try vendor.string("mountPath"))", try vendor.digest("digest").hex))
    }
    let rootfs = try facts.inputs.member("rootfs")
    let rootfsTree = try rootfs.digest("digest").hex
    dependencies.append(
      tree(
        "rootfs", rootfsTree,
        [
          ("recipe", .string(facts.build.lock.recipe.name)),
          ("lock", .string(try rootfs.digest("lock").description)),
        ]))
    dependencies += facts.build.lock.packages.map(package) + image(facts.build.lock)
    dependencies.append(try toolchain(facts, rootfs: rootfsTree))
    return dependencies
  }

  private func tree(
    _ name: String, _ digest: String, _ annotations: [(String, JSON)] = []
  ) -> ResourceDescriptor {
    ResourceDescriptor(
      name: name, digests: [.init(ResourceDescriptor.treeAlgorithm, digest)],
      annotations: annotations)
  }

  /// The tree that was mounted, and the commit where the tree is exactly that.
  private func source(_ facts: Facts) throws(Malformation) -> ResourceDescriptor {
    var source = tree("source", try facts.source.digest("digest").hex)
    source.uri = sourceURI
    let revision = try facts.record.optionalMember("revision")
    let commit = try facts.source.optionalString("commit")
    if try facts.source.bool("dirty") {
      source.annotations["basedOn"] = commit.map { .string($0) }
      source.annotations["changes"] = revision?.object["changes"]
    } else if let commit {
      source.digests.append(.init("gitCommit", commit))
      if let revision { source.digests.append(.init("gitTree", try revision.string("tree"))) }
    }
    if let revision {
      source.annotations["requested"] = revision.object["requested"]
      source.annotations["tags"] = revision.object["tags"]
    }
    return source
  }

  private func submodules(_ facts: Facts) throws(Malformation) -> [ResourceDescriptor] {
    guard let revision = try facts.record.optionalMember("revision") else { return [] }
    var submodules: [ResourceDescriptor] = []
    for submodule in try revision.members("submodules") {
      submodules.append(
        ResourceDescriptor(
          name: "submodule:\(try submodule.string("path"))",
          digests: [.init("gitCommit", try submodule.string("commit"))]))
    }
    return submodules
  }

  /// A foreign crate. Its archive's SHA-256 is a digest only where the archive was looked into: for
  /// a vendored folder it is no more than what Cargo.lock says.
  private func crate(_ crate: Members) throws(Malformation) -> ResourceDescriptor? {
    let level: SourceLevel = try crate.word("level")
    guard level != .path, let origin = try crate.optionalString("source") else { return nil }
    var dependency = ResourceDescriptor(
      uri: PackageURL.cargo(
        name: try crate.string("name"), version: try crate.string("version"), source: origin),
      annotations: [("level", .string(level.rawValue))])
    let checksum = try crate.optionalDigest("checksum")
    if level == .archive, let checksum {
      dependency.digests.append(.init("sha256", checksum.hex))
    } else if let checksum {
      dependency.annotations["locked"] = .string(checksum.description)
    }
    if let tree = try crate.optionalDigest("tree") {
      dependency.digests.append(.init(ResourceDescriptor.treeAlgorithm, tree.hex))
    }
    for key in ["commit", "reason", "difference"] where crate.has(key) {
      dependency.annotations[key] = crate.object[key]
    }
    return dependency
  }

  private func package(_ package: Lock.Package) -> ResourceDescriptor {
    ResourceDescriptor(
      uri: PackageURL.deb(
        name: package.name, version: package.version, architecture: package.architecture),
      digests: [.init("sha256", package.sha256.hex)],
      annotations: [("suite", .string(package.suite)), ("filename", .string(package.filename))])
  }

  /// What a rootfs without packages is made of.
  private func image(_ lock: Lock) -> [ResourceDescriptor] {
    guard let image = lock.image else { return [] }
    let digests =
      [("image:manifest", image.manifest)]
      + image.layers.enumerated().map { ("image:layer-\($0.offset)", $0.element) }
    return digests.map { ResourceDescriptor(name: $0.0, digests: [.init("sha256", $0.1.hex)]) }
  }

  /// A toolchain of its own, or the one in the rootfs, whose packages stand before it.
  private func toolchain(
    _ facts: Facts, rootfs: String
  ) throws(Malformation) -> ResourceDescriptor {
    let used = try facts.record.member("toolchain")
    let trust: ToolchainTrust = try used.word("trust")
    let digest = try used.optionalDigest("digest")
    var annotations: [(String, JSON)] = [
      ("name", .string(try used.string("name"))),
      ("version", .string(try used.string("version"))),
      ("components", .array(try used.array("components"))),
      ("trust", .string(trust.rawValue)),
      ("inRootfs", .bool(digest == nil)),
    ]
    if let signer = try used.optionalString("signer") {
      annotations.append(("signer", .string(signer)))
    }
    return tree("toolchain", digest?.hex ?? rootfs, annotations)
  }

  // MARK: By-products

  private func byproducts(_ facts: Facts) throws(Malformation) -> [ResourceDescriptor] {
    var byproducts = facts.build.documents.map {
      ResourceDescriptor(name: $0.name, digests: [.init("sha256", $0.digest.hex)])
    }
    if let units = try facts.record.optionalMember("units") {
      let list = JSON.array(try units.array("list"))
      guard let bytes = try? list.canonicalBytes() else {
        throw units.bad("list", "without fractions")
      }
      byproducts.append(
        ResourceDescriptor(
          name: "record.json#units.list",
          digests: [.init("sha256", Digest.hashing(bytes).hex)],
          annotations: [("form", "canonical JSON (RFC 8785)")]))
    }
    return byproducts
  }
}
