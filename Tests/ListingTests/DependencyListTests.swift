import Linux
import Testing

@testable import Listing
@testable import Reading

@Suite struct DependencyListTests {
  private static let list = DependencyList(
    packages: [
      .init(name: "app", version: "0.1.0", source: "local", dependencies: [1, 2], isRoot: true),
      .init(name: "time", version: "0.3.9", source: "crates.io"),
      .init(name: "cc", version: "1.0.0", source: "git", isBuild: true),
    ], format: 1)

  @Test func readsWhatItWrites() throws {
    #expect(try DependencyList(section: Self.list.sectionBytes) == Self.list)
    #expect(
      String(decoding: Self.list.json.compactBytes(), as: UTF8.self)
        == #"{"packages":[{"name":"app","version":"0.1.0","source":"local","dependencies":[1,2],"root":true},{"name":"time","version":"0.3.9","source":"crates.io"},{"name":"cc","version":"1.0.0","source":"git","kind":"build"}],"format":1}"#
    )
  }

  @Test(arguments: [
    (#"{"packages":[]}"#, DependencyListDefect.roots(0)),
    (
      #"{"packages":[{"name":"a","version":"1"}]}"#,
      .missing("name, version or source of package number 0")
    ),
    (#"{}"#, .missing("list of packages")),
    (
      #"{"packages":[{"name":"a","version":"1","source":"local","root":true,"dependencies":[1]}]}"#,
      .danglingDependency(package: "a", index: 1)
    ),
    (
      #"{"packages":[{"name":"a","version":"1","source":"local","root":true,"dependencies":[-1]}]}"#,
      .danglingDependency(package: "a", index: -1)
    ),
    (
      #"{"packages":[{"name":"a","version":"1","source":"local","root":true,"dependencies":[0]}]}"#,
      .cycle(package: "a")
    ),
    (
      #"{"packages":[{"name":"a","version":"1","source":"l","root":true},{"name":"b","version":"1","source":"l","root":true}]}"#,
      .roots(2)
    ),
  ])
  func namesWhatIsWrong(text: String, defect: DependencyListDefect) {
    #expect(throws: DependencyListError(defect: defect)) {
      try DependencyList(section: ZlibStream.pack(Array(text.utf8)))
    }
  }

  @Test func refusesBrokenStreams() {
    let unpackable = DependencyListError(defect: .notUnpacked(limit: DependencyList.sizeLimit))
    #expect(throws: unpackable) { try DependencyList(section: []) }
    #expect(throws: unpackable) { try DependencyList(section: Array("{}".utf8)) }
    let large = ZlibStream.pack([UInt8](repeating: 0x20, count: DependencyList.sizeLimit + 1))
    #expect(throws: unpackable) { try DependencyList(section: large) }
    #expect(throws: DependencyListError.self) {
      try DependencyList(section: ZlibStream.pack(Array("{".utf8)))
    }
  }

  /// cargo-audit and syft find the list in a program that runs as before.
  @Test(arguments: [["-O1"], ["-static"], ["-s"]])
  func isReadByOthers(options: [String]) throws {
    let bench = try Workbench()
    let program = try bench.compile("int main(void) { return 7; }", "program", options)
    var appender = try SectionAppender(program)
    let bytes = try appender.appending(DependencyList.section, Self.list.sectionBytes)
    let listed = try bench.write(bytes, "listed")
    try bench.run("chmod", "755", "listed")
    try bench.run("./listed", status: 7)
    #expect(try Inspection(listed).dependencies == Self.list)
    #expect(try bench.run("readelf", "-SW", "listed").contains(" .dep-v0 "))
    #expect(!(try bench.run("readelf", "-aW", "listed").contains("Warning")))
    try bench.run("strip", "-o", "stripped", "listed")
    #expect(try Inspection("\(bench.path)/stripped").dependencies == Self.list)

    try bench.run("mkdir", "-p", "db/crates", "db/rust")
    let audit = try Verifiers.run(
      "cargo-audit",
      ["audit", "--no-fetch", "--db", "\(bench.path)/db", "--no-yanked", "--json", "bin", listed])
    #expect(audit.status == 0, "\(audit.errorText)")
    let report = try JSON(parsing: audit.standardOutput, file: "cargo-audit")
    #expect(report["lockfile"]?["dependency-count"]?.integerValue == 3)
    let scan = try Verifiers.run("syft", ["scan", "file:\(listed)", "-o", "json", "-q"])
    let found = try JSON(parsing: scan.standardOutput, file: "syft")["artifacts"]?.arrayValue ?? []
    let names = found.compactMap { $0["name"]?.stringValue }.sorted()
    // syft leaves out what only took part in the build.
    #expect(names == ["app", "time"])
  }

  @Test func addsToNothingElse() throws {
    let bench = try Workbench()
    let script = try bench.write(Array("#!/bin/sh\n".utf8), "script")
    #expect(throws: ListingError.self) { _ = try SectionAppender(script) }
  }
}
