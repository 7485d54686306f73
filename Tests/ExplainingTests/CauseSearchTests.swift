import Explaining
import Hashing
import Planning
import Testing

/// The search alone, with trials that only follow a rule.
@Suite struct CauseSearchTests {
  /// Runs a search whose trials `outcome` decides, from the variations and the number of the trial.
  private static func search(
    _ variations: [Variation] = Variation.allCases, second: String = "B", width: Int = 2,
    trials limit: Int = .max, _ outcome: ([Variation], Int) -> String?
  ) -> (cause: UnitCause, trials: Int) {
    var count = 0
    let search = CauseSearch(
      variations: variations, first: .hashing("A"), second: .hashing(second), width: width)
    func run(_ batch: [[Variation]]) -> [CauseSearch.Trial] {
      batch.map { variations in
        guard count < limit else { return .untimely }
        defer { count += 1 }
        return outcome(variations, count).map { .result(.hashing($0)) } ?? .impossible("it cannot")
      }
    }
    return (search.completed(search.cause(run), run), count)
  }

  @Test(arguments: Variation.allCases) func oneVariationIsFoundAlone(_ variation: Variation) {
    let (cause, trials) = Self.search { given, _ in given.contains(variation) ? "B" : "A" }
    #expect(cause.variations == [variation])
    #expect(cause.certainty == .certain)
    #expect(cause.flips == 5 && cause.trials == 5)
    #expect(Set(cause.ruledOut) == Set(Variation.allCases).subtracting([variation]))
    #expect(cause.also.isEmpty && cause.untried.isEmpty && cause.note == nil)
    #expect(trials <= Variation.allCases.count + 9)
    #expect(
      cause.words
        == "cause: \(variation.summary) (certain: differs with that variation alone, 5 of 5)")
  }

  /// None alone, both together.
  @Test func anInteractionIsFound() {
    for pair in [[Variation.hostname, .umask], [.hostname, .tmpdir], [.random, .home]] {
      let (cause, trials) = Self.search { given, _ in
        pair.allSatisfy(given.contains) ? "B" : "A"
      }
      #expect(cause.variations == pair)
      #expect(cause.certainty == .certain && cause.flips == 5)
      #expect(cause.words.contains("with these together, with none of them alone, 5 of 5"))
      #expect(trials < 80)
    }
  }

  @Test func threeThatNeedEachOtherAreFound() {
    let three: [Variation] = [.user, .cpus, .home]
    let (cause, _) = Self.search { given, _ in three.allSatisfy(given.contains) ? "B" : "A" }
    #expect(cause.variations == three && cause.certainty == .certain)
  }

  /// Two causes in one file: neither makes what leg B made.
  @Test func whatElseMakesItDifferIsTold() {
    let (cause, _) = Self.search { given, _ in
      "\(given.contains(.hostname))\(given.contains(.readdir))" == "falsefalse"
        ? "A" : "\(given.contains(.hostname))\(given.contains(.readdir))"
    }
    #expect(cause.variations == [.hostname] && cause.also == [.readdir])
    #expect(cause.certainty == .certain)
    #expect(cause.details == ["it differs too with: \(Variation.readdir.summary)"])
  }

  /// Two causes, either of which makes just what leg B made.
  @Test func eitherOfTwoIsTold() {
    for (first, second) in [(Variation.hostname, Variation.umask), (.user, .niceness)] {
      let (cause, trials) = Self.search { given, _ in
        given.contains(first) || given.contains(second) ? "B" : "A"
      }
      #expect(cause.variations == [first] && cause.certainty == .certain && cause.flips == 5)
      #expect(cause.also == [second] && cause.untried.isEmpty)
      #expect(Set(cause.ruledOut) == Set(Variation.allCases).subtracting([first, second]))
      #expect(cause.details == ["it differs too with: \(second.summary)"])
      #expect(trials == Variation.allCases.count + 9)
    }
  }

  /// The cause comes first; what there is no time for besides is told.
  @Test func whatElseWasNotTriedIsTold() {
    let (cause, _) = Self.search(trials: 15) { given, _ in given.contains(.domain) ? "B" : "A" }
    #expect(cause.variations == [.domain] && cause.certainty == .certain && cause.flips == 5)
    #expect(!cause.untried.isEmpty)
    #expect(
      Set(cause.ruledOut + cause.untried) == Set(Variation.allCases).subtracting([.domain]))
    #expect(cause.details.first?.hasPrefix("not tried: ") == true)
  }

  @Test func whatDiffersWithoutVariationIsUncontrolled() {
    let (cause, trials) = Self.search { _, count in "\(count)" }
    #expect(cause.certainty == .uncontrolled && cause.variations.isEmpty)
    #expect(cause.flips == 5 && cause.trials == 5 && trials == 5)
  }

  /// Chance that shows late must not become a certain cause.
  @Test(arguments: [2, 3, 5, 9, 12, 15, 18, 20]) func chanceIsNeverCertain(_ late: Int) {
    let (cause, _) = Self.search { _, count in count >= late && count % 2 == 0 ? "B" : "A" }
    #expect(cause.certainty != .certain)
  }

  /// Of two entries at random addresses, half of the trials list them as leg A did.
  @Test func halfOfTheTrialsIsLikely() {
    var flip = true
    let (cause, _) = Self.search { given, _ in
      guard given.contains(.aslr) else { return "A" }
      flip.toggle()
      return flip ? "B" : "A"
    }
    #expect(cause.variations == [.aslr] && cause.certainty == .likely)
    #expect(cause.flips < cause.trials && cause.flips > 0)
    #expect(cause.words.contains("and in none of "))
  }

  @Test func whatNothingChangesIsUnknown() {
    let (cause, _) = Self.search { _, _ in "A" }
    #expect(cause.certainty == .unknown && cause.variations.isEmpty)
    #expect(cause.ruledOut == Variation.allCases)
    #expect(cause.words.hasPrefix("cause: unknown (alone it comes out the same whatever is varied"))
  }

  /// A unit that behaves differently when it is alone.
  @Test func whatIsOtherwiseAloneIsNeverCertain() {
    let (steady, _) = Self.search { _, _ in "C" }
    #expect(steady.certainty == .unknown)
    #expect(steady.words.contains("otherwise than in leg A"))
    let (varied, _) = Self.search { given, _ in given.contains(.user) ? "D" : "C" }
    #expect(varied.certainty == .likely && varied.variations == [.user])
    #expect(varied.words.contains("otherwise than in leg A"))
  }

  @Test func whatCannotBeRunIsUnknown() {
    let (cause, trials) = Self.search { _, _ in nil }
    #expect(cause.certainty == .unknown && trials == 2)
    #expect(cause.untried == Variation.allCases)
    #expect(cause.words == "cause: unknown (it cannot)")
  }

  /// One that needs something that is not there under one variation only.
  @Test func oneThatCannotBeTriedIsTold() {
    let (cause, _) = Self.search { given, _ in given.contains(.user) ? nil : "A" }
    #expect(cause.certainty == .unknown && cause.untried == [.user])
    #expect(cause.details.contains("not tried: \(Variation.user.summary)"))
  }

  @Test(arguments: 0...30) func theBoundIsKeptAndTold(_ limit: Int) {
    let (cause, trials) = Self.search(trials: limit) { given, _ in
      given.contains(.random) ? "B" : "A"
    }
    #expect(trials <= limit)
    if cause.certainty == .certain {
      #expect(cause.variations == [.random] && cause.flips == cause.trials && cause.trials >= 3)
    } else if cause.certainty == .likely {
      #expect(cause.note == "there was no time for more trials")
    } else {
      #expect(cause.untried.contains(.random))
      #expect(cause.words == "cause: unknown (there was no time to run it again)")
    }
  }

  @Test func noVariationsAreChanceOrUnknown() {
    let (steady, _) = Self.search([]) { _, _ in "A" }
    #expect(steady.certainty == .unknown)
    let (chance, _) = Self.search([]) { _, count in count == 6 ? "B" : "A" }
    #expect(chance.certainty == .uncontrolled && chance.flips == 1 && chance.trials == 8)
  }
}
