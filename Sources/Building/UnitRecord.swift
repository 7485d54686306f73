public import Hashing
internal import Linux

/// The units of one leg.
public struct UnitRecord: Sendable {
  /// In the order of `RecordedUnit.key`, the same whenever the plan is built.
  public let units: [RecordedUnit]
  /// How many units and outputs were left out because there were too many.
  public let unlisted: Int
  /// A folder with copies of what build scripts made, by digest; nil where there is none.
  private let copies: String?

  public init(units: [RecordedUnit], unlisted: Int = 0, copies: String? = nil) {
    self.units = units
    self.unlisted = unlisted
    self.copies = copies
  }

  /// Where a copy of a build script's file with this digest is; nil where none was kept.
  public func copy(of digest: Digest) -> String? {
    copies.map { "\($0)/\(digest.hex)" }.flatMap { FileSystem.exists($0) ? $0 : nil }
  }
}
