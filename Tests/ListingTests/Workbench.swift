import Linux
import Testing

/// A private folder in which to compile and to lay out files; it goes away with its owner.
final class Workbench {
  let path: String

  init() throws {
    path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
  }

  deinit { try? FileSystem.removeTree(path) }

  /// Runs a program in the folder.
  @discardableResult
  func run(_ arguments: String..., status: Int32 = 0) throws -> String {
    let output = try Command(
      arguments, environment: [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C")], directory: path,
      timeout: 120
    ).run()
    #expect(output.status == status, "\(arguments): \(output.text)\(output.errorText)")
    return output.text
  }

  /// Compiles C source into the file `name`; returns its path.
  @discardableResult
  func compile(_ source: String, _ name: String, _ options: [String] = []) throws -> String {
    try FileSystem.write(Array(source.utf8), to: "\(path)/\(name).c")
    try Command(
      ["gcc", "\(name).c", "-o", name] + options,
      environment: [("PATH", "/usr/bin:/bin"), ("LC_ALL", "C")], directory: path, timeout: 120
    ).runChecked()
    return "\(path)/\(name)"
  }

  @discardableResult
  func write(_ bytes: [UInt8], _ name: String) throws -> String {
    try FileSystem.write(bytes, to: "\(path)/\(name)")
    return "\(path)/\(name)"
  }
}
