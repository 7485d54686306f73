import Linux
import Reading
import Testing

/// One test's own folder, the person who acts in it, and cupel to be run there.
///
/// The folder's name marks the processes: it stands in cupel's command line, in the environment of
/// what `run` starts, and in the command lines of build scripts that are to be found.
struct Scene: ~Copyable {
  let person: Person
  let path: String
  private let before: [String]

  init(_ person: Person) throws {
    let path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    try FileSystem.setPermissions(path, 0o755)
    for name in ["tmp", "home"] { try FileSystem.makeDirectory("\(path)/\(name)") }
    try person.own(path)
    let before = try Self.mounts()
    self.person = person
    self.path = path
    self.before = before
  }

  deinit { try? FileSystem.removeTree(path) }

  var mark: String { FileSystem.split(path).name }

  /// The environment that cupel is started in.
  var environment: [(name: String, value: String)] {
    get throws {
      [
        ("PATH", "/usr/bin:/bin"), ("HOME", "\(path)/home"), ("TMPDIR", "\(path)/tmp"),
        ("CUPEL_STORE", try person.store), ("SECRET_OF_THE_CALLER", path),
      ]
    }
  }

  /// The command line of cupel, run by the person.
  func commandLine(_ arguments: [String]) throws -> [String] {
    person.prefix + [try person.executable] + arguments
  }

  func cupel(
    _ arguments: [String], input: String? = nil, directory: String? = nil, timeout: Double = 120
  ) throws -> Command.Output {
    try Command(
      try commandLine(arguments), environment: try environment, directory: directory ?? path,
      input: input.map { Array($0.utf8) }, timeout: timeout
    ).run()
  }

  /// The arguments of `cupel run -- command`; the mark is what makes its processes known.
  func runArguments(_ command: [String], options: [String] = []) -> [String] {
    ["run", "--env", "MARK=\(mark)"] + options + ["--"] + command
  }

  /// `cupel run -- command`.
  func run(
    _ command: [String], options: [String] = [], input: String? = nil, timeout: Double = 60
  ) throws -> Command.Output {
    try cupel(runArguments(command, options: options), input: input, timeout: timeout)
  }

  /// Runs harness.py, which tells what happened as JSON.
  func harness(_ task: [String], _ command: [String], timeout: Double = 120) throws -> JSON {
    let output = try Command(
      ["python3", Checkout.harness] + task + ["--"] + command, environment: try environment,
      directory: path, timeout: timeout
    ).runChecked()
    return try JSON(parsing: output.standardOutput, file: "harness.py")
  }

  /// Runs a shell script as the person.
  @discardableResult
  func shell(
    _ script: String, _ arguments: [String] = [], input: String? = nil
  ) throws -> String {
    try Command(
      person.prefix + ["sh", "-ec", script, "sh"] + arguments, environment: try environment,
      directory: path, input: input.map { Array($0.utf8) }, timeout: 120
    ).runChecked().text
  }

  // MARK: What is left

  /// Expects that nothing of what ran here is left: no process, mount or temporary file.
  func expectNothingLeft(sourceLocation: SourceLocation = #_sourceLocation) throws {
    let deadline = Machine.monotonicSeconds + 5
    while try !processes().isEmpty, Machine.monotonicSeconds < deadline {
      try Command(["sleep", "0.05"], timeout: 10).runChecked()
    }
    #expect(try processes() == [], sourceLocation: sourceLocation)
    #expect(try Self.mounts() == before, sourceLocation: sourceLocation)
    #expect(try names("\(path)/tmp") == [], sourceLocation: sourceLocation)
    #expect(try abandonedDrafts() == [], sourceLocation: sourceLocation)
    let hidden = try names(path).filter { $0.hasPrefix(".") && $0 != ".git" }
    #expect(hidden == [], sourceLocation: sourceLocation)
  }

  /// Command lines of processes that have the mark in theirs or in their environment, and of their
  /// inits, whose environment an ordinary user cannot read.
  func processes() throws -> [String] {
    func text(_ process: String, _ file: String) -> String {
      let bytes = (try? FileSystem.read("/proc/\(process)/\(file)")) ?? []
      return String(decoding: bytes.map { $0 == 0 ? 0x20 : $0 }, as: UTF8.self)
    }
    var found: [String: String] = [:]
    var parents: Set<String> = []
    for entry in try Directory("/proc").entriesAsFound() where Int32(entry.name) != nil {
      let line = text(entry.name, "cmdline")
      guard line.contains(mark) || text(entry.name, "environ").contains(mark) else { continue }
      found[entry.name] = line
      for field in text(entry.name, "status").split(separator: "\n")
      where field.hasPrefix("PPid:\t") {
        parents.insert(String(field.dropFirst("PPid:\t".count)))
      }
    }
    for parent in parents where found[parent] == nil {
      let line = text(parent, "cmdline")
      if line.hasPrefix("cupel-init") { found[parent] = line }
    }
    return Array(found.values)
  }

  /// Half-made trees in the store whose makers are dead; others may be using the store meanwhile.
  private func abandonedDrafts() throws -> [String] {
    let folder = "\(try person.store)/drafts"
    var abandoned: [String] = []
    // What needs no rootfs of the store does not open it.
    for name in try FileSystem.exists(folder) ? names(folder) : [] {
      do {
        let path = "\(folder)/\(name)/lock"
        if try FileLock.attempt(path, .exclusive, creating: false) != nil { abandoned.append(name) }
      } catch {
        if FileSystem.exists("\(folder)/\(name)") { abandoned.append(name) }
      }
    }
    return abandoned
  }

  private static func mounts() throws -> [String] {
    String(decoding: try FileSystem.read("/proc/self/mountinfo"), as: UTF8.self)
      .split(separator: "\n").filter { $0.contains("cupel") }.map(String.init)
  }
}

/// The names in a folder, sorted.
func names(_ path: String) throws -> [String] {
  try Directory(path).entries().map(\.name)
}
