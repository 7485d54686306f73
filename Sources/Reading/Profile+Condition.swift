extension Profile {
  /// A test of one argument of a call, 0 being the first.
  public struct Condition: Sendable, Hashable {
    public enum Test: Sendable, Hashable {
      case less(UInt64)
      case lessOrEqual(UInt64)
      case greater(UInt64)
      case greaterOrEqual(UInt64)
      /// The argument, restricted to the bits of the mask, is one of the values.
      case oneOf([UInt64], mask: UInt64)
      /// The argument, restricted to the bits of the mask, is none of the values.
      case noneOf([UInt64], mask: UInt64)
      /// At least one of these bits is set.
      case anyBit(of: UInt64)
    }

    public let argument: Int
    public let test: Test
    /// The values as the profile spells them.
    public let values: [String]
    /// The names of flags that the mask consists of; none when it is a number.
    public let maskNames: [String]
  }
}

extension Profile.Condition {
  enum Operator: String, CaseIterable {
    case equal = "=="
    case notEqual = "!="
    case less = "<"
    case lessOrEqual = "<="
    case greater = ">"
    case greaterOrEqual = ">="
    case anyBit = "&"
    case oneOf = "in"
    case noneOf = "not-in"

    var takesMask: Bool {
      switch self {
      case .equal, .notEqual, .oneOf, .noneOf: true
      case .less, .lessOrEqual, .greater, .greaterOrEqual, .anyBit: false
      }
    }

    var takesSeveral: Bool {
      switch self {
      case .anyBit, .oneOf, .noneOf: true
      case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual: false
      }
    }
  }

  init(_ fields: Fields) throws(ReadingError) {
    var fields = fields
    guard let argument = try fields.optionalCount("argument") else {
      throw fields.error(.missingKey("argument", table: fields.name), at: fields.table.position)
    }
    guard argument < 6 else {
      throw fields.badValue("argument", String(argument), "a call has arguments 0 to 5")
    }
    guard let operation = try fields.optionalWord("op", as: Operator.self) else {
      throw fields.error(.missingKey("op", table: fields.name), at: fields.table.position)
    }
    let constants = try fields.constants("value")
    guard !constants.isEmpty else {
      throw fields.error(.missingKey("value", table: fields.name), at: fields.table.position)
    }
    let maskParts = try fields.constants("mask")
    let mask = maskParts.isEmpty ? nil : maskParts.reduce(0) { $0 | $1.value }
    if mask != nil, !operation.takesMask {
      throw fields.badValue("mask", operation.rawValue, "this operator takes no mask")
    }
    if constants.count > 1, !operation.takesSeveral {
      throw fields.badValue("value", operation.rawValue, "this operator takes one value")
    }
    let numbers = constants.map(\.value)
    if let mask, let outside = numbers.first(where: { $0 & ~mask != 0 }) {
      throw fields.badValue("value", String(outside), "it has bits outside the mask")
    }
    try fields.finish()

    self.argument = argument
    test =
      switch operation {
      case .equal, .oneOf: .oneOf(numbers, mask: mask ?? .max)
      case .notEqual, .noneOf: .noneOf(numbers, mask: mask ?? .max)
      case .less: .less(numbers[0])
      case .lessOrEqual: .lessOrEqual(numbers[0])
      case .greater: .greater(numbers[0])
      case .greaterOrEqual: .greaterOrEqual(numbers[0])
      case .anyBit: .anyBit(of: numbers.reduce(0, |))
      }
    self.values = constants.map(\.words)
    maskNames = maskParts.filter(\.isNamed).map(\.words)
  }
}

/// A number in a profile, and how it is written there.
struct ProfileConstant {
  let value: UInt64
  let words: String
  let isNamed: Bool
}

extension Fields {
  /// Integers or names of constants, alone or in an array; none when the key is absent.
  mutating func constants(_ key: String) throws(ReadingError) -> [ProfileConstant] {
    guard let item = item(key) else { return [] }
    var constants: [ProfileConstant] = []
    for item in item.array ?? [item] {
      switch item.value {
      case .integer(let number):
        guard let value = UInt64(exactly: number) else {
          throw error(
            .badValue(key: key, value: String(number), reason: "it cannot be negative"),
            at: item.position)
        }
        let words = value < 10 ? String(value) : "0x" + String(value, radix: 16)
        constants.append(ProfileConstant(value: value, words: words, isNamed: false))
      case .string(let name):
        guard let value = KernelConstant.value(of: name) else {
          throw error(
            .badValue(key: key, value: name, reason: "not a constant known here"),
            at: item.position)
        }
        constants.append(ProfileConstant(value: value, words: name, isNamed: true))
      default:
        throw wrongType(key, item, expected: "an integer or the name of a constant")
      }
    }
    return constants
  }
}
