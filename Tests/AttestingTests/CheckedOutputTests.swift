import Attesting
import Failing
import Hashing
import Linux
import Reading
import Testing

/// Output folders that were touched, or that contradict themselves: nothing is said about them.
@Suite struct CheckedOutputTests {
  private func refusal(of output: String) -> String? {
    do {
      _ = try CheckedOutput(reading: output)
      return nil
    } catch let error as any Failure {
      return error.chain
    } catch {
      return "\(error)"
    }
  }

  @Test func aFolderThatAgreesIsRead() throws {
    let scene = try Scene()
    let build = try scene.build()
    #expect(build.artifacts.map(\.name) == ["app"])
    #expect(build.documents.map(\.name) == ["logs/A.log", "record.json"])
  }

  /// Also one that `cupel sbom` wrote after the build.
  @Test func sbomsInTheFolderAreByproducts() throws {
    let scene = try Scene()
    try FileSystem.makeDirectories("\(scene.output)/sbom/artifacts")
    try FileSystem.write(Array("{}".utf8), to: "\(scene.output)/sbom/artifacts/app.cdx.json")
    guard case .provenance(let claims) = try Claims(scene.statements()[0]) else {
      Issue.record("no provenance")
      return
    }
    let bill = claims.byproducts.filter { $0.name == "sbom/artifacts/app.cdx.json" }
    #expect(bill.map { $0.digest("sha256") } == [Digest.hashing("{}").hex])
  }

  @Test func everyTouchIsFound() throws {
    let scene = try Scene()
    let out = scene.output
    func touched(_ touch: () throws -> Void) throws -> String {
      try scene.write()
      try touch()
      return refusal(of: out) ?? "accepted"
    }
    #expect(
      try touched { try FileSystem.write([0x78], to: "\(out)/artifacts/app") }
        .hasPrefix("checking artifacts/app: the record says sha256:"))
    #expect(
      try touched { try FileSystem.write([], to: "\(out)/artifacts/more") }
        == "checking artifacts/more: the record does not name it")
    #expect(
      try touched { try FileSystem.remove("\(out)/artifacts/app") }.contains("whether it is there"))
    #expect(
      try touched {
        try FileSystem.remove("\(out)/artifacts/app")
        try FileSystem.makeSymlink("\(out)/artifacts/app", to: "../record.json")
      } == "checking artifacts/app: it is no plain file")
    #expect(try touched { try FileSystem.remove("\(out)/plan.json") }.contains("no such file"))
    #expect(
      try touched { try FileSystem.write(Array("{}".utf8), to: "\(out)/plan.json") }
        .contains("plan"))
    #expect(
      try touched {
        try FileSystem.write(Array("{\"a\":1,\"a\":2}".utf8), to: "\(out)/record.json")
      }
      .contains("given twice"))
    #expect(
      try touched {
        let lock = String(
          decoding: try FileSystem.read("\(out)/cupel.lock"), as: UTF8.self)
        try FileSystem.write(
          Array(lock.replacing("12.4+deb12u15\"", with: "12.4+deb12u16\"").utf8),
          to: "\(out)/cupel.lock")
      }.hasPrefix("checking cupel.lock: the record says sha256:"))
  }

  @Test(arguments: [
    (["plan"], "sha256:" + String(repeating: "0", count: 64), "checking plan.json"),
    (["schema"], "cupel-record/2", "must be cupel-record/1"),
    (["toolchain", "version"], "1.97.0", "about the toolchain"),
    (["toolchain", "trust"], "signed", ""),
    (["legs", "1", "variations", "0"], "paths", "about a leg"),
    (["legs", "0", "name"], "C", "about a leg"),
    (["verdict", "kind"], "different", "the verdict"),
    (["verdict", "kind"], "not-compared", "the verdict"),
    (["verdict", "variations", "0"], "paths", "the verdict"),
    (["artifacts", "0", "result"], "different", "the verdict"),
    (["artifacts", "0", "name"], "../app", "without . and .."),
  ])
  func everyContradictionIsFound(_ path: [String], _ value: String, _ words: String) throws {
    let scene = try Scene()
    try scene.write(record: { $0.set(path, .string(value)) })
    let refusal = refusal(of: scene.output)
    if words.isEmpty {
      #expect(refusal == nil)
    } else {
      #expect(refusal?.contains(words) == true, "\(refusal ?? "accepted")")
    }
  }

  @Test func twoArtifactsOfOneNameAreRefused() throws {
    let scene = try Scene()
    try scene.write(record: { record in
      record.set(["artifacts", "1"], record["artifacts"]?[0])
    })
    #expect(refusal(of: scene.output)?.contains("artifact app is listed twice") == true)
  }

  @Test func aBuildWithoutArtifactsHasNothingToSay() throws {
    let scene = try Scene()
    try scene.write(record: {
      $0.set(["artifacts"], [])
      $0.set(["verdict"], .object([("kind", "not-compared"), ("reason", "no artifacts")]))
    })
    #expect(refusal(of: scene.output) == "looking for artifacts: the build made none")
  }
}
