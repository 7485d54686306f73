/// Names of packages as purl-spec has them (github.com/package-url/purl-spec).
enum PackageURL {
  static let cratesIO = "registry+https://github.com/rust-lang/crates.io-index"
  private static let cratesIOSparse = "sparse+https://index.crates.io/"

  /// A crate; `source` as in Cargo.lock. One from elsewhere than crates.io says where from.
  static func cargo(name: String, version: String, source: String) -> String {
    let package = "pkg:cargo/\(encoded(name))@\(encoded(version))"
    if source.isExactly(cratesIO) || source.isExactly(cratesIOSparse) { return package }
    if source.hasPrefix("git+") {
      let parts = source.split(separator: "#", maxSplits: 1)
      let place = parts[0].prefix { $0 != "?" }
      let commit = parts.count > 1 ? "@\(parts[1])" : ""
      return "\(package)?vcs_url=\(encoded("\(place)\(commit)", keeping: "/"))"
    }
    let url = source.split(separator: "+", maxSplits: 1).last.map(String.init) ?? source
    return "\(package)?repository_url=\(encoded(url, keeping: "/"))"
  }

  /// A package of Debian.
  static func deb(name: String, version: String, architecture: String) -> String {
    "pkg:deb/debian/\(encoded(name))@\(encoded(version))?arch=\(encoded(architecture))"
  }

  /// Percent-encoding; a colon stays as it is ("Character encoding" in the specification).
  private static func encoded(_ text: String, keeping kept: String = "") -> String {
    var encoded: [UInt8] = []
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: encoded.append(byte)
      case _ where "-._~:\(kept)".utf8.contains(byte): encoded.append(byte)
      default:
        let digits = Array("0123456789ABCDEF".utf8)
        encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }
}
