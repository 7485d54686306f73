/// A moment to the second, in the forms in which archives of packages write it.
public struct UTCTime: Sendable, Hashable, Comparable {
  /// Since 1970-01-01T00:00:00Z.
  public let seconds: Int64

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ]

  public init(seconds: Int64) {
    self.seconds = seconds
  }

  /// Reads `2026-07-11T10:16:37Z`, and nothing else that RFC 3339 allows.
  public init?(iso text: String) {
    let fields = text.utf8
    guard fields.count == 20, text.hasSuffix("Z") else { return nil }
    let parts = text.dropLast().split(separator: "T", omittingEmptySubsequences: false)
    guard parts.count == 2, let day = Self.numbers(parts[0], separator: "-", [4, 2, 2]),
      let time = Self.numbers(parts[1], separator: ":", [2, 2, 2])
    else { return nil }
    self.init(day, time)
  }

  /// Reads the name of a snapshot: `20260711T101637Z`, or a day as `2026-07-11`, which is its first
  /// second.
  public init?(snapshot text: String) {
    if let day = Self.numbers(text[...], separator: "-", [4, 2, 2]) {
      self.init(day, [0, 0, 0])
      return
    }
    let digits = Array(text.utf8)
    guard digits.count == 16 else { return nil }
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
    self.init(
      iso:
        "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))\(part(8..<9))"
        + "\(part(9..<11)):\(part(11..<13)):\(part(13..<15))\(part(15..<16))")
  }

  /// Reads `Sat, 11 Jul 2026 10:16:37 UTC`, as a Release file has it (Debian wiki,
  /// DebianRepository/Format, "Date, Valid-Until").
  public init?(release text: String) {
    let words = text.split(separator: " ")
    guard words.count == 6, words[0].hasSuffix(","),
      ["UTC", "GMT", "Z", "+0000"].contains(words[5]),
      let month = Self.months.firstIndex(of: String(words[2])),
      let day = Self.numbers(words[1], separator: " ", [words[1].utf8.count]),
      let year = Self.numbers(words[3], separator: " ", [4]),
      let time = Self.numbers(words[4], separator: ":", [2, 2, 2])
    else { return nil }
    self.init([year[0], Int64(month) + 1, day[0]], time)
  }

  private init?(_ day: [Int64], _ time: [Int64]) {
    let (year, month) = (day[0], day[1])
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    guard year >= 1970, (1...12).contains(month), time[0] < 24, time[1] < 60, time[2] < 60 else {
      return nil
    }
    let length: Int64 =
      switch month {
      case 2: isLeap ? 29 : 28
      case 4, 6, 9, 11: 30
      default: 31
      }
    guard (1...length).contains(day[2]) else { return nil }
    // The year begins in March, so that the leap day is its last (Hinnant, "chrono-Compatible
    // Low-Level Date Algorithms", days_from_civil).
    let shifted = month > 2 ? year : year - 1
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day[2] - 1
    let days = shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    seconds = days * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
  }

  /// Decimal fields of exactly the lengths given.
  private static func numbers(
    _ text: Substring, separator: Character, _ lengths: [Int]
  ) -> [Int64]? {
    let fields = text.split(separator: separator, omittingEmptySubsequences: false)
    guard fields.count == lengths.count else { return nil }
    var numbers: [Int64] = []
    for (field, length) in zip(fields, lengths) {
      guard field.utf8.count == length, length < 5, field.utf8.allSatisfy(isDigit),
        let number = Int64(field)
      else { return nil }
      numbers.append(number)
    }
    return numbers
  }

  /// As `2026-07-11T10:16:37Z`.
  public var text: String {
    let (day, time) = parts
    return "\(Self.padded(day[0], 4))-\(Self.padded(day[1]))-\(Self.padded(day[2]))T"
      + "\(Self.padded(time[0])):\(Self.padded(time[1])):\(Self.padded(time[2]))Z"
  }

  /// As `20260711T101637Z`.
  public var snapshotName: String { text.filter { $0 != "-" && $0 != ":" } }

  private var parts: (day: [Int64], time: [Int64]) {
    let days = seconds / 86_400 + 719_468
    let era = days / 146_097
    let dayOfEra = days % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let shifted = (5 * dayOfYear + 2) / 153
    let month = shifted < 10 ? shifted + 3 : shifted - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    let left = seconds % 86_400
    return (
      [year, month, dayOfYear - (153 * shifted + 2) / 5 + 1],
      [left / 3600, left / 60 % 60, left % 60]
    )
  }

  private static func padded(_ number: Int64, _ count: Int = 2) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, count - digits.utf8.count)) + digits
  }

  public static func < (a: UTCTime, b: UTCTime) -> Bool { a.seconds < b.seconds }
}
