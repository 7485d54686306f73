/// A number of bytes, written `512`, `64K`, `8G`, with powers of 1024.
public struct ByteCount: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let bytes: Int64

  public init(bytes: Int64) {
    self.bytes = bytes
  }

  /// What a text that is refused should have been.
  public static let expectation = "it must be a size such as \"512M\" or \"8G\""

  /// Parses a whole number of 1 or more and an optional K, M, G or T, also written `KiB` and so on;
  /// nil for anything else and beyond 2^63.
  public init?(_ text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let shift: Int64
    switch text[digits.endIndex...] {
    case "", "B": shift = 0
    case "K", "KiB": shift = 10
    case "M", "MiB": shift = 20
    case "G", "GiB": shift = 30
    case "T", "TiB": shift = 40
    default: return nil
    }
    guard let number = Int64(digits), number > 0 else { return nil }
    let (bytes, overflow) = number.multipliedReportingOverflow(by: 1 << shift)
    guard !overflow else { return nil }
    self.bytes = bytes
  }

  /// The shortest exact spelling.
  public var description: String {
    for (unit, shift) in [("T", 40), ("G", 30), ("M", 20), ("K", 10)]
    where bytes != 0 && bytes % (1 << shift) == 0 {
      return "\(bytes >> shift)\(unit)"
    }
    return String(bytes)
  }

  /// For people, in powers of 1000: `750.9 MB`.
  public var rounded: String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1000)]
    for (unit, size) in units where bytes >= Int64(size) {
      let tenths = (bytes * 10 + Int64(size) / 2) / Int64(size)
      return "\(tenths / 10).\(tenths % 10) \(unit)"
    }
    return "\(bytes) B"
  }

  public static func < (a: ByteCount, b: ByteCount) -> Bool { a.bytes < b.bytes }
}

/// A length of time in whole seconds, written `90s`, `15m`, `2h`, `1h30m`.
public struct Seconds: Sendable, Hashable, Comparable, CustomStringConvertible {
  public let count: Int64

  public init(_ count: Int64) {
    self.count = count
  }

  /// What a text that is refused should have been.
  public static let expectation = "it must be a duration such as \"90s\", \"15m\" or \"1h30m\""

  /// Parses numbers with the units d, h, m, s in this order, each at most once, together more than
  /// nothing; nil for anything else.
  public init?(_ text: String) {
    var total: Int64 = 0
    var rest = text[...]
    var units: [(Character, Int64)] = [("d", 86400), ("h", 3600), ("m", 60), ("s", 1)]
    while !rest.isEmpty {
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      guard let number = Int64(digits), digits.endIndex < rest.endIndex,
        let index = units.firstIndex(where: { $0.0 == rest[digits.endIndex] })
      else { return nil }
      let (product, overflow) = number.multipliedReportingOverflow(by: units[index].1)
      let (sum, carry) = total.addingReportingOverflow(product)
      guard !overflow, !carry else { return nil }
      total = sum
      units.removeFirst(index + 1)
      rest = rest[rest.index(after: digits.endIndex)...]
    }
    guard total > 0 else { return nil }
    count = total
  }

  public var description: String {
    var rest = count
    var text = ""
    for (unit, length) in [("d", Int64(86400)), ("h", 3600), ("m", 60), ("s", 1)]
    where rest >= length {
      text += "\(rest / length)\(unit)"
      rest %= length
    }
    return text.isEmpty ? "0s" : text
  }

  public static func < (a: Seconds, b: Seconds) -> Bool { a.count < b.count }
}
