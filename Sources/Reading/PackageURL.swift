/// Names of packages as URLs, as purl-spec has them (github.com/package-url/purl-spec).
public enum PackageURL {
  /// A crate; `source` as in Cargo.lock, nil for one of the project's own. One from elsewhere than
  /// crates.io says where from.
  public static func cargo(name: String, version: String, source: String?) -> String {
    let package = "pkg:cargo/\(encoded(name))@\(encoded(version))"
    guard let source else { return package }
    if source.hasPrefix("git+") {
      let parts = source.split(separator: "#", maxSplits: 1)
      let place = parts[0].prefix { $0 != "?" }
      let commit = parts.count > 1 ? "@\(parts[1])" : ""
      return "\(package)?vcs_url=\(encoded("\(place)\(commit)", keeping: "/"))"
    }
    let index = source.hasPrefix("registry+") ? String(source.dropFirst("registry+".count)) : source
    if CargoLock.cratesIO.contains(index) { return package }
    let url = source.split(separator: "+", maxSplits: 1).last.map(String.init) ?? source
    return "\(package)?repository_url=\(encoded(url, keeping: "/"))"
  }

  /// A package of Debian.
  public static func deb(name: String, version: String, architecture: String) -> String {
    "pkg:deb/debian/\(encoded(name))@\(encoded(version))?arch=\(encoded(architecture))"
  }

  /// Something that no index has.
  public static func generic(name: String, version: String) -> String {
    "pkg:generic/\(encoded(name))@\(encoded(version))"
  }

  /// Whether `url` is that of a package with this name and version; what follows them, qualifiers and
  /// a subpath, is not looked at. `type` is `cargo`, `deb/debian` and the like.
  public static func names(
    _ url: String, type: String, name: String, version: String
  ) -> Bool {
    let package = "pkg:\(type)/\(encoded(name))@\(encoded(version))"
    guard url.utf8.starts(with: package.utf8) else { return false }
    guard let next = url.utf8.dropFirst(package.utf8.count).first else { return true }
    return next == UInt8(ascii: "?") || next == UInt8(ascii: "#")
  }

  /// Name and version in the URL of a crate; nil for other packages.
  public static func crate(_ url: String) -> (name: String, version: String)? {
    guard url.hasPrefix("pkg:cargo/") else { return nil }
    let package = url.dropFirst("pkg:cargo/".count).prefix { $0 != "?" && $0 != "#" }
    let parts = package.split(separator: "@", omittingEmptySubsequences: false)
    guard parts.count == 2, let name = decoded(parts[0]), let version = decoded(parts[1]) else {
      return nil
    }
    return (name, version)
  }

  private static func decoded(_ text: Substring) -> String? {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        bytes.append(byte)
        continue
      }
      guard rest.count > 1, let high = hexadecimalDigit(rest.removeFirst()),
        let low = hexadecimalDigit(rest.removeFirst())
      else { return nil }
      bytes.append(UInt8(high << 4 | low))
    }
    return String(validating: bytes, as: UTF8.self)
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
