/// A list of packages that apt has checked against a Release file.
struct AptIndex: Sendable {
  let suite: String
  /// As the Release file calls it, such as `main/binary-amd64/Packages`.
  let name: String
  /// Of apt's copy.
  let path: String

  /// Nil where `path` is not one that apt makes of the archive's place and `name`.
  init?(suite: String, name: String, path: String) {
    let end = name.replacing("/", with: "_")
    guard !suite.isEmpty, !name.isEmpty, path.hasSuffix("_\(end)") else { return nil }
    self.suite = suite
    self.name = name
    self.path = path
  }

  /// apt's copy of the suite's signed Release file.
  var releasePath: String { path.dropLast(name.utf8.count) + "InRelease" }
}
