import Linux
import Testing

/// This package's own checkout and what the tests use of it.
enum Checkout {
  static let path = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  static let fixtures = "\(path)/Tests/IntegrationTests/Fixtures"
  static let harness = "\(fixtures)/harness.py"

  /// The executable under test.
  static let executable = Machine.environment("CUPEL_BIN") ?? "\(path)/.build/release/cupel"

  /// A store with the default rootfs, fetched once.
  static func store() throws -> String {
    switch preparedStore {
    case .success(let path): return path
    case .failure(let obstacle): throw obstacle
    }
  }

  private static let preparedStore: Result<String, Obstacle> = {
    let store = Machine.environment("CUPEL_TEST_STORE") ?? "\(path)/.build/test-store"
    guard FileSystem.exists(executable) else {
      return .failure(Obstacle("\(executable) is missing: run `make build`"))
    }
    do {
      let environment = [
        ("CUPEL_STORE", store), ("PATH", "/usr/bin:/bin"), ("HOME", "/nonexistent"),
      ]
      // In an empty folder, so that nothing but the embedded default is asked for.
      let folder = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
      defer { try? FileSystem.removeTree(folder) }
      try Command(
        [executable, "fetch"], environment: environment.map { (name: $0.0, value: $0.1) },
        directory: folder, timeout: 900
      ).runChecked()
      return .success(store)
    } catch {
      return .failure(Obstacle("fetching the default rootfs: \(error)"))
    }
  }()
}

/// Why the tests cannot begin.
struct Obstacle: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}
