internal import Hashing
internal import Reading

/// Typed members of a JSON object.
struct Members {
  let object: JSON.Object
  /// What messages call it.
  let path: String

  init(_ json: JSON?, path: String) throws(Malformation) {
    guard let json else { throw Malformation(path: path, kind: .missing) }
    guard let object = json.objectValue else {
      throw Malformation(path: path, kind: .wrong(expected: "an object"))
    }
    self.object = object
    self.path = path
  }

  func bad(_ key: String, _ expected: String) -> Malformation {
    Malformation(
      path: "\(path).\(key)", kind: object[key] == nil ? .missing : .wrong(expected: expected))
  }

  func contradiction(_ key: String, _ other: String) -> Malformation {
    Malformation(path: "\(path).\(key)", kind: .contradiction(other))
  }

  /// Refuses every member but these.
  func only(_ keys: [String]) throws(Malformation) {
    for member in object.members where !keys.contains(where: { $0.isExactly(member.key) }) {
      throw Malformation(path: "\(path).\(member.key)", kind: .extra)
    }
  }

  /// Whether the member is there and not null.
  func has(_ key: String) -> Bool { object[key].map { !$0.isNull } ?? false }

  /// Anything but nothing.
  func value(_ key: String) throws(Malformation) -> JSON {
    guard let value = object[key] else { throw bad(key, "") }
    return value
  }

  func member(_ key: String) throws(Malformation) -> Members {
    try Members(object[key], path: "\(path).\(key)")
  }

  func optionalMember(_ key: String) throws(Malformation) -> Members? {
    has(key) ? try member(key) : nil
  }

  func array(_ key: String) throws(Malformation) -> [JSON] {
    guard let items = object[key]?.arrayValue else { throw bad(key, "an array") }
    return items
  }

  func members(_ key: String) throws(Malformation) -> [Members] {
    var members: [Members] = []
    for (index, item) in try array(key).enumerated() {
      members.append(try Members(item, path: "\(path).\(key)[\(index)]"))
    }
    return members
  }

  func string(_ key: String) throws(Malformation) -> String {
    guard let text = object[key]?.stringValue else { throw bad(key, "a string") }
    return text
  }

  /// Nil where it is absent or null.
  func optionalString(_ key: String) throws(Malformation) -> String? {
    has(key) ? try string(key) : nil
  }

  func strings(_ key: String) throws(Malformation) -> [String] {
    let items = try array(key)
    let texts = items.compactMap(\.stringValue)
    guard texts.count == items.count else { throw bad(key, "an array of strings") }
    return texts
  }

  func bool(_ key: String) throws(Malformation) -> Bool {
    guard let value = object[key]?.boolValue else { throw bad(key, "true or false") }
    return value
  }

  /// A number that is not negative.
  func count(_ key: String) throws(Malformation) -> Int {
    guard let number = object[key]?.integerValue, let count = Int(exactly: number), count >= 0
    else { throw bad(key, "a number that is not negative") }
    return count
  }

  /// `sha256:` and 64 digits.
  func digest(_ key: String) throws(Malformation) -> Digest {
    guard let digest = Digest(prefixed: try string(key)) else {
      throw bad(key, "sha256: and 64 hexadecimal digits")
    }
    return digest
  }

  func optionalDigest(_ key: String) throws(Malformation) -> Digest? {
    has(key) ? try digest(key) : nil
  }

  func word<Word: RawRepresentable & CaseIterable>(_ key: String) throws(Malformation) -> Word
  where Word.RawValue == String {
    guard let word = Word(rawValue: try string(key)) else {
      let words = Word.allCases.map(\.rawValue).joined(separator: ", ")
      throw bad(key, "one of \(words)")
    }
    return word
  }
}

extension String {
  /// Equal byte for byte, where `==` takes canonically equivalent texts for one.
  func isExactly(_ other: String) -> Bool { utf8.elementsEqual(other.utf8) }
}
