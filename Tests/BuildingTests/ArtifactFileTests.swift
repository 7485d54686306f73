import Testing

@testable import Building

@Suite struct ArtifactFileTests {
  @Test func namesAreTheFilesOwn() {
    let bin = ArtifactFile(kind: .bin, target: nil, path: "release/rg")
    #expect(bin.outputName(severalTargets: false) == "rg")
    #expect(bin.outputName(severalTargets: true) == "rg")
  }

  @Test func examplesStandInAFolder() {
    let example = ArtifactFile(kind: .example, target: nil, path: "release/examples/shown")
    #expect(example.outputName(severalTargets: false) == "examples/shown")
  }

  @Test func severalTargetsAreKeptApart() {
    let bin = ArtifactFile(kind: .bin, target: "a-b-c", path: "a-b-c/release/rg")
    #expect(bin.outputName(severalTargets: false) == "rg")
    #expect(bin.outputName(severalTargets: true) == "a-b-c/rg")
    let example = ArtifactFile(kind: .example, target: "a-b-c", path: "a-b-c/release/examples/x")
    #expect(example.outputName(severalTargets: true) == "a-b-c/examples/x")
  }
}
