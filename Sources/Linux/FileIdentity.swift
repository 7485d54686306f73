/// What tells a file from all others, whatever its names (inode(7)).
public struct FileIdentity: Hashable, Sendable {
  public let device: UInt64
  public let inode: UInt64
}
