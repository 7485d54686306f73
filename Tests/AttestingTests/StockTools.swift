import Linux

/// Tools that know nothing of cupel, in a Python environment of their own under `.build`, made once
/// for each list of them.
enum StockTools {
  private static let packages = [
    "in-toto==3.1.0", "in-toto-attestation==0.9.3", "packageurl-python==0.17.6",
    "securesystemslib[crypto]==1.6.0",
  ]

  /// The folder of the programs, Python's among them.
  static func programs() throws -> String { try prepared.get() }

  private static let prepared: Result<String, Obstacle> = {
    let checkout = "/" + Scene.home.split(separator: "/").dropLast(2).joined(separator: "/")
    let folder = "\(checkout)/.build/venv-attesting"
    let wanted = Array(packages.joined(separator: "\n").utf8)
    do {
      if try FileSystem.readIfPresent("\(folder)/complete") == wanted {
        return .success("\(folder)/bin")
      }
      try FileSystem.removeTree(folder)
      try FileSystem.makeDirectories("\(checkout)/.build")
      try Command(["python3", "-m", "venv", folder], timeout: 120).runChecked()
      try Command(
        ["\(folder)/bin/python", "-m", "pip", "install", "--quiet"] + packages, timeout: 600
      ).runChecked()
      try FileSystem.write(wanted, to: "\(folder)/complete")
      return .success("\(folder)/bin")
    } catch {
      return .failure(
        Obstacle(
          "making \(folder): \(error); it needs python3-venv (`apt-get install python3-venv`) and PyPI"
        ))
    }
  }()
}

/// Why a test cannot begin.
struct Obstacle: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
