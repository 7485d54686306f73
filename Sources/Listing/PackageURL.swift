internal import Building
internal import Planning

/// Names of packages as URLs (package-url/purl-spec: types `cargo`, `deb`, `generic`).
enum PackageURL {
  static func cargo(_ package: CargoPackage, _ input: CrateInput?) -> String {
    let name = "pkg:cargo/\(encoded(package.name))@\(encoded(package.version))"
    guard let source = input?.source else { return name }
    if source.hasPrefix("git+"), let commit = input?.commit {
      let url = source.prefix { $0 != "?" && $0 != "#" }
      return "\(name)?vcs_url=\(encoded("\(url)@\(commit)"))"
    }
    let isCratesIO =
      source == "registry+https://github.com/rust-lang/crates.io-index"
      || source == "sparse+https://index.crates.io/"
    guard !isCratesIO, let plus = source.firstIndex(of: "+") else { return name }
    return "\(name)?repository_url=\(encoded(source[source.index(after: plus)...]))"
  }

  static func debian(name: String, version: String, architecture: String) -> String {
    "pkg:deb/debian/\(encoded(name))@\(encoded(version))?arch=\(encoded(architecture))"
  }

  static func generic(name: String, version: String) -> String {
    "pkg:generic/\(encoded(name))@\(encoded(version))"
  }

  /// RFC 3986's unreserved characters stay, and the colon, as purl-spec has it.
  private static func encoded(_ text: some StringProtocol) -> String {
    var encoded = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E, 0x3A:
        encoded.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16, uppercase: true)
        encoded += "%" + (digits.utf8.count == 1 ? "0" : "") + digits
      }
    }
    return encoded
  }
}
