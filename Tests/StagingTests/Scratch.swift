import Failing
import Hashing
import Linux
import Planning
import Staging
import Storing
import Testing

/// A private folder with a store and helpers to make projects; removed with its owner.
final class Scratch {
  let path: String
  let store: Store

  init() throws {
    path = try FileSystem.realPath(
      FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test"))
    store = try Store.open(path: "\(path)/store")
  }

  /// rm(1), for tests make names that are not UTF-8.
  deinit { _ = try? Command(["rm", "-rf", path], timeout: 60).run() }

  func write(_ text: String, to name: String, permissions: UInt32 = 0o644) throws {
    let file = "\(path)/\(name)"
    try FileSystem.makeDirectories(FileSystem.split(file).parent)
    try FileSystem.write(Array(text.utf8), to: file, permissions: permissions)
  }

  func shell(_ script: String, in folder: String = "") throws {
    try Command(
      ["sh", "-euc", script], environment: Self.environment, directory: "\(path)/\(folder)",
      timeout: 60
    ).runChecked()
  }

  static var environment: [(name: String, value: String)] {
    [
      ("PATH", "/usr/bin:/bin:" + (Machine.environment("PATH") ?? "")), ("HOME", "/nonexistent"),
      ("GIT_CONFIG_GLOBAL", "/dev/null"), ("GIT_CONFIG_NOSYSTEM", "1"),
      ("GIT_AUTHOR_DATE", "1600000000 +0000"), ("GIT_COMMITTER_DATE", "1600000001 +0000"),
    ]
  }

  /// Runs git in a folder; the author is nobody.
  func git(_ arguments: String, in folder: String) throws {
    try shell(
      "git -c user.name=n -c user.email=n@example.org -c init.defaultBranch=main "
        + "-c protocol.file.allow=always -c core.excludesFile=/dev/null \(arguments)",
      in: folder)
  }

  /// What git prints, without the newline at its end.
  func gitOutput(_ arguments: String, in folder: String) throws -> String {
    let output = try Command(
      ["git"] + arguments.split(separator: " ").map(String.init), environment: Self.environment,
      directory: "\(path)/\(folder)", timeout: 60
    ).runChecked()
    return String(output.text.dropLast())
  }

  func commitAll(in folder: String) throws {
    try git("init -q", in: folder)
    try git("add -A -f .", in: folder)
    try git("commit -q -m one", in: folder)
  }

  /// Runs the machine's cargo with an empty home; false where there is none.
  func cargo(_ arguments: [String], in folder: String) throws -> Bool {
    let kept = ["PATH", "HOME", "RUSTUP_HOME", "RUSTUP_TOOLCHAIN"].compactMap { name in
      Machine.environment(name).map { (name: name, value: $0) }
    }
    let environment = kept + [(name: "CARGO_HOME", value: "\(path)/cargo-home")]
    do throws(CommandError) {
      try Command(
        ["cargo"] + arguments, environment: environment, directory: folder, timeout: 60
      ).runChecked()
      return true
    } catch {
      guard case .notFound = error else { throw error }
      return false
    }
  }

  /// A package without dependencies.
  func package(_ name: String, in folder: String, more: String = "") throws {
    try write(
      "[package]\nname = \"\(name)\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\(more)",
      to: "\(folder)/Cargo.toml")
    try write("fn main() {}\n", to: "\(folder)/src/main.rs")
    try write(
      "version = 3\n\n[[package]]\nname = \"\(name)\"\nversion = \"0.1.0\"\n",
      to: "\(folder)/Cargo.lock")
  }

  func request(_ project: String) -> StagingRequest {
    var request = StagingRequest(project: "\(path)/\(project)")
    request.cargoHome = nil
    return request
  }

  func stage(
    _ project: String, _ change: (inout StagingRequest) -> Void = { _ in }
  ) throws(StagingError) -> StagedProject {
    var request = request(project)
    change(&request)
    return try StagedProject.stage(request, store: store)
  }

  /// All files of the staged source, sorted.
  func files(_ staged: StagedProject) throws -> [String] {
    try store.tree(staged.source.digest).allFiles().map(\.path)
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  func staged(_ staged: StagedProject, _ file: String) throws -> String {
    String(
      decoding: try FileSystem.read("\(store.path(of: staged.source.digest))/\(file)"),
      as: UTF8.self)
  }
}

/// Requires a failure with exactly these words; paths beneath the scratch folder start with `~`.
func expectFailure(
  _ message: String, hint: String? = nil, exit: ExitCode, in scratch: Scratch,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws(StagingError) -> Void
) {
  do throws(StagingError) {
    try body()
    Issue.record("it succeeded", sourceLocation: sourceLocation)
  } catch {
    func short(_ text: String?) -> String? {
      guard let text else { return nil }
      var rest = text[...]
      var out = ""
      while let range = rest.firstRange(of: scratch.path) {
        out += rest[..<range.lowerBound] + "~"
        rest = rest[range.upperBound...]
      }
      return out + rest
    }
    #expect(short(error.chain) == message, sourceLocation: sourceLocation)
    #expect(short(error.bestHint) == hint, sourceLocation: sourceLocation)
    #expect(error.exitCode == exit, sourceLocation: sourceLocation)
  }
}
