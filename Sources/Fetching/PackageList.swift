import Hashing

/// The entries of a list of packages (a Packages file) for some names.
struct PackageList {
  struct Entry: Equatable {
    let version: String
    let architecture: String
    let filename: String
    let size: Int64
    let sha256: Digest
  }

  private(set) var entries: [String: [Entry]] = [:]

  /// Picks the entries of packages whose names are wanted out of a file; what is not understood there
  /// is left out, and so found missing.
  init(_ bytes: [UInt8], of names: Set<String>) {
    let newline = UInt8(ascii: "\n")
    var fields: [Substring: Substring] = [:]
    var name: String?
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end] != newline { end += 1 }
      if end == start {
        add(name, fields)
        name = nil
      } else if bytes[start] == UInt8(ascii: "P"),
        let wanted = Self.value("Package: ", bytes[start..<end]), names.contains(wanted)
      {
        name = wanted
        fields = [:]
      } else if name != nil, bytes[start] != UInt8(ascii: " ") {
        let line = Substring(decoding: bytes[start..<end], as: UTF8.self)
        if let colon = line.firstRange(of: ": ") {
          fields[line[..<colon.lowerBound]] = line[colon.upperBound...]
        }
      }
      start = end + 1
    }
    add(name, fields)
  }

  private static func value(_ field: String, _ line: ArraySlice<UInt8>) -> String? {
    guard line.starts(with: field.utf8) else { return nil }
    return String(decoding: line.dropFirst(field.utf8.count), as: UTF8.self)
  }

  private mutating func add(_ name: String?, _ fields: [Substring: Substring]) {
    guard let name, let version = fields["Version"], let architecture = fields["Architecture"],
      let filename = fields["Filename"], let size = fields["Size"].flatMap({ Int64($0) }),
      let sha256 = fields["SHA256"].flatMap({ Digest(hex: $0) })
    else { return }
    entries[name, default: []].append(
      Entry(
        version: String(version), architecture: String(architecture), filename: String(filename),
        size: size, sha256: sha256))
  }
}
