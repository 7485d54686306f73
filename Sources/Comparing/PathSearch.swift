/// Texts in a file that begin with one of some paths.
public struct PathSearch: Sendable, Equatable {
  /// Texts in one part of the file.
  public struct Leak: Sendable, Equatable {
    /// The section, or an archive's member; nil where the format of the file is not known.
    public let part: Part?
    /// How many there are.
    public fileprivate(set) var count: Int
    /// The first different ones, at most `valueLimit`, each as far as it looks like a path.
    public fileprivate(set) var values: [String]
  }

  /// In the order in which the parts were first met.
  public let leaks: [Leak]
  /// Whether there were more texts than are looked at.
  public let areMore: Bool

  public static let valueLimit = 4
  /// Most texts of one file that are looked at.
  private static let mostTexts = 1 << 12
  private static let longestValue = 256
  private static let chunk = 1 << 20

  /// Looks for `paths` in the file at `path`, each of which ends in a slash.
  public init(_ paths: [String], inFileAt path: String) throws(ComparingError) {
    let region = Region(try OpenFile(path))
    let layout = try Layout.examine(region, isMember: false)
    let needles = paths.map { Array($0.utf8) }
    let overlap = max(needles.map(\.count).max() ?? 0, Self.longestValue)
    var leaks: [Leak] = []
    var count = 0
    var start: Int64 = 0
    while start < region.size, count < Self.mostTexts, !needles.isEmpty {
      let size = Int(min(Int64(Self.chunk + overlap), region.size - start))
      guard let bytes = try region.bytes(at: start, count: size) else { break }
      let end = min(Self.chunk, size)
      for offset in Self.places(of: needles, in: bytes[..<size], before: end) {
        count += 1
        if count > Self.mostTexts { break }
        let part = layout?.step(at: start + Int64(offset)).0.part
        Self.note(Self.value(in: bytes[offset...]), part, in: &leaks)
      }
      start += Int64(end)
    }
    self.leaks = leaks
    areMore = count > Self.mostTexts
  }

  private static func note(_ value: String, _ part: Part?, in leaks: inout [Leak]) {
    let known = leaks.firstIndex { $0.part == part }
    let index = known ?? leaks.count
    if known == nil { leaks.append(Leak(part: part, count: 0, values: [])) }
    leaks[index].count += 1
    if leaks[index].values.count < valueLimit, !leaks[index].values.contains(value) {
      leaks[index].values.append(value)
    }
  }

  /// Offsets at which one of `needles` begins, ascending.
  private static func places(
    of needles: [[UInt8]], in bytes: ArraySlice<UInt8>, before end: Int
  ) -> [Int] {
    var places: [Int] = []
    var offset = 0
    while let slash = bytes[offset..<end].firstIndex(of: UInt8(ascii: "/")) {
      if needles.contains(where: { bytes[slash...].starts(with: $0) }) { places.append(slash) }
      offset = slash + 1
    }
    return places
  }

  /// Texts of a program stand behind each other with nothing between them: a path is taken to end
  /// where something stands that paths of sources seldom hold.
  private static func value(in bytes: ArraySlice<UInt8>) -> String {
    let path = bytes.prefix(longestValue).prefix { byte in
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
      default: "/._-+@~=".utf8.contains(byte)
      }
    }
    return String(decoding: path, as: UTF8.self)
  }
}
