import Linux
import Reading
import Testing

/// Python's own readers (tomllib, json), asked through oracle.py.
struct Oracle {
  enum Kind: String { case toml, json }

  enum Verdict {
    case accepted(JSON, canonical: String?)
    case refused(String)
  }

  /// The folder of this file.
  static let home: String = {
    let path = #filePath
    return String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }()

  /// The paths of the corpus files of a kind in `valid` or `invalid`.
  static func corpus(_ kind: Kind, _ folder: String) throws -> [String] {
    let path = "\(home)/Corpus/\(kind.rawValue)/\(folder)"
    let directory = try Directory(path)
    return try directory.entries().map { "\(path)/\($0.name)" }
  }

  /// What Python makes of each file.
  static func verdicts(_ kind: Kind, _ files: [String]) throws -> [(file: String, Verdict)] {
    let output: Command.Output
    do {
      output = try Command(
        ["python3", "\(home)/oracle.py", kind.rawValue] + files, timeout: 120
      ).runChecked()
    } catch CommandError.notFound {
      Issue.record("python3 is missing: apt-get install python3 (3.11 or newer, for tomllib)")
      return []
    }
    let answer = try JSON(parsing: output.standardOutput, file: "oracle.py")
    return try files.map { file in
      let verdict = try #require(answer[file])
      if let error = verdict["error"]?.stringValue { return (file, .refused(error)) }
      return (
        file,
        .accepted(try #require(verdict["value"]), canonical: verdict["canonical"]?.stringValue)
      )
    }
  }
}

/// The tagged form that oracle.py prints.
extension JSON {
  static func tagged(_ value: TOML.Value) -> JSON {
    switch value {
    case .string(let text): ["string": .string(text)]
    case .integer(let number): ["integer": .string(String(number))]
    case .float(let number): taggedFloat(number)
    case .boolean(let flag): ["boolean": .string(String(flag))]
    case .datetime(let text): ["datetime": .string(isoFormat(text))]
    case .array(let items): ["array": .array(items.map { tagged($0.value) })]
    case .table(let table):
      ["table": .object(table.entries.map { ($0.key, tagged($0.item.value)) })]
    }
  }

  static func tagged(_ value: JSON) -> JSON {
    switch value {
    case .null: ["null": ""]
    case .bool(let flag): ["boolean": .string(String(flag))]
    case .integer(let number): ["integer": .string(String(number))]
    case .number(let number): taggedFloat(number)
    case .string(let text): ["string": .string(text)]
    case .array(let items): ["array": .array(items.map { tagged($0) })]
    case .object(let object):
      ["table": .object(object.members.map { ($0.key, tagged($0.value)) })]
    }
  }

  private static func taggedFloat(_ number: Double) -> JSON {
    let bits = String(number.bitPattern, radix: 16)
    let padded = String(repeating: "0", count: 16 - bits.count) + bits
    return ["float": .string(number.isNaN ? "nan" : padded)]
  }

  /// The text of a TOML date or time as Python's isoformat() writes it.
  private static func isoFormat(_ text: String) -> String {
    var text = text
    if text.utf8.count > 10, text.utf8.dropFirst(4).first == UInt8(ascii: "-") {
      text = "\(text.prefix(10))T\(text.dropFirst(11))"
    }
    if text.hasSuffix("Z") || text.hasSuffix("z") { text = text.dropLast() + "+00:00" }
    guard let point = text.firstIndex(of: ".") else { return text }
    let rest = text[text.index(after: point)...]
    let digits = rest.prefix { $0.isNumber }
    let micro = digits.prefix(6) + String(repeating: "0", count: max(0, 6 - digits.count))
    let fraction = micro.allSatisfy { $0 == "0" } ? "" : ".\(micro)"
    return "\(text[..<point])\(fraction)\(rest[digits.endIndex...])"
  }
}
