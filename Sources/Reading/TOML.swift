/// TOML 1.0 (toml.io/en/v1.0.0): values with the place they were read from.
///
/// Differs from the specification's letter in two limits: integers are 64 bits wide (the
/// specification asks for no more), and values may be nested at most 128 levels deep.
public enum TOML {
  public indirect enum Value: Sendable {
    case string(String)
    case integer(Int64)
    case float(Double)
    case boolean(Bool)
    /// A validated date, time, or both, as it was written.
    case datetime(String)
    case array([Item])
    case table(Table)
  }

  /// A value and where it starts.
  public struct Item: Sendable {
    public let value: Value
    public let position: Position
  }

  /// Keys with their values, in the order of the file.
  public struct Table: Sendable {
    public struct Entry: Sendable {
      public let key: String
      /// Where the key is written (for a table made by a header, inside the brackets).
      public let position: Position
      public let item: Item
    }

    public let entries: [Entry]
    /// The header, the opening brace, or the first dotted key that made the table.
    public let position: Position
    /// The entries' numbers by key, where there are too many to look through. Most tables are small,
    /// and the first dictionary of a process costs it more than reading a profile.
    private let index: [ExactString: Int]
    static let mostLookedThrough = 16

    init(entries: [Entry], position: Position) {
      self.entries = entries
      self.position = position
      var index: [ExactString: Int] = [:]
      if entries.count > Self.mostLookedThrough {
        for (number, entry) in entries.enumerated() { index[ExactString(entry.key)] = number }
      }
      self.index = index
    }

    /// The value under a key of this table.
    public subscript(key: String) -> Item? {
      entry(key)?.item
    }

    /// The key, its place and its value.
    public func entry(_ key: String) -> Entry? {
      guard entries.count > Self.mostLookedThrough else {
        return entries.first { ExactString($0.key) == ExactString(key) }
      }
      return index[ExactString(key)].map { entries[$0] }
    }

    public var keys: [String] { entries.map(\.key) }
  }

  /// Reads a document.
  ///
  /// - Parameters:
  ///   - bytes: the whole file, UTF-8 without a byte order mark.
  ///   - file: the name that messages give to it.
  ///   - role: what the file is to the build.
  /// - Returns: the root table.
  /// - Throws: `ReadingError` with the place of the first defect.
  public static func parse(
    _ bytes: [UInt8], file: String, role: ReadingError.Role = .configuration
  ) throws(ReadingError) -> Table {
    var parser = TOMLParser(bytes: bytes, file: file, role: role)
    return try parser.document()
  }
}

extension TOML.Value {
  /// The name of the kind of value in messages, with its article.
  public var kind: String {
    switch self {
    case .string: "a string"
    case .integer: "an integer"
    case .float: "a float"
    case .boolean: "a boolean"
    case .datetime: "a date or time"
    case .array: "an array"
    case .table: "a table"
    }
  }
}

extension TOML.Item {
  public var string: String? {
    guard case .string(let text) = value else { return nil }
    return text
  }

  public var integer: Int64? {
    guard case .integer(let number) = value else { return nil }
    return number
  }

  public var boolean: Bool? {
    guard case .boolean(let flag) = value else { return nil }
    return flag
  }

  public var array: [TOML.Item]? {
    guard case .array(let items) = value else { return nil }
    return items
  }

  public var table: TOML.Table? {
    guard case .table(let table) = value else { return nil }
    return table
  }
}
