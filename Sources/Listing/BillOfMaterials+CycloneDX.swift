internal import Hashing
public import Reading

extension BillOfMaterials {
  /// A version of the CycloneDX specification.
  public enum CycloneDX: String, Sendable, CaseIterable {
    case v1_5 = "1.5"
    case v1_6 = "1.6"
    case v1_7 = "1.7"
  }

  /// The document; the same bytes for the same build.
  public func cycloneDX(_ version: CycloneDX) -> JSON {
    let serial = SerialNumber.uuid(
      form: "cyclonedx-\(version.rawValue)", of: artifacts.map(\.digest))
    return .object([
      ("$schema", .string("http://cyclonedx.org/schema/bom-\(version.rawValue).schema.json")),
      ("bomFormat", "CycloneDX"),
      ("specVersion", .string(version.rawValue)),
      ("serialNumber", .string("urn:uuid:\(serial)")),
      ("version", 1),
      (
        "metadata",
        .object([
          ("timestamp", .string(UTCTime(seconds: epoch).text)),
          (
            "tools",
            .object([
              (
                "components",
                .array([
                  .object([
                    ("type", "application"), ("name", "cupel"), ("version", .string(toolVersion)),
                  ])
                ])
              )
            ])
          ),
          ("component", Self.component(subject, version, isSubject: true)),
          (
            "properties",
            .array([
              .object([("name", "cupel:plan"), ("value", .string(plan.description))])
            ])
          ),
        ])
      ),
      ("components", .array(components.map { Self.component($0, version, isSubject: false) })),
      ("dependencies", .array(dependencies)),
      (
        "compositions",
        .array([
          .object([
            ("aggregate", isComplete ? "complete" : "incomplete"),
            ("assemblies", .array([.string(subject.reference)])),
          ])
        ])
      ),
    ])
  }

  /// One entry for each reference, those that depend on nothing too.
  private var dependencies: [JSON] {
    var uses: [String: Set<String>] = [:]
    for edge in edges { uses[edge.from, default: []].insert(edge.to) }
    return ([subject] + components).map { component in
      var members: [(String, JSON)] = [("ref", .string(component.reference))]
      let others = (uses[component.reference] ?? []).sortedByBytes
      if !others.isEmpty { members.append(("dependsOn", .array(others.map { .string($0) }))) }
      return .object(members)
    }
  }

  private static func component(
    _ component: Component, _ version: CycloneDX, isSubject: Bool
  ) -> JSON {
    let type =
      switch component.kind {
      case .application: "application"
      case .library: "library"
      case .file: "file"
      }
    var members: [(String, JSON)] = [
      ("type", .string(type)), ("bom-ref", .string(component.reference)),
      ("name", .string(component.name)),
    ]
    if let text = component.version { members.append(("version", .string(text))) }
    if !isSubject {
      members.append(("scope", .string(component.isLinked ? "required" : "excluded")))
    }
    if let digest = component.digest {
      members.append(
        (
          "hashes",
          .array([.object([("alg", "SHA-256"), ("content", .string(digest.hex))])])
        ))
    }
    if let license = component.license {
      let known = LicenseExpression.spdx(license)
      let choice: JSON =
        known.map { .object([("expression", .string($0))]) }
        ?? .object([("license", .object([("name", .string(license))]))])
      members.append(("licenses", .array([choice])))
    }
    if let url = component.url { members.append(("purl", .string(url))) }
    if !component.locations.isEmpty {
      members.append(("evidence", evidence(component, version)))
    }
    let properties = component.properties.sorted {
      ($0.name + "=" + $0.value).utf8.lexicographicallyPrecedes(($1.name + "=" + $1.value).utf8)
    }
    if !properties.isEmpty {
      members.append(
        (
          "properties",
          .array(
            properties.map { .object([("name", .string($0.name)), ("value", .string($0.value))]) })
        ))
    }
    return .object(members)
  }

  /// The linker named it: a tool that ran with the build, hence `instrumentation`.
  private static func evidence(_ component: Component, _ version: CycloneDX) -> JSON {
    let field = component.url != nil ? "purl" : component.digest != nil ? "hash" : "name"
    let identity = JSON.object([
      ("field", .string(field)),
      ("confidence", 1),
      (
        "methods",
        .array([
          .object([
            ("technique", "instrumentation"), ("confidence", 1),
            ("value", "the linker's map and dependency file"),
          ])
        ])
      ),
    ])
    return .object([
      // One object until 1.5, a list since.
      ("identity", version == .v1_5 ? identity : .array([identity])),
      (
        "occurrences",
        .array(component.locations.sortedByBytes.map { .object([("location", .string($0))]) })
      ),
    ])
  }
}
