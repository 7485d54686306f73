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
    moves ? Self.replaced(text, SandboxPaths.root, by: root) : text
  }

  /// A text of this leg with the paths of leg A.
  public func restored(_ text: String) -> String {
    moves ? Self.replaced(text, root, by: SandboxPaths.root) : text
  }

  /// The same of bytes that need not be text.
  public func restored(_ bytes: [UInt8]) -> [UInt8] {
    moves ? Self.replaced(bytes, root, by: SandboxPaths.root) : bytes
  }

  private static func replaced(_ text: String, _ old: String, by new: String) -> String {
    String(decoding: replaced(Array(text.utf8), old, by: new), as: UTF8.self)
  }

  private static func replaced(_ bytes: [UInt8], _ old: String, by new: String) -> [UInt8] {
    bytes.replacing(Array("\(old)/".utf8), with: Array("\(new)/".utf8))
  }

  /// The root of the leg whose rustc wrapper has this path, which ends as leg A's does.
  public init?(wrapper path: String) {
    let end = SandboxPaths.wrapper.dropFirst(SandboxPaths.root.count)
    guard path.hasPrefix("/"), path.hasSuffix(end) else { return nil }
    root = String(path.dropLast(end.count))
  }
}
