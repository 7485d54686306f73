import Linux

/// The executable, and other programs, in the scene's folder.
extension Scene {
  private static let executable: String = {
    let checkout = "/" + home.split(separator: "/").dropLast(2).joined(separator: "/")
    return Machine.environment("CUPEL_BIN") ?? "\(checkout)/.build/release/cupel"
  }()

  /// Runs cupel, whose status and words are what the test is about.
  func cupel(_ words: [String]) throws -> Command.Output {
    guard FileSystem.exists(Self.executable) else {
      throw Obstacle("\(Self.executable) is missing: run `make build`")
    }
    return try Command(
      [Self.executable] + words, environment: environment, directory: path, timeout: 60
    ).run()
  }

  /// Runs cupel, which must do it.
  @discardableResult func cupelDoes(_ words: [String]) throws -> String {
    let output = try cupel(words)
    guard output.status == 0 else {
      throw Obstacle("cupel \(words.joined(separator: " ")): \(output.text)\(output.errorText)")
    }
    return output.text
  }

  /// Runs a script, with the stock tools among its programs.
  func shell(_ script: String, in folder: String = ".") throws -> Command.Output {
    try Command(
      ["sh", "-euc", script],
      environment: [("PATH", "\(StockTools.programs()):/usr/bin:/bin"), ("HOME", path)],
      directory: "\(path)/\(folder)", timeout: 120
    ).run()
  }

  private var environment: [(name: String, value: String)] {
    [("PATH", "/usr/bin:/bin"), ("HOME", path)]
  }

  func writeFile(_ text: String, _ name: String) throws {
    try FileSystem.write(Array(text.utf8), to: "\(path)/\(name)")
  }

  func readFile(_ name: String) throws -> [UInt8] { try FileSystem.read("\(path)/\(name)") }
}
