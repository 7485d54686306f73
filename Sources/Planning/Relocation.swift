/// Where a leg's folders are: all below one root, which stands for leg A's `/build`.
public struct Relocation: Sendable, Equatable {
  /// Without a slash at its end.
  public let root: String

  public init(root: String) {
    self.root = root
  }

  /// Leg A's.
  public static let none = Relocation(root: SandboxPaths.root)

  /// Whether paths differ from leg A's.
  public var moves: Bool { root != SandboxPaths.root }

  /// A text of leg A's with the paths of this leg.
  public func moved(_ text: String) -> String {
    moves ? String(decoding: Self.moved(Array(text.utf8), to: root), as: UTF8.self) : text
  }

  /// A text of this leg with the paths of leg A.
  public func restored(_ text: String) -> String {
    moves ? String(decoding: restored(Array(text.utf8)), as: UTF8.self) : text
  }

  /// The same of bytes that need not be text.
  public func restored(_ bytes: [UInt8]) -> [UInt8] {
    moves
      ? bytes.replacing(Array("\(root)/".utf8), with: Array("\(SandboxPaths.root)/".utf8)) : bytes
  }

  /// Only where a path begins: cargo has folders named `build`, too.
  private static func moved(_ bytes: [UInt8], to root: String) -> [UInt8] {
    let (old, new) = (Array("\(SandboxPaths.root)/".utf8), Array("\(root)/".utf8))
    var result: [UInt8] = []
    var rest = bytes[...]
    while let range = rest.firstRange(of: old) {
      result += rest[..<range.lowerBound]
      result += beginsPath(bytes[..<range.lowerBound]) ? new : old
      rest = rest[range.upperBound...]
    }
    return result + rest
  }

  /// Whether a path begins behind `text`: where no component of one stands, or an option of one letter
  /// (`-L`).
  private static func beginsPath(_ text: ArraySlice<UInt8>) -> Bool {
    guard let last = text.last, continuesPath(last) else { return true }
    let option = text.dropLast()
    guard last != UInt8(ascii: "/"), option.last == UInt8(ascii: "-") else { return false }
    return option.dropLast().last.map { !continuesPath($0) } ?? true
  }

  private static func continuesPath(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"),
      UInt8(ascii: "_"), UInt8(ascii: "/"):
      true
    default: false
    }
  }

  /// The root of the leg whose rustc wrapper has this path, which ends as leg A's does.
  public init?(wrapper path: String) {
    let end = SandboxPaths.wrapper.dropFirst(SandboxPaths.root.count)
    guard path.hasPrefix("/"), path.hasSuffix(end) else { return nil }
    root = String(path.dropLast(end.count))
  }
}
