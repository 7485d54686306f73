/// A package as cargo names it.
public struct CargoPackage: Sendable, Hashable {
  public let name: String
  public let version: String

  /// Nil unless both are what cargo and crates.io accept, so that they can stand in messages: they
  /// may come from a process that lies.
  public init?(name: String, version: String) {
    guard Self.isName(name), Self.isVersion(version) else { return nil }
    self.name = name
    self.version = version
  }

  /// From a package ID: `registry+https://…#libc@0.2.150`, `path+file:///build/src/app#0.1.0`
  /// (cargo's reference, "Package ID Specifications"), or `app 0.1.0 (path+file:///build/src/app)`,
  /// as cargo wrote it before 1.77.
  init?(id: String) {
    if let hash = id.lastIndex(of: "#") {
      let fragment = id[id.index(after: hash)...]
      if let at = fragment.firstIndex(of: "@") {
        self.init(
          name: String(fragment[..<at]), version: String(fragment[fragment.index(after: at)...]))
      } else {
        let url = id[..<hash].prefix { $0 != "?" }
        guard let name = url.split(separator: "/").last else { return nil }
        self.init(name: String(name), version: String(fragment))
      }
    } else {
      let parts = id.split(separator: " ", maxSplits: 2)
      guard parts.count == 3, parts[2].hasPrefix("("), parts[2].hasSuffix(")") else { return nil }
      self.init(name: String(parts[0]), version: String(parts[1]))
    }
  }

  private static let longest = 128

  static func isName(_ text: String) -> Bool {
    isBounded(text) && text.utf8.allSatisfy { isWordByte($0) || $0 == UInt8(ascii: "-") }
  }

  private static func isVersion(_ text: String) -> Bool {
    isBounded(text)
      && text.utf8.allSatisfy { isWordByte($0) || [0x2B, 0x2D, 0x2E].contains($0) }
  }

  private static func isBounded(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= longest
  }

  private static func isWordByte(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
      true
    default: false
    }
  }
}

extension CargoPackage: CustomStringConvertible {
  /// `libc 0.2.150`.
  public var description: String { "\(name) \(version)" }
}
