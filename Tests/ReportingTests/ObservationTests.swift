import Reading
import Testing

@testable import Building
@testable import Reporting

/// The lines of `observed/A.jsonl`.
@Suite struct ObservationTests {
  @Test func aUnitIsOneLine() throws {
    let bench = try Bench()
    let report = try bench.report(
      [("app", "x")], nil,
      observations: [
        UnitObservation(
          step: .rustc, package: CargoPackage(name: "app", version: "0.1.0"), target: "app",
          triple: nil, read: ["/build/src/a.rs", "/usr/include/x.h"],
          written: ["/build/target/release/deps/app-0a"],
          environment: [.init(name: "OUT_DIR", value: "/x"), .init(name: "UNSET", value: nil)])
      ])
    let lines = report.legs[0].observationLines?.map {
      String(decoding: $0.compactBytes(), as: UTF8.self)
    }
    #expect(
      lines == [
        #"{"schema":"cupel-observation/1","leg":"A","unit":{"package":"app","version":"0.1.0","#
          + #""step":"rustc","target":"app","triple":null},"source":"build","evidence":"claimed","#
          + #""read":[{"path":"/build/src/a.rs","class":"source"},"#
          + #"{"path":"/usr/include/x.h","class":"rootfs"}],"#
          + #""written":[{"path":"/build/target/release/deps/app-0a","class":"target"}],"#
          + #""environment":[{"name":"OUT_DIR","value":"/x"},{"name":"UNSET","value":null}],"#
          + #""programs":null,"sockets":null,"denials":null,"truncated":false}"#
      ])
  }

  @Test func refusedAttemptsAreLinesOfTheSandbox() throws {
    let bench = try Bench()
    let report = try bench.report(
      [("app", "x")], nil, denials: ["A": Denials([DenialTests.connect, DenialTests.macro])],
      observations: [])
    let lines = report.legs[0].observationLines ?? []
    #expect(lines.count == 2)
    #expect(lines.first?["source"]?.stringValue == "sandbox")
    #expect(lines.first?["evidence"]?.stringValue == "kernel")
    #expect(lines.first?["unit"]?["package"]?.stringValue == "evil-sys")
    #expect(lines.first?["sockets"]?[0]?.stringValue == "connect(AF_INET, 127.0.0.1:8443)")
    #expect(lines.first?["denials"]?[0]?["count"]?.integerValue == 3)
    #expect(lines.last?["sockets"]?.arrayValue == [])
    #expect(lines.last?["unit"]?["target"]?.stringValue == "app")
  }

  @Test func nothingIsWrittenUnasked() throws {
    let bench = try Bench()
    #expect(try bench.report([("app", "x")], nil).legs[0].observationLines == nil)
  }

  @Test(arguments: [
    ("/build/src/x", FileClass.source), ("/build/vendor/a/b", .vendor),
    ("/build/toolchain/bin/rustc", .toolchain), ("/build/target/x", .target),
    ("/build/tmp/x", .temporary), ("/build/tmp-varied/x", .temporary), ("/build/tmp-x", .other),
    ("/build/vendor-2/x", .vendor), ("/build/home/x", .home),
    ("/build/home-varied/x", .home), ("/build/cargo/x", .home), ("/build/bin/x", .other),
    ("/build/srcs/x", .other), ("/usr/lib/x", .rootfs), ("/build/src/../../etc/x", .other),
    ("relative", .other),
  ]) func filesHaveAClass(_ path: String, _ expected: FileClass) {
    #expect(FileClass(path) == expected)
  }
}
