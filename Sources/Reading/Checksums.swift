public import Hashing

/// The lines of a SHA256SUMS file whose names need no escaping: `DIGEST  NAME`, sorted by name.
public struct Checksums: Sendable, Equatable {
  public struct Entry: Sendable, Equatable {
    /// Relative to the folder of the file.
    public let name: String
    public let digest: Digest

    public init(name: String, digest: Digest) {
      self.name = name
      self.digest = digest
    }
  }

  /// Sorted by the bytes of their names, each once.
  public let entries: [Entry]

  /// Most bytes of a file.
  public static let sizeLimit = 16 << 20

  public init(_ entries: [Entry]) {
    self.entries = entries.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// As sha256sum(1) writes and reads it.
  public var bytes: [UInt8] {
    Array(entries.map { "\($0.digest.hex)  \($0.name)\n" }.joined().utf8)
  }

  /// Whether a name reads the same everywhere: in this file, in a shell without quotes, in Markdown
  /// and in a URL. Letters, digits and `-._+=@,` of ASCII, in parts between slashes that begin with
  /// none of `-`, `.` and `@`, which names a file of arguments to objcopy(1) and others.
  public static func isPlain(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
    return name.utf8.count <= 1024
      && parts.allSatisfy { part in
        guard let first = part.first else { return false }
        return !"-.@".utf8.contains(first)
          && part.allSatisfy {
            (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20)
              || "-._+=@,".utf8.contains($0)
          }
      }
  }

  /// Reads a file. It must be as `bytes` writes it, to the byte.
  ///
  /// - Throws: `ReadingError` with role `.input` and the line.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    func error(_ line: Int?, _ fact: ReadingError.Fact) -> ReadingError {
      ReadingError(
        file: file, position: line.map { Position(line: $0, column: 1) }, role: .input, fact: fact)
    }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw error(nil, .notUTF8) }
    var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.count > 1, lines.removeLast().isEmpty else {
      throw error(nil, .syntax("it has no lines, or the last one has no end"))
    }
    var entries: [Entry] = []
    for (index, line) in lines.enumerated() {
      let name = String(line.dropFirst(66))
      guard let digest = Digest(hex: line.prefix(64)), line.dropFirst(64).hasPrefix("  "),
        Self.isPlain(name)
      else {
        throw error(index + 1, .syntax("it is not a SHA-256, two spaces and a plain name"))
      }
      if let last = entries.last, !last.name.utf8.lexicographicallyPrecedes(name.utf8) {
        throw error(
          index + 1,
          last.name.utf8.elementsEqual(name.utf8)
            ? .duplicate(kind: "file", name: name) : .syntax("names are not sorted"))
      }
      entries.append(Entry(name: name, digest: digest))
    }
    self.entries = entries
    // What is read and what is written are one: nothing of the file was passed over.
    guard self.bytes == bytes else { throw error(nil, .syntax("it is not as it would be written")) }
  }
}
