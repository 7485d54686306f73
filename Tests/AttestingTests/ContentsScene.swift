import Attesting
import Hashing
import Linux
import Listing
import Reading
import Signing
import Testing

/// A build whose units, links and lists are known: `app` contains ahash and base64; the macro `tool`,
/// which is from git, and aho-corasick took part in the build. `helper` is another package of the
/// project.
struct ContentsScene: ~Copyable {
  let scene: Scene
  /// All of the build's, in the order provenance, reproducibility, runtime trace.
  let materials: [Material]
  let list: DependencyList
  private let build: FinishedBuild

  static let needed = ["libz.so.1", "libc.so.6"]
  private static let artifact = "the artifact\n"

  init(isAuditable: Bool = true) throws {
    let scene = try Scene()
    try scene.write(
      artifact: Self.artifact,
      plan: { if isAuditable { $0.set(["request", "auditable"], true) } },
      record: { record in
        record.set(["units"], Self.units)
        record.set(["links"], .object([("list", [Self.link])]))
      })
    let build = try FinishedBuild(folder: scene.output)
    let list = DependencyList(of: try Inventory(of: build.artifact(named: "app"), in: build))
    let materials = try scene.materials()
    self.scene = scene
    (self.build, self.list, self.materials) = (build, list, materials)
  }

  private static func unit(
    _ name: String, _ version: String, _ kind: String, _ dependencies: [Int],
    output: String? = nil
  ) -> JSON {
    let nothing = Digest.hashing("").description
    return .object([
      ("package", .string(name)), ("version", .string(version)), ("kind", .string(kind)),
      ("crate", .string(name.replacing("-", with: "_"))), ("hash", "-0123456789abcdef"),
      ("platform", .null), ("libraries", []), ("features", []),
      ("dependencies", .array(dependencies.map { .integer(Int64($0)) })),
      (
        "outputs",
        .array(
          output.map {
            [
              .object([
                ("name", "release/deps/app-0123"), ("size", 13),
                ("digest", .string(Digest.hashing($0).description)),
              ])
            ]
          } ?? [])
      ),
      ("evidence", "kernel"), ("argumentsDigest", .string(nothing)), ("environment", []),
      ("outputCount", output == nil ? 0 : 1), ("outputsDigest", .string(nothing)),
      ("sources", .object([("count", 1), ("digest", .string(nothing))])),
    ])
  }

  private static let units: JSON = .object([
    (
      "list",
      [
        unit("ahash", "0.7.6", "build-script", []),
        unit("ahash", "0.7.6", "build-script-run", [0]),
        unit("ahash", "0.7.6", "lib", [1]),
        unit("aho-corasick", "0.7.19", "lib", []),
        unit("tool", "2.0.0", "proc-macro", [3]),
        unit("base64", "0.13.0", "lib", []),
        unit("app", "0.1.0", "bin", [2, 4, 5], output: artifact),
        unit("helper", "0.1.0", "lib", []),
      ]
    ),
    ("unlisted", 0),
  ])

  private static func shared(
    _ path: String, _ soname: String, package: (String, String)? = nil
  ) -> JSON {
    var members: [(String, JSON)] = [
      ("path", .string(path)), ("kind", "shared"),
      ("digest", .string(Digest.hashing(path).description)), ("size", 100), ("linked", 0),
      ("contributes", true), ("soname", .string(soname)),
    ]
    if let package {
      members.append(
        ("package", .object([("name", .string(package.0)), ("version", .string(package.1))])))
    }
    return .object(members)
  }

  private static let link: JSON = .object([
    ("crate", "app"), ("hash", "-0123456789abcdef"),
    ("output", "release/deps/app-0123"), ("form", "lld"),
    ("needed", .array(needed.map { .string($0) })), ("defects", []),
    (
      "inputs",
      [
        shared(
          "/usr/lib/libz.so.1.2.13", "libz.so.1", package: ("base-files", "12.4+deb12u15")),
        shared("/usr/lib/libc.so.6", "libc.so.6"),
        .object([
          ("path", "/usr/lib/rustlib/x/lib/libstd-1.rlib"), ("kind", "archive"),
          ("digest", .string(Digest.hashing("std").description)), ("size", 100), ("linked", 5),
          ("contributes", true),
          (
            "members",
            [
              .object([
                ("name", "std.rcgu.o"), ("digest", .string(Digest.hashing("o").description)),
                ("linked", 5),
              ])
            ]
          ),
        ]),
      ]
    ),
  ])

  enum Form: String, CaseIterable, Sendable {
    case cycloneDX15, cycloneDX16, cycloneDX17, spdx
  }

  func bill(_ form: Form = .cycloneDX16, isMerged: Bool = false) throws -> JSON {
    let bill =
      try isMerged
      ? BillOfMaterials(of: build)
      : BillOfMaterials(of: Inventory(of: build.artifact(named: "app"), in: build), in: build)
    return switch form {
    case .cycloneDX15: bill.cycloneDX(.v1_5)
    case .cycloneDX16: bill.cycloneDX(.v1_6)
    case .cycloneDX17: bill.cycloneDX(.v1_7)
    case .spdx: bill.spdx
    }
  }

  /// The statements of the build after its SBOM was written into the output folder.
  func materials(listing bill: [UInt8]) throws -> [Material] {
    try FileSystem.makeDirectories("\(scene.output)/sbom")
    try FileSystem.write(bill, to: "\(scene.output)/sbom/app.cdx.json")
    return try scene.materials()
  }

  func verify(
    bills: [[UInt8]], list: DependencyList?, materials: [Material]? = nil,
    needed: [String] = needed, policy: String? = nil
  ) throws -> Verification {
    try verify(
      bills: bills, contents: .program(needed: needed, list: list), materials: materials,
      policy: policy)
  }

  func verify(
    bills: [[UInt8]], contents: ArtifactContents?, materials: [Material]? = nil,
    policy: String? = nil
  ) throws -> Verification {
    Verification(
      artifacts: [
        Verification.Artifact(
          name: "app", digest: Digest.hashing(Self.artifact), contents: contents)
      ],
      materials: materials ?? self.materials,
      bills: bills.enumerated().map { Material(place: "\($0.offset).json", bytes: $0.element) },
      keys: [scene.key.verificationKey],
      policy: try policy.map {
        try VerificationPolicy(parsing: Array("schema = 1\n\($0)".utf8), file: "policy.toml")
      }, time: Scene.time)
  }

  func codes(
    bills: [[UInt8]], list: DependencyList?, materials: [Material]? = nil,
    needed: [String] = needed, policy: String? = nil
  ) throws -> [String] {
    try verify(
      bills: bills, list: list, materials: materials, needed: needed, policy: policy
    ).objections.map(\.code.rawValue)
  }
}

extension JSON {
  /// The path with `@NAME` in place of the position of the element that has this name, `bom-ref`,
  /// `SPDXID` prefix or `ref`.
  func resolve(_ path: String) -> [String] {
    var here: JSON? = self
    return path.split(separator: "/").map { part in
      var step = String(part)
      if part.hasPrefix("@") {
        let wanted = String(part.dropFirst())
        let position = here?.arrayValue?.firstIndex { item in
          ["name", "ref"].contains { item[$0]?.stringValue == wanted }
        }
        step = position.map { "\($0)" } ?? "none"
      }
      here = Int(step).map { here?[$0] } ?? here?[step]
      return step
    }
  }
}
