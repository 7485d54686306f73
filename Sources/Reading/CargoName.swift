/// Which strings cargo accepts as names. They become file names, so nothing else may pass.
enum CargoName {
  /// A package name: letters (of any script), digits, `-` and `_`, not starting with a digit or
  /// `-` (cargo's restricted_names.rs, `validate_package_name`).
  static func isPackage(_ text: String) -> Bool {
    guard let first = text.unicodeScalars.first,
      first == "_" || first.properties.isXIDStart
    else { return false }
    return text.unicodeScalars.allSatisfy { $0 == "-" || $0.properties.isXIDContinue }
  }

  /// The characters of a semantic version, starting with a digit; the grammar itself is cargo's.
  static func isVersion(_ text: String) -> Bool {
    guard let first = text.utf8.first, isDigit(first) else { return false }
    return text.utf8.allSatisfy { isLetterOrDigit($0) || ".-+".utf8.contains($0) }
  }

  /// A full SHA-1 or SHA-256 git commit name.
  static func isCommit(_ text: some StringProtocol) -> Bool {
    let count = text.utf8.count
    return (count == 40 || count == 64)
      && text.utf8.allSatisfy { hexadecimalDigit($0) != nil && !(65...70).contains($0) }
  }
}

extension Fields {
  /// The keys `name` and `version` of a package.
  mutating func cargoPackage() throws(ReadingError) -> (name: String, version: String) {
    let name = try string("name")
    guard CargoName.isPackage(name) else { throw badValue("name", name, "not a package name") }
    let version = try string("version")
    guard CargoName.isVersion(version) else {
      throw badValue("version", version, "not a version")
    }
    return (name, version)
  }
}
