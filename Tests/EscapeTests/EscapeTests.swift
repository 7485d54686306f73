import Linux
import Reading
import Testing

/// Everything that hostile code could try, tried for real. Each attempt says by itself how it must
/// be refused; one that succeeds, is refused in another way, is not made or is missing from the
/// output fails its test.
@Suite(.serialized) struct EscapeTests {
  @Test func thereAreManyAttempts() throws {
    let programs = try Programs.compiled()
    #expect(programs.attempts.filter { $0.group != "allowed" }.count >= 600)
    #expect(
      Set(programs.attempts.map { "\($0.group)/\($0.name)" }).count == programs.attempts.count)
    let covered = Setting.allCases.flatMap { $0.groups(of: programs) } + ["allowed"]
    #expect(Set(covered) == Set(programs.groups))
  }

  @Test(arguments: Person.all, Setting.allCases)
  func refuses(_ person: Person, _ setting: Setting) throws {
    let scene = try Scene(person)
    let assault = try setting.assault(scene)
    #expect(assault.status == 0, "\(assault.errors)")
    let expected = try Programs.compiled().attempts(of: setting.groups(of: Programs.compiled()))
    #expect(expected.map(\.name) == assault.attempts.map(\.name), "attempts are missing")
    for attempt in assault.attempts where !Self.isBeyondPromise(attempt, person) {
      #expect(attempt.isHeld, "\(attempt.testDescription)")
    }
    #expect(assault.heard == [], "the host's listeners were reached")
    #expect(assault.victimLives)
    #expect(assault.typed == 0)
    try scene.expectNothingLeft()
  }

  /// Where no control group can be had, a memory limit holds for the mappings of each process alone,
  /// as docs/threat-model.md says.
  private static func isBeyondPromise(_ attempt: Attempt, _ person: Person) -> Bool {
    attempt.group == "shared-out-memory" && person == .ordinary
  }

  @Test(arguments: Person.all) func leavesNothingForLaterRuns(_ person: Person) throws {
    let scene = try Scene(person)
    let left = try Assault.inside(scene, ["/build/attack/attack", "leave"])
    let output = try Command(
      person.prefix + left, environment: try scene.environment, timeout: 60
    ).runChecked()
    #expect(output.text.hasPrefix("holding "))
    let assault = try Assault(scene, try Assault.inside(scene, ["/build/attack/attack", "traces"]))
    #expect(try assault.attempts.count == Programs.compiled().attempts(of: ["traces"]).count)
    for attempt in assault.attempts { #expect(attempt.isHeld, "\(attempt.testDescription)") }
  }

  /// What builds do, and what therefore stays possible.
  @Test(arguments: Person.all) func allowsWhatBuildsDo(_ person: Person) throws {
    let scene = try Scene(person)
    let assault = try Assault(
      scene, try Assault.inside(scene, ["/build/attack/attack", "allowed"]))
    #expect(try assault.attempts.count == Programs.compiled().attempts(of: ["allowed"]).count)
    for attempt in assault.attempts {
      #expect(attempt.outcome == .succeeded, "\(attempt.testDescription)")
    }
  }

  /// The same programs where nothing is in the way: the attempts are real.
  @Test(arguments: Person.all) func succeedsOutside(_ person: Person) throws {
    let scene = try Scene(person)
    try scene.shell("mkdir scratch")
    let programs = try Programs.compiled()
    let groups = programs.groups.filter { !["terminal", "traces", "allowed"].contains($0) }
    let limits = ["processes=64", "memory=64", "space=8", "files=200", "descriptors=100"]
    let script = "\"$1/attack\" \"$@\" && exec \"$1/attack-rust\" \"$@\""
    let assault = try Assault(
      scene,
      ["sh", "-c", script, "sh", programs.folder] + groups
        + ["control=1", "scratch=\(scene.path)/scratch", "KEYS"] + limits)
    let terminal = try Assault(
      scene, beside: ["--terminal"], ["\(programs.folder)/attack", "terminal", "control=1", "KEYS"])
    let traces = try Assault(
      scene, beside: ["--hold"],
      ["\(programs.folder)/attack", "hold", "HOLD", "\(programs.folder)/attack", "traces"])
    let attempts = assault.attempts + terminal.attempts + traces.attempts
    #expect(attempts.count == programs.attempts.filter { $0.group != "allowed" }.count)
    // Some kernels lack some parts: not each of them has to succeed, but most, and the network.
    let mayDo = attempts.filter { $0.open == "all" || ($0.open == "root" && person == .root) }
    let succeeded = mayDo.filter { $0.outcome == .succeeded }
    let others = mayDo.filter { $0.outcome != .succeeded }.map(\.testDescription)
    #expect(succeeded.count >= 60 && succeeded.count * 10 >= mayDo.count * 9, "\(others)")
    for attempt in mayDo where attempt.group == "network" {
      #expect(attempt.outcome == .succeeded, "\(attempt.testDescription)")
    }
    #expect(assault.heard.count == 11, "listeners that heard something: \(assault.heard)")
    #expect(terminal.typed > 0)
  }
}
