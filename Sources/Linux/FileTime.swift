/// A time that a file system keeps, as exactly as it keeps it.
public struct FileTime: Hashable, Comparable, Sendable {
  /// Since the epoch.
  public let seconds: Int64
  /// Within the second.
  public let nanoseconds: Int64

  public init(seconds: Int64, nanoseconds: Int64) {
    self.seconds = seconds
    self.nanoseconds = nanoseconds
  }

  public static func < (left: FileTime, right: FileTime) -> Bool {
    (left.seconds, left.nanoseconds) < (right.seconds, right.nanoseconds)
  }
}
