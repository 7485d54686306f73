import Linux
import Reading
import Testing

/// Kills at random moments, and looks for what is left (survive.py says how).
///
/// CUPEL_SURVIVAL_ROUNDS says how many rounds each person plays (`make survive`: 500), and
/// CUPEL_SURVIVAL_SEED repeats the choices of an earlier run, whose seed stands in its output.
@Suite(.serialized) struct SurvivalTests {
  private static let rounds = number("ROUNDS")
  private static let seed = number("SEED") ?? Int(Machine.wallClockSeconds)

  private static func number(_ name: String) -> Int? {
    Machine.environment("CUPEL_SURVIVAL_\(name)").flatMap { Int($0) }
  }

  @Test(arguments: Person.all) func nothingIsLeftOfWhatIsKilled(_ person: Person) throws {
    let battlefield = try Battlefield.layOut(for: person)
    // By default for as long as a quick run of all tests allows.
    let rounds = Self.rounds ?? 30
    let seconds = Self.rounds == nil ? 15 : 20 * rounds
    let report = try battlefield.survive(rounds: rounds, seed: Self.seed, seconds: seconds)
    StandardStream.error.write("survival \(person): \(report)\n")
    let json = try JSON(parsing: Array(report.utf8), file: "survive.py")
    #expect(json["failures"] == .array([]))
    let played = try #require(json["rounds"]?.integerValue)
    #expect(Self.rounds == nil ? played > 0 : played == Int64(rounds))
    // Were only every fourth sandbox's memory not given back, it would show in a long run; in a short
    // one the builds of other tests, which go on beside it, weigh more.
    let growth = try #require(json["memoryGrowth"]?.integerValue)
    let written = try #require(json["memoryWritten"]?.integerValue)
    #expect(growth < max(written / 4, 2 << 30))
  }
}
