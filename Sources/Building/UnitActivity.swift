/// What the processes of a unit were seen to do.
public struct UnitActivity: Sendable, Equatable {
  public let unit: Unit
  /// Files that were there; paths inside the sandbox as the process named them, in the order of
  /// their bytes.
  public let read: [String]
  public let written: [String]
  /// Files that were executed.
  public let programs: [String]
  /// Whether lists were cut.
  public let isTruncated: Bool
}
