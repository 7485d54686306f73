internal import Hashing
public import Reading

extension BillOfMaterials {
  /// SPDX 2.3; the same bytes for the same build.
  ///
  /// Files are packages too, as an SPDX file needs a SHA-1.
  public var spdx: JSON {
    let identifiers = identifiers
    let serial = SerialNumber.uuid(form: "spdx-2.3", of: artifacts.map(\.digest))
    return .object([
      ("spdxVersion", "SPDX-2.3"),
      ("dataLicense", "CC0-1.0"),
      ("SPDXID", "SPDXRef-DOCUMENT"),
      ("name", .string(subject.name)),
      ("documentNamespace", .string("https://spdx.org/spdxdocs/cupel-\(serial)")),
      (
        "creationInfo",
        .object([
          ("created", .string(UTCTime(seconds: epoch).text)),
          ("creators", .array([.string("Tool: cupel-\(toolVersion)")])),
          ("comment", .string("created is the SOURCE_DATE_EPOCH of the plan \(plan)")),
        ])
      ),
      (
        "packages",
        .array(([subject] + components).map { Self.package($0, identifiers[$0.reference] ?? "") })
      ),
      ("relationships", .array(relationships(identifiers))),
    ])
  }

  /// Letters, digits, dots and dashes are all that an identifier may hold (SPDX 2.3, 3.2).
  private var identifiers: [String: String] {
    var identifiers: [String: String] = [:]
    for component in [subject] + components {
      let isPlain: (UInt8) -> Bool = {
        0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 || $0 == 0x2E || $0 == 0x2D
      }
      let bytes = component.reference.utf8.map { isPlain($0) ? $0 : 0x2D }
      let digest = Digest.hashing(component.reference).hex.prefix(8)
      identifiers[component.reference] =
        "SPDXRef-\(String(decoding: bytes, as: UTF8.self))-\(digest)"
    }
    return identifiers
  }

  private func relationships(_ identifiers: [String: String]) -> [JSON] {
    func relationship(_ from: String, _ type: String, _ to: String) -> JSON {
      .object([
        ("spdxElementId", .string(from)), ("relationshipType", .string(type)),
        ("relatedSpdxElement", .string(to)),
      ])
    }
    let described = identifiers[subject.reference] ?? ""
    var lines: [(key: String, json: JSON)] = []
    for edge in edges {
      guard let from = identifiers[edge.from], let to = identifiers[edge.to] else { continue }
      let json =
        switch edge.relation {
        case .contains: relationship(from, "CONTAINS", to)
        case .dependsOn: relationship(from, "DEPENDS_ON", to)
        case .buildsWith: relationship(to, "BUILD_DEPENDENCY_OF", from)
        case .linksStatically: relationship(from, "STATIC_LINK", to)
        case .linksDynamically: relationship(from, "DYNAMIC_LINK", to)
        }
      lines.append(("\(from) \(edge.relation.rawValue) \(to)", json))
    }
    lines.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    return [relationship("SPDXRef-DOCUMENT", "DESCRIBES", described)] + lines.map(\.json)
  }

  private static func package(_ component: Component, _ identifier: String) -> JSON {
    var members: [(String, JSON)] = [
      ("SPDXID", .string(identifier)), ("name", .string(component.name)),
    ]
    if let version = component.version { members.append(("versionInfo", .string(version))) }
    let known = component.license.flatMap(LicenseExpression.spdx)
    members += [
      ("downloadLocation", "NOASSERTION"),
      ("filesAnalyzed", false),
      ("licenseConcluded", "NOASSERTION"),
      ("licenseDeclared", .string(known ?? "NOASSERTION")),
      ("copyrightText", "NOASSERTION"),
    ]
    if let license = component.license, known == nil {
      members.append(("licenseComments", .string("Cargo.toml: \(license)")))
    }
    if let digest = component.digest {
      members.append(
        (
          "checksums",
          .array([
            .object([("algorithm", "SHA256"), ("checksumValue", .string(digest.hex))])
          ])
        ))
    }
    if let url = component.url {
      members.append(
        (
          "externalRefs",
          .array([
            .object([
              ("referenceCategory", "PACKAGE-MANAGER"), ("referenceType", "purl"),
              ("referenceLocator", .string(url)),
            ])
          ])
        ))
    }
    let purpose =
      switch component.kind {
      case .application: "APPLICATION"
      case .library: "LIBRARY"
      case .file: "FILE"
      }
    members.append(("primaryPackagePurpose", .string(purpose)))
    var comments = component.properties.map { "\($0.name)=\($0.value)" }.sortedByBytes
    comments += component.locations.sortedByBytes.map { "linked from \($0)" }
    if !comments.isEmpty {
      members.append(("comment", .string(comments.joined(separator: "\n"))))
    }
    return .object(members)
  }
}
