import Linux
import Testing

/// Verifiers from PyPI, in an environment of their own, made once per checkout.
enum Verifiers {
  /// The Python that has them.
  static func python() throws -> String { try prepared.get() }

  private static let prepared: Result<String, Obstacle> = {
    let folder = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let place = "\(root)/.build/signature-verifiers"
    let done = "\(place)/requirements.txt"
    do {
      let wanted = try FileSystem.read("\(folder)/requirements.txt")
      if try FileSystem.readIfPresent(done) == wanted { return .success("\(place)/bin/python") }
      try FileSystem.makeDirectories("\(root)/.build")
      try Command(
        ["python3", "-m", "venv", "--clear", place], timeout: 120
      ).runChecked()
      try Command(
        [
          "\(place)/bin/pip", "install", "-q", "--disable-pip-version-check", "-r",
          "\(folder)/requirements.txt",
        ], timeout: 600
      ).runChecked()
      try FileSystem.write(wanted, to: done)
      return .success("\(place)/bin/python")
    } catch {
      return .failure(
        Obstacle(
          "making \(place): \(error); it needs python3-venv (`apt-get install python3-venv`) and PyPI"
        ))
    }
  }()
}
