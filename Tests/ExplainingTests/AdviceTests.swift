import Planning
import Testing

@testable import Explaining

/// Each known cause comes with something to do.
@Suite struct AdviceTests {
  static let roots: [Blame.Root] = [
    .generated, .nativeCode, .environment(["HOME"]), .arguments, .sources, .changedLater,
    .procMacros([]), .codeGeneration, .compiler,
  ]
  static let stages: [UnitCause.Stage?] = [nil] + UnitCause.Stage.allCases

  private static func cause(
    _ variations: [Variation], _ certainty: UnitCause.Certainty, _ stage: UnitCause.Stage? = nil
  ) -> UnitCause {
    UnitCause(
      variations: variations, certainty: certainty, flips: 5, trials: 5, ruledOut: [],
      stage: stage)
  }

  @Test(arguments: Variation.allCases) func everyVariationHasAdvice(_ variation: Variation) {
    #expect(!Advice.on(variation).isEmpty)
  }

  @Test(arguments: Cause.allCases) func everyCauseHasAdviceAndNothingElse(_ cause: Cause) {
    #expect(Advice.on(cause).isEmpty == (cause.standing != .cause))
  }

  @Test func everyRootHasAdviceWhateverIsKnown() {
    for root in Self.roots {
      #expect(!Advice.on(root, cause: nil).isEmpty)
      for certainty in UnitCause.Certainty.allCases {
        for stage in Self.stages {
          #expect(!Advice.on(root, cause: Self.cause([], certainty, stage)).isEmpty)
          for variation in Variation.allCases {
            let advice = Advice.on(root, cause: Self.cause([variation], certainty, stage))
            #expect(advice.contains(Advice.on(variation)[0]))
            #expect(Set(advice).count == advice.count)
          }
        }
      }
    }
  }

  @Test func whatIsKnownDecides() {
    let listing = Advice.on(.generated, cause: Self.cause([.readdir], .certain, .output))
    #expect(listing[0].example == "entries.sort_by_key(|entry| entry.file_name());")
    let macro = Advice.on(.compiler, cause: Self.cause([], .unknown, .expansion))
    #expect(macro == Advice.on(Blame.Root.procMacros([])))
    let race = Advice.on(.generated, cause: Self.cause([], .uncontrolled))
    #expect(race[0] == Advice.race)
    let archive = Advice.on(.nativeCode, cause: Self.cause([.umask], .certain))
    #expect(archive[0] == Advice.archive)
  }

  @Test func sourcesOfTheStandardLibraryAreKnownByTheirPath() throws {
    var ledger = Ledger()
    ledger.note(
      .sourcePath, "/home/a/.rustup/lib/rustlib/src/rust against /rustc/90b3", bytes: 4,
      Finding.Evidence(".rodata"))
    let finding = try #require(ledger.explanation().findings.first)
    #expect(Advice.on(finding).first == Advice.rustSource)
  }

  /// They stand in lists and in lines of a summary.
  @Test func adviceIsOneSentence() {
    var all = Self.roots.flatMap { Advice.on($0) } + Variation.allCases.flatMap { Advice.on($0) }
    all += Cause.allCases.flatMap { Advice.on($0) }
    for advice in all {
      #expect(!advice.text.hasSuffix(".") && !advice.text.contains("\n"), "\(advice.text)")
      #expect(advice.text.first?.isLowercase == true, "\(advice.text)")
      #expect(advice.example?.contains("\n") != true && advice.example?.isEmpty != true)
    }
    #expect(Set(all.map(\.place)) == Set(Advice.Place.allCases))
  }

  // MARK: Shares

  @Test func sharesAddUpAndAreBounded() {
    var ledger = Ledger()
    for part in 0..<5000 {
      ledger.note(.code, bytes: 2, Finding.Evidence("part \(part)"))
    }
    ledger.part = ".text"
    ledger.note(.sourcePath, bytes: 30)
    ledger.note(.buildID, bytes: 20)
    let explanation = ledger.explanation()
    #expect(explanation.shares.count == Explanation.shareLimit)
    #expect(explanation.shares[0].part == "other parts")
    #expect(explanation.shares.allSatisfy { $0.bytes > 0 })
  }
}
