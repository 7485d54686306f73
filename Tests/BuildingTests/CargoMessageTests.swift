import Linux
import Testing

@testable import Building

/// Messages as cargo itself printed them, in Recorded/: a workspace of a package with two bins, an
/// example and a build script, a library of three crate types, a dylib, a proc macro and a vendored
/// dependency.
@Suite struct CargoMessageTests {
  private static func recorded(_ name: String) throws -> [CargoMessage?] {
    let folder = #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let text = try FileSystem.read("/\(folder)/Recorded/\(name).json")
    return text.split(separator: UInt8(ascii: "\n")).map { CargoMessage(line: $0) }
  }

  private static func finals(_ name: String) throws -> [String] {
    var names: [String] = []
    for case .artifact(let artifact)? in try recorded(name) {
      for file in ArtifactFile.final(in: artifact) {
        names.append("\(file.kind.rawValue) \(file.target ?? "-") \(file.path)")
      }
    }
    return names.sorted()
  }

  @Test(arguments: ["cargo-1.63", "cargo-1.96"]) func filesForOthersThanRustcAreTaken(
    _ name: String
  ) throws {
    #expect(
      try Self.finals(name) == [
        "bin - release/one", "bin - release/two", "cdylib - release/libmulti.so",
        "dylib - release/libplain.so", "example - release/examples/shown",
        "staticlib - release/libmulti.a",
      ])
  }

  @Test func aTargetIsTakenFromThePath() throws {
    let triple = "x86_64-unknown-linux-gnu"
    #expect(
      try Self.finals("cargo-1.96-target") == [
        "bin \(triple) \(triple)/release/one", "bin \(triple) \(triple)/release/two",
        "cdylib \(triple) \(triple)/release/libmulti.so",
        "dylib \(triple) \(triple)/release/libplain.so",
        "example \(triple) \(triple)/release/examples/shown",
        "staticlib \(triple) \(triple)/release/libmulti.a",
      ])
  }

  @Test(arguments: ["cargo-1.63", "cargo-1.96", "cargo-1.96-target"])
  func everyRecordedLineIsUnderstood(_ name: String) throws {
    let messages = try Self.recorded(name)
    #expect(messages.count == 11)
    #expect(!messages.contains(nil))
    #expect(messages.last == .buildFinished(success: true))
    let scripts = messages.compactMap { message in
      if case .scriptExecuted(let script)? = message { script } else { nil }
    }
    #expect(scripts.map(\.package?.description) == ["app 0.1.0"])
    #expect(scripts.allSatisfy { $0.outFolder.hasSuffix("/out") })
  }

  @Test func aFailedBuildIsOne() {
    let line = Array(#"{"reason":"build-finished","success":false}"#.utf8)
    #expect(CargoMessage(line: line[...]) == .buildFinished(success: false))
  }

  /// wasm targets have programs and cdylibs with an ending of their own.
  @Test func wasmIsTaken() throws {
    let bin = try #require(
      Self.artifact(
        kinds: ["bin"], crateTypes: ["bin"],
        files: ["/build/target/wasm32-unknown-unknown/release/app.wasm"]))
    #expect(
      ArtifactFile.final(in: bin) == [
        ArtifactFile(
          kind: .bin, target: "wasm32-unknown-unknown",
          path: "wasm32-unknown-unknown/release/app.wasm")
      ])
    let library = try #require(
      Self.artifact(
        kinds: ["cdylib", "rlib"], crateTypes: ["cdylib", "rlib"],
        files: [
          "/build/target/wasm32-unknown-unknown/release/app.wasm",
          "/build/target/wasm32-unknown-unknown/release/libapp.rlib",
        ]))
    #expect(ArtifactFile.final(in: library).map(\.kind) == [.cdylib])
  }

  @Test func packagesThatAreNotTheProjectsOwnAreLeftOut() throws {
    for manifest in ["/build/vendor/x/Cargo.toml", "/build/src-not/Cargo.toml", "/build/src"] {
      let artifact = try #require(
        Self.artifact(
          manifest: manifest, kinds: ["bin"], crateTypes: ["bin"],
          files: ["/build/target/release/x"]))
      #expect(ArtifactFile.final(in: artifact) == [])
    }
  }

  /// cargo leaves a dylib that only others of the project need where it was made.
  @Test func anInnerFolderIsNoTarget() throws {
    let artifact = try #require(
      Self.artifact(
        kinds: ["dylib"], crateTypes: ["dylib"], files: ["/build/target/release/deps/libx.so"]))
    #expect(
      ArtifactFile.final(in: artifact) == [
        ArtifactFile(kind: .dylib, target: nil, path: "release/deps/libx.so")
      ])
  }

  @Test func testHarnessesAreLeftOut() throws {
    let artifact = try #require(
      Self.artifact(
        kinds: ["bin"], crateTypes: ["bin"], isTest: true,
        files: ["/build/target/release/deps/one-0a2e68b502cad0b1"]))
    #expect(ArtifactFile.final(in: artifact) == [])
  }

  @Test func filesOutsideTheTargetFolderAreLeftOut() throws {
    let artifact = try #require(
      Self.artifact(
        kinds: ["bin"], crateTypes: ["bin"],
        files: ["/etc/passwd", "/build/targets/x", "/build/target"]))
    #expect(ArtifactFile.final(in: artifact) == [])
  }

  @Test(arguments: [
    "", "plain words", "{", "{}", "[1]", #"{"reason":7}"#, #"{"reason":"compiler-artifact"}"#,
    #"{"reason":"compiler-artifact","manifest_path":"/x","target":{},"filenames":[]}"#,
  ]) func linesThatAreNoMessageAreNone(_ line: String) {
    #expect(CargoMessage(line: Array(line.utf8)[...]) == nil)
  }

  private static func artifact(
    manifest: String = "/build/src/app/Cargo.toml", kinds: [String], crateTypes: [String],
    isTest: Bool = false, files: [String]
  ) -> CargoArtifact? {
    func list(_ values: [String]) -> String {
      "[" + values.map { "\"\($0)\"" }.joined(separator: ",") + "]"
    }
    let line = """
      {"reason":"compiler-artifact","manifest_path":"\(manifest)","target":{"kind":\(list(kinds)),\
      "crate_types":\(list(crateTypes)),"name":"app"},"profile":{"test":\(isTest)},\
      "filenames":\(list(files))}
      """
    guard case .artifact(let artifact)? = CargoMessage(line: Array(line.utf8)[...]) else {
      return nil
    }
    return artifact
  }
}
