import Linux
import Reading
import Testing

/// Some groups of attempts, run by one person in one setting, and what beside.py noticed.
struct Assault: Sendable {
  let status: Int32
  let attempts: [Attempt]
  let errors: String
  /// The listeners that heard something.
  let heard: [String]
  let victimLives: Bool
  /// Bytes typed into the terminal.
  let typed: Int64

  init(parsing output: [UInt8]) throws {
    let json = try JSON(parsing: output, file: "beside.py")
    status = Int32(try #require(json["status"]?.integerValue))
    attempts = try Attempt.parse(#require(json["output"]?.stringValue))
    errors = try #require(json["errors"]?.stringValue)
    heard = try #require(json["heard"]?.arrayValue).compactMap { $0.stringValue }
    victimLives = json["victimLives"]?.boolValue ?? false
    typed = try #require(json["typed"]?.integerValue)
  }

  /// Runs a command of the person's beside listeners, victim and secret that are the person's too.
  init(_ scene: borrowing Scene, beside options: [String] = [], _ command: [String]) throws {
    let folder = try Programs.compiled().folder
    let output = try Command(
      scene.person.prefix + ["python3", "\(folder)/beside.py"] + options + ["--"] + command,
      environment: try scene.environment, directory: scene.path, timeout: 180
    ).runChecked()
    try self.init(parsing: output.standardOutput)
  }

  /// `cupel run`, with the programs in /build/attack.
  static func inside(
    _ scene: borrowing Scene, options: [String] = [], _ command: [String]
  ) throws -> [String] {
    let bind = ["--bind", "\(try Programs.compiled().folder):/build/attack"]
    return [try scene.person.executable]
      + scene.runArguments(command, options: bind + options)
  }
}

/// What an assault is made with.
enum Setting: String, Sendable, CaseIterable {
  /// An ordinary `cupel run`.
  case plain
  /// With a terminal as standard input.
  case terminal
  /// With few processes, little memory and little space.
  case limited
  /// Beside another sandbox that leaves whatever it can.
  case beside

  func groups(of programs: Programs) -> [String] {
    let special: [Setting: [String]] = [
      .terminal: ["terminal"], .beside: ["traces"],
      .limited: [
        "forks", "threads", "memory", "shared-out-memory", "disk", "inodes", "open-files",
      ],
    ]
    if let groups = special[self] { return groups }
    let others = special.values.flatMap { $0 } + ["allowed"]
    return programs.groups.filter { !others.contains($0) }
  }

  func assault(_ scene: borrowing Scene) throws -> Assault {
    let groups = try self.groups(of: Programs.compiled())
    let attack = ["/build/attack/attack"] + groups
    switch self {
    case .plain:
      let script = "\"$@\" && shift && exec /build/attack/attack-rust \"$@\""
      return try Assault(
        scene,
        try Assault.inside(scene, ["sh", "-c", script, "sh"] + attack + ["inside=1", "KEYS"]))
    case .terminal:
      return try Assault(
        scene, beside: ["--terminal"], try Assault.inside(scene, attack + ["KEYS"]))
    case .limited:
      let options = ["--pids", "64", "--memory", "128M", "--target-size", "32M"]
      let limits = ["processes=64", "memory=128", "space=32", "files=20000", "descriptors=1100000"]
      return try Assault(scene, try Assault.inside(scene, options: options, attack + limits))
    case .beside:
      return try Assault(
        scene, beside: ["--hold"],
        try Assault.inside(scene, ["/build/attack/attack", "hold"]) + ["HOLD"]
          + Assault.inside(scene, attack))
    }
  }
}
