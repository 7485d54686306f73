import Linux
import Testing

/// The programs of attack, compiled once in the rootfs by cupel itself.
struct Programs: Sendable {
  /// A folder with `attack`, `attack-rust` and beside.py that everybody can read.
  let folder: String
  let attempts: [Attempt]

  var groups: [String] {
    var seen: [String] = []
    for attempt in attempts where !seen.contains(attempt.group) { seen.append(attempt.group) }
    return seen
  }

  func attempts(of groups: [String]) -> [Attempt] {
    attempts.filter { groups.contains($0.group) }
  }

  static func compiled() throws -> Programs {
    switch prepared {
    case .success(let programs): return programs
    case .failure(let obstacle): throw obstacle
    }
  }

  private static let compile = """
    cd /build/programs
    gcc -static -O1 -std=gnu17 -w -o /build/attack *.c
    rustc --edition 2021 -C target-feature=+crt-static -o /build/attack-rust attack.rs
    cd /build
    tar c attack attack-rust
    """

  /// Not among the temporary folders that tests look through for what is left.
  private static let prepared: Result<Programs, Obstacle> = {
    do {
      let folder = "/var/tmp/cupel-test-attack-\(Machine.userID)"
      let here = "\(Checkout.path)/Tests/EscapeTests"
      let command = [
        Checkout.executable, "run", "--bind", "\(here)/Programs:/build/programs", "--", "sh", "-ec",
        compile,
      ]
      let archive = try Command(
        command, environment: [("CUPEL_STORE", try Checkout.store())], timeout: 120
      ).runChecked().standardOutput
      try Command(
        [
          "sh", "-ec", "rm -rf \"$1\"; mkdir -m 755 \"$1\"; cp \"$2\" \"$1\"", "sh", folder,
          "\(here)/beside.py",
        ], timeout: 30
      ).runChecked()
      try Command(["tar", "x", "-C", folder], input: archive, timeout: 30).runChecked()
      let attempts = try ["attack", "attack-rust"].flatMap { name in
        try Attempt.parse(Command(["\(folder)/\(name)", "list"], timeout: 30).runChecked().text)
      }
      return .success(Programs(folder: folder, attempts: attempts))
    } catch {
      return .failure(Obstacle("compiling the programs of attack: \(error)"))
    }
  }()
}
