import Failing
import Linux
import Sandboxing
import Testing

@testable import Building

@Suite struct BuildingErrorTests {
  static let all: [(BuildingError, chain: String, code: ExitCode)] = [
    (
      .sandbox(leg: "B", .vanished(during: "mounting")),
      "building leg B: making the sandbox: its first process vanished while mounting",
      .hostUnsuitable
    ),
    (
      .system("writing the log of leg A", SystemError("creating /x", code: 2)),
      "writing the log of leg A: creating /x: no such file or directory", .hostUnsuitable
    ),
    (
      .system("writing the log of leg A", SystemError("creating /x", code: 28)),
      "writing the log of leg A: creating /x: no space left on device", .limitReached
    ),
    (
      .cargo(leg: "A", status: 101, words: ["error: one", "two"], denials: []),
      "building leg A: cargo ended with status 101\nerror: one\ntwo", .buildFailed
    ),
    (
      .cargo(leg: "A", status: 137, words: [], denials: []),
      "building leg A: cargo ended with status 137",
      .buildFailed
    ),
    (
      .onlySomeLegs(
        built: ["A"], variations: ["host name", "locale"],
        failure: .cargo(leg: "B", status: 101, words: ["error: one"], denials: [])),
      "building leg B: cargo ended with status 101\nerror: one\nnote: leg A was built; the legs "
        + "differ in host name, locale: one of these makes it fail, or chance", .buildFailed
    ),
    (
      .onlySomeLegs(
        built: ["A"], variations: ["host name", "locale"],
        failure: .cargo(leg: "B", status: 101, words: [], denials: []),
        culprit: "x 1.0.0 (lib x) fails with locale alone"),
      "building leg B: cargo ended with status 101\nnote: leg A was built; x 1.0.0 (lib x) fails with "
        + "locale alone", .buildFailed
    ),
    (
      .onlySomeLegs(
        built: ["B", "C"], variations: [],
        failure: .cargo(leg: "A", status: 101, words: [], denials: [])),
      "building leg A: cargo ended with status 101\nnote: legs B, C were built; all had the same "
        + "conditions, so that chance decides whether it fails", .buildFailed
    ),
    (
      .staleLock(words: ["…"]), "building: Cargo.lock does not agree with Cargo.toml", .usage
    ),
    (
      .timedOut(leg: "A", seconds: 90), "building leg A: not finished within 90 seconds",
      .limitReached
    ),
    (.outOfMemory(leg: "A"), "building leg A: the memory limit was reached", .limitReached),
    (
      .outOfSpace(leg: "A", folder: "/build/target"), "building leg A: /build/target is full",
      .limitReached
    ),
    (.interrupted, "building: interrupted", .interrupted),
    (.killed(leg: "B"), "building leg B: the sandbox was killed from outside", .buildFailed),
    (
      .badArtifact(leg: "A", path: "release/x", reason: "it is not a regular file"),
      "collecting release/x of leg A: it is not a regular file", .buildFailed
    ),
    (
      .noArtifacts(leg: "A"), "building leg A: no program or library for others came out", .usage
    ),
    (
      .notAnOutput(path: "/home/me"),
      "replacing /home/me: it is not the output of an earlier build", .usage
    ),
  ]

  @Test(arguments: all.indices) func errorsSayWhatWhereAndWhy(_ index: Int) {
    let (error, chain, code) = Self.all[index]
    #expect(error.chain == chain)
    #expect(error.exitCode == code)
  }

  /// What a user can do about is said.
  @Test func limitsNameTheirOption() {
    #expect(BuildingError.timedOut(leg: "A", seconds: 1).hint?.contains("--timeout") == true)
    #expect(BuildingError.outOfMemory(leg: "A").hint?.contains("--memory") == true)
    #expect(
      BuildingError.outOfSpace(leg: "A", folder: "/x").hint?.contains("--target-size") == true)
    #expect(BuildingError.noArtifacts(leg: "A").hint?.contains("--package") == true)
    #expect(BuildingError.staleLock(words: []).hint?.contains("cargo update") == true)
    #expect(BuildingError.notAnOutput(path: "/x").hint?.contains("--out") == true)
  }

  @Test func aMissingProgramIsHintedAt() {
    let words = ["error: linker `cc` not found"]
    #expect(
      BuildingError.cargo(leg: "A", status: 101, words: words, denials: []).hint?.contains("recipe")
        == true)
    #expect(
      BuildingError.cargo(leg: "A", status: 101, words: ["error[E0308]"], denials: []).hint == nil)
  }
}
