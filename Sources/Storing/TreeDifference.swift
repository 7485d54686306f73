/// How one entry of a tree differs from what it should be.
public enum TreeDifference: Sendable, Equatable, CustomStringConvertible {
  case missing, unexpected, kind, contents, executableBit, target

  public var description: String {
    switch self {
    case .missing: "missing"
    case .unexpected: "unexpected"
    case .kind: "of another kind"
    case .contents: "contents differ"
    case .executableBit: "executable bit differs"
    case .target: "symlink target differs"
    }
  }
}
