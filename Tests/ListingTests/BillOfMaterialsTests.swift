import Building
import Hashing
import Linux
import Reading
import Testing

@testable import Listing

/// A record of a program with a library, a macro, a build script and what these need, beside a
/// package that is locked and not built.
enum SampleBuild {
  static let registry = "registry+https://github.com/rust-lang/crates.io-index"

  static func digest(_ text: String) -> String { Digest.hashing(text).description }

  static func unit(
    _ package: String, _ version: String, _ kind: String, features: [String] = [],
    dependencies: [Int] = [], libraries: [String] = [], platform: String? = nil,
    output: String? = nil
  ) -> JSON {
    .object([
      ("package", .string(package)), ("version", .string(version)), ("kind", .string(kind)),
      ("crate", .string(package.replacing("-", with: "_"))), ("hash", .string("-0123456789abcdef")),
      ("platform", platform.map { .string($0) } ?? .null),
      ("libraries", .array(libraries.map { .string($0) })),
      ("features", .array(features.map { .string($0) })),
      ("dependencies", .array(dependencies.map { .integer(Int64($0)) })),
      (
        "outputs",
        .array(
          output.map {
            [.object([("name", .string($0)), ("size", 10), ("digest", .string(digest($0)))])]
          } ?? [])
      ),
      ("evidence", "kernel"), ("argumentsDigest", .string(digest("arguments"))),
      ("environment", []), ("outputCount", output == nil ? 0 : 1),
      ("outputsDigest", .string(digest(output ?? ""))),
      ("sources", .object([("count", 1), ("digest", .string(digest("sources")))])),
    ])
  }

  static func crate(
    _ name: String, _ version: String, source: String? = registry, license: String? = nil
  )
    -> JSON
  {
    var members: [(String, JSON)] = [
      ("name", .string(name)), ("version", .string(version)),
      ("source", source.map { .string($0) } ?? .null),
      ("level", source == nil ? "path" : "archive"),
      ("checksum", source == registry ? .string(digest("\(name).crate")) : .null), ("tree", .null),
    ]
    if source?.hasPrefix("git+") == true {
      members.append(("commit", .string(String(repeating: "ab", count: 20))))
    }
    if let license { members.append(("license", .string(license))) }
    return .object(members)
  }

  static let units: [JSON] = [
    unit("app", "0.1.0", "bin", dependencies: [1, 2, 7], output: "release/deps/app-0123"),
    unit("serde", "1.0.0", "lib", features: ["std", "derive"], dependencies: [2]),
    unit("serde-derive", "1.0.0", "proc-macro", dependencies: [3]),
    unit("syn", "2.0.0", "lib", features: ["full"]),
    unit("cc", "1.2.0", "lib"),
    unit("foo-sys", "0.2.0", "build-script", dependencies: [4]),
    unit(
      "foo-sys", "0.2.0", "build-script-run", dependencies: [5], libraries: ["static=foo", "z"]),
    unit(
      "foo-sys", "0.2.0", "lib", dependencies: [6, 8], output: "release/deps/libfoo_sys-1.rlib"),
    unit("gitty", "0.3.0", "lib", platform: "x86_64-unknown-linux-gnu"),
    unit("app", "0.1.0", "foreign-lib", dependencies: [1], output: "release/deps/libapp.so"),
  ]

  static let crates: [JSON] = [
    crate("app", "0.1.0", source: nil, license: "MIT"),
    crate("serde", "1.0.0", license: "MIT/Apache-2.0"),
    crate("serde-derive", "1.0.0", license: "MIT OR Apache-2.0"),
    crate("syn", "2.0.0", license: "Apache-2.0 WITH LLVM-exception"),
    crate("cc", "1.2.0", license: "My own licence"),
    crate("foo-sys", "0.2.0", source: "sparse+https://crates.example.com/index/"),
    crate(
      "gitty", "0.3.0",
      source: "git+https://example.com/gitty?branch=main#\(String(repeating: "ab", count: 20))"),
    crate("winapi", "0.3.9"),
  ]

  static func artifact(_ name: String, _ kind: String, _ output: String) -> JSON {
    .object([
      ("name", .string(name)), ("kind", .string(kind)), ("target", .null), ("size", 10),
      ("digest", .string(digest(output))),
    ])
  }

  static func input(
    _ path: String, _ kind: String, linked: Int64, contributes: Bool = true, soname: String? = nil,
    package: (String, String)? = nil, members: [(String, Int64)] = []
  ) -> JSON {
    var fields: [(String, JSON)] = [
      ("path", .string(path)), ("kind", .string(kind)), ("digest", .string(digest(path))),
      ("size", 100), ("linked", .integer(linked)), ("contributes", .bool(contributes)),
    ]
    if let soname { fields.append(("soname", .string(soname))) }
    if let package {
      fields.append(
        ("package", .object([("name", .string(package.0)), ("version", .string(package.1))])))
    }
    if !members.isEmpty {
      fields.append(
        (
          "members",
          .array(
            members.map {
              .object([
                ("name", .string($0.0)), ("digest", .string(digest($0.0))),
                ("linked", .integer($0.1)),
              ])
            })
        ))
    }
    return .object(fields)
  }

  static let link: JSON = .object([
    ("crate", "app"), ("hash", "-0123456789abcdef"),
    ("output", "release/deps/app-0123"), ("form", "lld"),
    ("needed", ["libz.so.1", "libc.so.6", "libodd.so.2"]), ("defects", []),
    (
      "inputs",
      [
        input(
          "/build/target/release/deps/libfoo_sys-1.rlib", "archive", linked: 60,
          members: [("foo_sys-1.rcgu.o", 50), ("blob.o", 10)]),
        input("/build/vendor/foo-sys/blob.o", "object", linked: 7),
        input(
          "/usr/lib/libc.so.6", "shared", linked: 0, soname: "libc.so.6",
          package: ("libc6", "2.36-9")),
        input(
          "/usr/lib/libm.so.6", "shared", linked: 0, contributes: false, soname: "libm.so.6",
          package: ("libc6", "2.36-9")),
        input(
          "/usr/lib/libz.so.1.2", "shared", linked: 0, soname: "libz.so.1",
          package: ("zlib1g", "1:1.2")),
        input(
          "/usr/lib/libssl.a", "archive", linked: 5, package: ("libssl-dev", "3"),
          members: [("s.o", 5)]),
        input(
          "/usr/lib/rustlib/x/lib/libstd-1.rlib", "archive", linked: 5, members: [("std.rcgu.o", 5)]
        ),
      ]
    ),
  ])

  static let plan: JSON = .object([
    (
      "inputs",
      .object([
        ("source", .object([("sourceDateEpoch", 1_700_000_000)])),
        ("toolchain", .object([("version", "1.96.0")])),
      ])
    )
  ])

  static func record(
    units: [JSON]? = nil, artifacts: [JSON]? = nil, link: JSON? = nil, plan: JSON = plan
  ) throws -> JSON {
    let outputs = [
      artifact("app", "bin", "release/deps/app-0123"),
      artifact("libapp.so", "cdylib", "release/deps/libapp.so"),
    ]
    var members: [(String, JSON)] = [
      ("schema", "cupel-record/1"),
      ("tool", .object([("name", "cupel"), ("version", "0.1.0")])),
      ("plan", .string(Digest.hashing(try plan.canonicalBytes()).description)),
      ("artifacts", .array(artifacts ?? outputs)),
      ("sources", .object([("crates", .array(crates))])),
      ("units", .object([("list", .array(units ?? self.units)), ("unlisted", 0)])),
    ]
    if let link { members.append(("links", .object([("list", [link])]))) }
    return .object(members)
  }

  static func build(_ record: JSON, plan: JSON = plan) throws -> FinishedBuild {
    try FinishedBuild(record: record, plan: plan, packages: [], file: "record.json")
  }
}

@Suite struct BillOfMaterialsTests {
  private func inventory(_ name: String, link: JSON? = nil) throws -> (Inventory, FinishedBuild) {
    let build = try SampleBuild.build(SampleBuild.record(link: link))
    return (try Inventory(of: build.artifact(named: name), in: build), build)
  }

  @Test func listsWhatWasBuiltForTheArtifact() throws {
    let (inventory, _) = try inventory("app")
    let shown = inventory.crates.map { "\($0.package.name) \($0.isLinked ? "linked" : "built")" }
    #expect(
      shown == [
        "app linked", "cc built", "foo-sys linked", "gitty linked", "serde linked",
        "serde-derive built", "syn built",
      ])
    #expect(inventory.crates[inventory.root].package.name == "app")
    #expect(inventory.crates[4].features == ["derive", "std"])
    #expect(inventory.crates[2].dependencies == [1, 3])
    #expect(inventory.crates[2].libraries == ["static=foo", "z"])
    // The other artifact needs less.
    let (library, _) = try self.inventory("libapp.so")
    #expect(library.crates.map(\.package.name) == ["app", "serde", "serde-derive", "syn"])
  }

  @Test func namesPackagesAsURLs() throws {
    let (inventory, build) = try inventory("app")
    let urls = BillOfMaterials(of: inventory, in: build).components.compactMap(\.url)
    #expect(urls.contains("pkg:cargo/serde@1.0.0"))
    #expect(
      urls.contains(
        "pkg:cargo/foo-sys@0.2.0?repository_url=https://crates.example.com/index/"))
    #expect(
      urls.contains(
        "pkg:cargo/gitty@0.3.0?vcs_url=git%2Bhttps://example.com/gitty%40"
          + String(repeating: "ab", count: 20)))
  }

  @Test func isTheSameEveryTime() throws {
    let (inventory, build) = try inventory("app", link: SampleBuild.link)
    let first = BillOfMaterials(of: inventory, in: build)
    for _ in 0..<5 {
      let again = try BillOfMaterials(
        of: Inventory(of: build.artifact(named: "app"), in: build), in: build)
      #expect(again.cycloneDX(.v1_6).prettyBytes() == first.cycloneDX(.v1_6).prettyBytes())
      #expect(again.spdx.prettyBytes() == first.spdx.prettyBytes())
    }
    let text = String(decoding: first.cycloneDX(.v1_6).prettyBytes(), as: UTF8.self)
    #expect(text.contains("\"timestamp\": \"2023-11-14T22:13:20Z\""))
  }

  @Test func tellsDeclaredFromLinked() throws {
    let (inventory, _) = try inventory("app", link: SampleBuild.link)
    let link = try #require(inventory.link)
    #expect(link.unresolved == ["libodd.so.2"])
    #expect(link.form == .lld)
    // The library is another file, and no linker is known to have been asked for it.
    #expect(try self.inventory("libapp.so", link: SampleBuild.link).0.link == nil)
    // Something native is in the crate's own library, and z is a shared one.
    #expect(link.declaredNotLinked.isEmpty)
    #expect(link.linkedNotDeclared == ["libssl.a(s.o)"])
    #expect(link.parts.count { $0.owner == .toolchain } == 1)
    #expect(!link.parts.contains { $0.name == "libm.so.6" })
  }

  @Test func tellsNotAskedFromNotRecorded() throws {
    let (plain, plainBuild) = try inventory("libapp.so")
    let notAsked = BillOfMaterials(of: plain, in: plainBuild)
    #expect(notAsked.linkGaps.isEmpty)
    let (inventory, build) = try inventory("libapp.so", link: SampleBuild.link)
    let bill = BillOfMaterials(of: inventory, in: build)
    #expect(!bill.isComplete)
    #expect(
      bill.linkGaps == [
        "libapp.so: what was linked is known incompletely: the build recorded no link for this artifact"
      ])
    #expect(
      bill.subject.properties.contains {
        $0.name == "cupel:link-evidence"
          && $0.value == "incomplete: the build recorded no link for this artifact"
      })
  }

  @Test func othersAcceptTheDocuments() throws {
    let bench = try Workbench()
    var files: [String] = []
    var sheets: [String] = []
    let links: [JSON?] = [nil, SampleBuild.link]
    for (number, link) in links.enumerated() {
      let (inventory, build) = try inventory("app", link: link)
      for (name, bill) in [
        ("one", BillOfMaterials(of: inventory, in: build)), ("all", try BillOfMaterials(of: build)),
      ] {
        for version in BillOfMaterials.CycloneDX.allCases {
          files.append(
            try bench.write(
              bill.cycloneDX(version).prettyBytes(), "\(name)-\(number)-\(version.rawValue).json"))
        }
        sheets.append(try bench.write(bill.spdx.prettyBytes(), "\(name)-\(number).spdx.json"))
      }
    }
    for file in files { #expect(try Verifiers.judge("cyclonedx", file) == "\(file): good\n") }
    for file in sheets { #expect(try Verifiers.judge("spdx", file) == "\(file): good\n") }
    let (_, build) = try inventory("app")
    let hex = try build.artifact(named: "app").digest.hex
    let serial = try Verifiers.judge("uuid5", "cupel:cyclonedx-1.6:\(hex)").dropLast()
    let first = try JSON(parsing: FileSystem.read(files[1]), file: files[1])
    #expect(first["serialNumber"]?.stringValue == "urn:uuid:\(serial)")
  }

  @Test func refusesRecordsThatContradictThemselves() throws {
    let record = try SampleBuild.record()
    func refused(_ record: JSON, plan: JSON = SampleBuild.plan) {
      #expect(throws: ReadingError.self) { try SampleBuild.build(record, plan: plan) }
    }
    func changed(_ key: String, _ value: JSON?) -> JSON {
      guard case .object(var object) = record else { return .null }
      object[key] = value
      return .object(object)
    }
    refused(.null)
    refused(changed("schema", "cupel-record/2"))
    refused(changed("plan", .string(SampleBuild.digest("another"))))
    refused(record, plan: .object([("inputs", .object([]))]))
    refused(changed("artifacts", nil))
    refused(changed("sources", nil))
    refused(changed("artifacts", [SampleBuild.artifact("../x", "bin", "y")]))
    refused(
      changed(
        "units",
        .object([("list", [SampleBuild.unit("app", "0.1.0", "bin", dependencies: [1])])])))
    refused(
      changed("units", .object([("list", [SampleBuild.unit("a b", "0.1.0", "bin")])])))
    refused(changed("links", .object([("list", [.object([("crate", "x")])])])))
  }

  @Test func saysWhenItCannotTell() throws {
    let none = try SampleBuild.build(
      SampleBuild.record(units: [], artifacts: [SampleBuild.artifact("app", "bin", "x")]))
    #expect(throws: ListingError.self) {
      try Inventory(of: none.artifact(named: nil), in: none)
    }
    let other = try SampleBuild.build(
      SampleBuild.record(artifacts: [SampleBuild.artifact("app", "bin", "x")]))
    #expect(throws: ListingError.self) {
      try Inventory(of: other.artifact(named: "app"), in: other)
    }
    #expect(throws: ListingError.self) { try other.artifact(named: "nothing") }
    let both = try SampleBuild.build(SampleBuild.record())
    #expect(throws: ListingError.self) { try both.artifact(named: nil) }
  }

  @Test func listsPackagesForTheBinary() throws {
    let (inventory, _) = try inventory("app")
    let list = DependencyList(of: inventory)
    #expect(try DependencyList(section: list.sectionBytes) == list)
    #expect(list.packages.count { $0.isBuild } == 3)
    #expect(
      list.packages.map(\.source) == [
        "local", "crates.io", "registry", "git", "crates.io", "crates.io", "crates.io",
      ])
  }

  @Test(
    arguments: [
      ("MIT/Apache-2.0", "MIT OR Apache-2.0"),
      ("(MIT OR Apache-2.0) AND Unicode-3.0", "(MIT OR Apache-2.0) AND Unicode-3.0"),
      ("Apache-2.0 WITH LLVM-exception", "Apache-2.0 WITH LLVM-exception"),
      ("MIT OR", nil), ("My own", nil), ("(MIT", nil), ("MIT)", nil), ("MIT Apache-2.0", nil),
      ("", nil),
      ("WITH LLVM-exception", nil),
    ] as [(String, String?)])
  func readsLicences(text: String, expression: String?) {
    #expect(LicenseExpression.spdx(text) == expression)
  }
}
