/// A JSON value (RFC 8259). Objects keep the order of their members.
///
/// Strings and keys are compared by their bytes, not by Unicode equivalence.
public indirect enum JSON: Sendable {
  case null
  case bool(Bool)
  /// A number written without fraction and exponent that fits 64 bits.
  case integer(Int64)
  /// Any other number, rounded to the nearest double.
  case number(Double)
  case string(String)
  case array([JSON])
  case object(Object)

  /// Members in the order given, with unique keys.
  public struct Object: Sendable {
    public struct Member: Sendable {
      public let key: String
      public let value: JSON
    }

    public private(set) var members: [Member] = []

    public init() {}

    /// The value of the first member with this key. Setting replaces it in place, appends it, or
    /// with nil removes it.
    public subscript(key: String) -> JSON? {
      get {
        for member in members where ExactString(member.key) == ExactString(key) {
          return member.value
        }
        return nil
      }
      set {
        let index = members.firstIndex { ExactString($0.key) == ExactString(key) }
        switch (index, newValue) {
        case (let index?, let value?): members[index] = Member(key: key, value: value)
        case (let index?, nil): members.remove(at: index)
        case (nil, let value?): members.append(Member(key: key, value: value))
        case (nil, nil): break
        }
      }
    }

    /// Appends without looking for the key: the caller knows that it is new.
    public mutating func append(newKey key: String, _ value: JSON) {
      members.append(Member(key: key, value: value))
    }
  }
}

extension JSON {
  /// Reads one JSON text: strict RFC 8259, and beyond it no duplicate keys, no lone surrogates, no
  /// number outside the range of a double, at most 128 levels.
  ///
  /// - Parameters:
  ///   - bytes: the whole text, UTF-8 without a byte order mark.
  ///   - file: the name that messages give to the text.
  ///   - role: what the text is to the build.
  /// - Throws: `ReadingError` with the place of the first defect.
  public init(
    parsing bytes: [UInt8], file: String, role: ReadingError.Role = .input
  ) throws(ReadingError) {
    var parser = JSONParser(bytes: bytes, file: file, role: role)
    self = try parser.document()
  }

  /// Builds an object; a later pair with the same key replaces an earlier one.
  public static func object(_ pairs: [(String, JSON)]) -> JSON {
    var object = Object()
    for (key, value) in pairs { object[key] = value }
    return .object(object)
  }

  /// The member of an object; nil for other values and absent keys.
  public subscript(key: String) -> JSON? {
    guard case .object(let object) = self else { return nil }
    return object[key]
  }

  /// The element of an array; nil for other values and beyond its end.
  public subscript(index: Int) -> JSON? {
    guard case .array(let items) = self, items.indices.contains(index) else { return nil }
    return items[index]
  }

  public var stringValue: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  public var integerValue: Int64? {
    guard case .integer(let value) = self else { return nil }
    return value
  }

  public var doubleValue: Double? {
    switch self {
    case .number(let value): value
    case .integer(let value): Double(value)
    default: nil
    }
  }

  public var boolValue: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  public var arrayValue: [JSON]? {
    guard case .array(let items) = self else { return nil }
    return items
  }

  public var objectValue: Object? {
    guard case .object(let object) = self else { return nil }
    return object
  }

  public var isNull: Bool {
    guard case .null = self else { return false }
    return true
  }
}

extension JSON: Equatable {
  /// Objects are equal when they have equal members in the same order.
  public static func == (a: JSON, b: JSON) -> Bool {
    switch (a, b) {
    case (.null, .null): true
    case (.bool(let a), .bool(let b)): a == b
    case (.integer(let a), .integer(let b)): a == b
    case (.number(let a), .number(let b)): a == b
    case (.string(let a), .string(let b)): ExactString(a) == ExactString(b)
    case (.array(let a), .array(let b)): a == b
    case (.object(let a), .object(let b)): a == b
    default: false
    }
  }
}

extension JSON.Object: Equatable {}

extension JSON.Object.Member: Equatable {
  public static func == (a: JSON.Object.Member, b: JSON.Object.Member) -> Bool {
    ExactString(a.key) == ExactString(b.key) && a.value == b.value
  }
}

extension JSON: ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int64) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  public init(arrayLiteral elements: JSON...) { self = .array(elements) }
  public init(dictionaryLiteral elements: (String, JSON)...) { self = .object(elements) }
  public init(nilLiteral: ()) { self = .null }
}
