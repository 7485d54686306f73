public import Hashing

/// Takes typed members out of an object of a JSON document of ours, and says where it stands when one
/// is not as it must be.
public struct JSONFields: Sendable {
  public let json: JSON
  /// Where the object stands in the document; empty for the document itself.
  public let path: String
  public let file: String

  public init(_ json: JSON, path: String = "", file: String) {
    self.json = json
    self.path = path
    self.file = file
  }

  /// A member that is absent or something else than `expected`.
  public func bad(_ key: String, _ expected: String) -> ReadingError {
    error(
      json[key] == nil
        ? .missingKey(key, table: path.isEmpty ? "the document" : path)
        : .wrongType(key: place(of: key), expected: expected, found: "something else"))
  }

  /// A member whose value cannot be.
  public func bad(_ key: String, value: String, _ reason: String) -> ReadingError {
    error(.badValue(key: place(of: key), value: String(value.prefix(80)), reason: reason))
  }

  private func error(_ fact: ReadingError.Fact) -> ReadingError {
    ReadingError(file: file, position: nil, role: .input, fact: fact)
  }

  private func place(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// Whether the member is there and not null.
  public func has(_ key: String) -> Bool { json[key].map { !$0.isNull } ?? false }

  public func member(_ key: String) throws(ReadingError) -> JSONFields {
    guard let value = json[key], value.objectValue != nil else { throw bad(key, "an object") }
    return JSONFields(value, path: place(of: key), file: file)
  }

  public func array(_ key: String) throws(ReadingError) -> [JSON] {
    guard let items = json[key]?.arrayValue else { throw bad(key, "an array") }
    return items
  }

  public func members(_ key: String) throws(ReadingError) -> [JSONFields] {
    let items = try array(key)
    guard items.allSatisfy({ $0.objectValue != nil }) else { throw bad(key, "an array of objects") }
    return items.enumerated().map {
      JSONFields($0.element, path: "\(place(of: key))[\($0.offset)]", file: file)
    }
  }

  public func string(_ key: String) throws(ReadingError) -> String {
    guard let text = json[key]?.stringValue else { throw bad(key, "a string") }
    return text
  }

  /// Nil for null.
  public func optionalString(_ key: String) throws(ReadingError) -> String? {
    json[key]?.isNull == true ? nil : try string(key)
  }

  public func strings(_ key: String) throws(ReadingError) -> [String] {
    let items = try array(key)
    let texts = items.compactMap(\.stringValue)
    guard texts.count == items.count else { throw bad(key, "an array of strings") }
    return texts
  }

  public func bool(_ key: String) throws(ReadingError) -> Bool {
    guard let value = json[key]?.boolValue else { throw bad(key, "true or false") }
    return value
  }

  public func integer(_ key: String) throws(ReadingError) -> Int64 {
    guard let value = json[key]?.integerValue else { throw bad(key, "an integer") }
    return value
  }

  /// A number that is not negative.
  public func count(_ key: String) throws(ReadingError) -> Int {
    guard let number = Int(exactly: try integer(key)), number >= 0 else {
      throw bad(key, "a number that is not negative")
    }
    return number
  }

  public func digest(_ key: String) throws(ReadingError) -> Digest {
    guard let digest = Digest(prefixed: try string(key)) else { throw bad(key, "a digest") }
    return digest
  }

  /// A relative path that stays below its folder.
  public func relativePath(_ key: String) throws(ReadingError) -> String {
    let path = try string(key)
    if let complaint = PathRule.complaint(aboutRelative: path) {
      throw bad(key, value: path, complaint)
    }
    return path
  }

  public func word<Word: RawRepresentable>(_ key: String) throws(ReadingError) -> Word
  where Word.RawValue == String {
    let text = try string(key)
    guard let word = Word(rawValue: text) else {
      throw bad(key, value: text, "this is not known")
    }
    return word
  }
}
