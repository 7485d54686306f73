/// The values that are written without quotes or brackets: booleans, numbers, dates and times.
enum TOMLScalar {
  /// The value of a whole literal, or nil when it is none.
  static func value(of literal: [UInt8]) -> TOML.Value? {
    if let number = integer(literal) { return number }
    switch text(literal) {
    case "true": return .boolean(true)
    case "false": return .boolean(false)
    case "inf", "+inf": return .float(.infinity)
    case "-inf": return .float(-.infinity)
    case "nan", "+nan", "-nan": return .float(.nan)
    default: break
    }
    if isDatetime(literal) { return .datetime(text(literal)) }
    return float(literal)
  }

  // MARK: Numbers

  private static func integer(_ literal: [UInt8]) -> TOML.Value? {
    if literal.count > 2, literal[0] == UInt8(ascii: "0") {
      let radix: Int? =
        switch literal[1] {
        case UInt8(ascii: "x"): 16
        case UInt8(ascii: "o"): 8
        case UInt8(ascii: "b"): 2
        default: nil
        }
      if let radix {
        guard let digits = withoutUnderscores(literal[2...], radix: radix) else { return nil }
        return Int64(digits, radix: radix).map(TOML.Value.integer)
      }
    }
    guard let (sign, digits) = signAndDigits(literal[...]) else { return nil }
    return Int64(sign + digits).map(TOML.Value.integer)
  }

  private static func float(_ literal: [UInt8]) -> TOML.Value? {
    let exponentMark = literal.firstIndex { $0 | 0x20 == UInt8(ascii: "e") }
    let mantissa = literal[..<(exponentMark ?? literal.endIndex)]
    let point = mantissa.firstIndex(of: UInt8(ascii: "."))
    guard exponentMark != nil || point != nil,
      let (sign, whole) = signAndDigits(mantissa[..<(point ?? mantissa.endIndex)])
    else { return nil }
    var decimal = sign + whole
    if let point {
      guard let fraction = withoutUnderscores(mantissa[(point + 1)...], radix: 10) else {
        return nil
      }
      decimal += "." + fraction
    }
    if let exponentMark {
      let (sign, rest) = splitSign(literal[(exponentMark + 1)...])
      // Unlike the whole part, an exponent may have leading zeros.
      guard let exponent = withoutUnderscores(rest, radix: 10) else { return nil }
      decimal += "e" + sign + exponent
    }
    return Double(decimal).map(TOML.Value.float)
  }

  private static func splitSign(_ literal: ArraySlice<UInt8>) -> (String, ArraySlice<UInt8>) {
    switch literal.first {
    case UInt8(ascii: "-"): ("-", literal.dropFirst())
    case UInt8(ascii: "+"): ("", literal.dropFirst())
    default: ("", literal)
    }
  }

  /// A decimal integer: a sign, then digits without a leading zero.
  private static func signAndDigits(_ literal: ArraySlice<UInt8>) -> (String, String)? {
    let (sign, rest) = splitSign(literal)
    guard let digits = withoutUnderscores(rest, radix: 10),
      digits.utf8.count == 1 || digits.utf8.first != UInt8(ascii: "0")
    else { return nil }
    return (sign, digits)
  }

  /// The digits alone; nil where there is none, or an underscore without a digit on both sides.
  private static func withoutUnderscores(_ literal: ArraySlice<UInt8>, radix: Int) -> String? {
    var digits: [UInt8] = []
    var afterDigit = false
    for byte in literal {
      if byte == UInt8(ascii: "_") {
        guard afterDigit else { return nil }
        afterDigit = false
      } else {
        guard let digit = hexadecimalDigit(byte), digit < radix else { return nil }
        digits.append(byte)
        afterDigit = true
      }
    }
    return afterDigit ? text(digits) : nil
  }

  // MARK: Dates and times (RFC 3339)

  private static func isDatetime(_ literal: [UInt8]) -> Bool {
    if isTime(literal[...]) { return true }
    guard literal.count >= 10, isDate(literal[..<10]) else { return false }
    guard literal.count > 10 else { return true }
    guard "Tt ".utf8.contains(literal[10]) else { return false }
    var time = literal[11...]
    if let last = time.last, last | 0x20 == UInt8(ascii: "z") {
      time = time.dropLast()
    } else if let sign = time.lastIndex(where: { "+-".utf8.contains($0) }) {
      let zone = time[(sign + 1)...]
      guard zone.count == 5, zone[zone.startIndex + 2] == UInt8(ascii: ":"),
        number(zone.prefix(2), in: 0...23), number(zone.suffix(2), in: 0...59)
      else { return false }
      time = time[..<sign]
    }
    return isTime(time)
  }

  private static func isDate(_ literal: ArraySlice<UInt8>) -> Bool {
    let parts = literal.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4, parts[1].count == 2, parts[2].count == 2,
      number(parts[0], in: 1...9999), number(parts[1], in: 1...12),
      let year = Int(text(parts[0])), let month = Int(text(parts[1]))
    else { return false }
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    return number(parts[2], in: 1...lengths[month - 1])
  }

  /// hh:mm:ss with an optional fraction. A leap second is refused, as tomllib does.
  private static func isTime(_ literal: ArraySlice<UInt8>) -> Bool {
    let parts = literal.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 2, parts[1].count == 2, parts[2].count >= 2,
      number(parts[0], in: 0...23), number(parts[1], in: 0...59),
      number(parts[2].prefix(2), in: 0...59)
    else { return false }
    let fraction = parts[2].dropFirst(2)
    guard let point = fraction.first else { return true }
    return point == UInt8(ascii: ".") && fraction.count > 1
      && fraction.dropFirst().allSatisfy(isDigit)
  }

  private static func number(_ digits: ArraySlice<UInt8>, in range: ClosedRange<Int>) -> Bool {
    guard digits.allSatisfy(isDigit), let value = Int(text(digits)) else { return false }
    return range.contains(value)
  }
}
