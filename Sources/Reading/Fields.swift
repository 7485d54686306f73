/// Takes typed values out of a table by key, and knows at the end which keys nobody asked for.
struct Fields {
  let table: TOML.Table
  /// What messages call the table: `[build]`, `the file`.
  let name: String
  let file: String
  let role: ReadingError.Role
  private var asked: [String] = []

  init(_ table: TOML.Table, name: String, file: String, role: ReadingError.Role = .configuration) {
    self.table = table
    self.name = name
    self.file = file
    self.role = role
  }

  // MARK: Errors

  func error(_ fact: ReadingError.Fact, at position: Position) -> ReadingError {
    ReadingError(file: file, position: position, role: role, fact: fact)
  }

  func badValue(_ key: String, _ value: String, _ reason: String) -> ReadingError {
    error(
      .badValue(key: key, value: value, reason: reason),
      at: table[key]?.position ?? table.position)
  }

  func wrongType(_ key: String, _ item: TOML.Item, expected: String) -> ReadingError {
    error(
      .wrongType(key: key, expected: expected, found: item.value.kind), at: item.position)
  }

  private func missing(_ key: String) -> ReadingError {
    error(.missingKey(key, table: name), at: table.position)
  }

  /// Refuses the first key that was not asked for.
  func finish() throws(ReadingError) {
    for entry in table.entries where !asked.contains(entry.key) {
      let suggestion = nearest(to: entry.key, among: asked)
      throw error(
        .unknownKey(entry.key, table: name, suggestion: suggestion), at: entry.position)
    }
  }

  // MARK: Values

  mutating func item(_ key: String) -> TOML.Item? {
    if !asked.contains(key) { asked.append(key) }
    return table[key]
  }

  mutating func optionalString(_ key: String) throws(ReadingError) -> String? {
    guard let item = item(key) else { return nil }
    guard let text = item.string else { throw wrongType(key, item, expected: "a string") }
    return text
  }

  mutating func string(_ key: String) throws(ReadingError) -> String {
    guard let text = try optionalString(key) else { throw missing(key) }
    return text
  }

  mutating func optionalInteger(_ key: String) throws(ReadingError) -> Int64? {
    guard let item = item(key) else { return nil }
    guard let number = item.integer else { throw wrongType(key, item, expected: "an integer") }
    return number
  }

  /// An integer that is not negative.
  mutating func optionalCount(_ key: String) throws(ReadingError) -> Int? {
    guard let number = try optionalInteger(key) else { return nil }
    guard let count = Int(exactly: number), count >= 0 else {
      throw badValue(key, String(number), "it cannot be negative")
    }
    return count
  }

  mutating func optionalBoolean(_ key: String) throws(ReadingError) -> Bool? {
    guard let item = item(key) else { return nil }
    guard let flag = item.boolean else { throw wrongType(key, item, expected: "true or false") }
    return flag
  }

  /// Strings with their places; nil when the key is absent.
  mutating func optionalPlacedStrings(
    _ key: String
  ) throws(ReadingError) -> [(text: String, position: Position)]? {
    guard let item = item(key) else { return nil }
    guard let items = item.array else { throw wrongType(key, item, expected: "an array") }
    var strings: [(text: String, position: Position)] = []
    for item in items {
      guard let text = item.string else {
        throw wrongType(key, item, expected: "an array of strings")
      }
      strings.append((text, item.position))
    }
    return strings
  }

  mutating func optionalStrings(_ key: String) throws(ReadingError) -> [String]? {
    try optionalPlacedStrings(key)?.map(\.text)
  }

  mutating func strings(_ key: String) throws(ReadingError) -> [String] {
    guard let strings = try optionalStrings(key) else { throw missing(key) }
    return strings
  }

  mutating func optionalTable(_ key: String) throws(ReadingError) -> Fields? {
    guard let item = item(key) else { return nil }
    guard let table = item.table else { throw wrongType(key, item, expected: "a table") }
    return Fields(table, name: "[\(key)]", file: file, role: role)
  }

  mutating func table(_ key: String) throws(ReadingError) -> Fields {
    guard let table = try optionalTable(key) else { throw missing(key) }
    return table
  }

  /// The elements of `[[key]]`; none when the key is absent.
  mutating func tables(_ key: String) throws(ReadingError) -> [Fields] {
    guard let item = item(key) else { return [] }
    guard let items = item.array else { throw wrongType(key, item, expected: "an array of tables") }
    var tables: [Fields] = []
    for item in items {
      guard let table = item.table else {
        throw wrongType(key, item, expected: "an array of tables")
      }
      tables.append(Fields(table, name: "[[\(key)]]", file: file, role: role))
    }
    return tables
  }

  /// A string that must be one of a set of words.
  mutating func optionalWord<Word: RawRepresentable & CaseIterable>(
    _ key: String, as type: Word.Type
  ) throws(ReadingError) -> Word? where Word.RawValue == String {
    guard let text = try optionalString(key) else { return nil }
    guard let word = Word(rawValue: text) else {
      let words = Word.allCases.map { "\"\($0.rawValue)\"" }.joined(separator: ", ")
      throw badValue(key, text, "it must be one of \(words)")
    }
    return word
  }

  /// Requires `schema = 1`, the only one there is.
  mutating func schema() throws(ReadingError) {
    let number = try optionalInteger("schema")
    guard let number else { throw missing("schema") }
    guard number == 1 else {
      throw error(
        .unsupportedVersion(String(number), supported: "schema 1"),
        at: table["schema"]?.position ?? table.position)
    }
  }
}
