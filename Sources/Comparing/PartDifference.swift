/// A part that two files do not have alike.
public struct PartDifference: Sendable, Equatable {
  /// From the outermost inwards: an archive's member, then the section in it. Never empty.
  public let path: [Part]
  /// In bytes; nil where the first file has no such part.
  public let firstSize: Int64?
  /// In bytes; nil where the second file has no such part.
  public let secondSize: Int64?

  public init(path: [Part], firstSize: Int64?, secondSize: Int64?) {
    self.path = path
    self.firstSize = firstSize
    self.secondSize = secondSize
  }
}
