/// What lies at an offset of a file.
public struct Place: Sendable, Equatable {
  public struct Step: Sendable, Equatable {
    public let part: Part
    /// Counted from the part's first byte.
    public let offset: Int64

    public init(_ part: Part, offset: Int64) {
      self.part = part
      self.offset = offset
    }
  }

  /// From the outermost inwards: an archive's member, then the section in it. Never empty.
  public let steps: [Step]

  /// Nil where the format is not known, or where the file breaks its rules: no place is better than
  /// one that a crafted header made up.
  static func at(
    _ offset: Int64, in region: Region, isMember: Bool = false
  ) throws(ComparingError) -> Place? {
    guard let layout = try Layout.examine(region, isMember: isMember) else { return nil }
    let (step, extent) = layout.step(at: offset)
    guard let extent, extent.part.kind == .archiveMember,
      let member = region.region(at: extent.start, count: extent.size),
      let inner = try at(step.offset, in: member, isMember: true)
    else { return Place(steps: [step]) }
    return Place(steps: [step] + inner.steps)
  }
}
