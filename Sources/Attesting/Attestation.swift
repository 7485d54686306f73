public import Hashing
public import Signing

/// A file, or a line of one, that is said to hold a signed statement.
public struct Material: Sendable {
  /// What messages call it: the file, and the line where there are several.
  public let place: String
  public let bytes: [UInt8]

  /// Most lines of one file.
  public static let lineLimit = 1024

  public init(place: String, bytes: [UInt8]) {
    self.place = place
    self.bytes = bytes
  }

  /// A file whose name ends in `.jsonl` has one a line, every other file is one.
  public static func split(_ bytes: [UInt8], file: String) throws(Objection) -> [Material] {
    guard file.hasSuffix(".jsonl") else { return [Material(place: file, bytes: bytes)] }
    var materials: [Material] = []
    for (index, line) in bytes.split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false
    )
    .enumerated()
    where !line.isEmpty {
      materials.append(Material(place: "\(file):\(index + 1)", bytes: Array(line)))
      guard materials.count <= lineLimit else {
        throw Objection(.attestationUnreadable, "\(file) has more than \(lineLimit) lines")
      }
    }
    guard !materials.isEmpty else { throw Objection(.attestationUnreadable, "\(file) is empty") }
    return materials
  }

  /// SHA-256 of the bytes.
  public var digest: Digest { Digest.hashing(bytes) }
}

/// A statement that somebody signed whose key was named, taken apart.
public struct Attestation: Sendable {
  public let material: Material
  /// Who signed: only keys that the verifier was given.
  public let signers: [VerificationKey]
  public let statement: Statement
  public let claims: Claims
}
