import Hashing
import Reading

/// `.cargo-checksum.json`, which cargo demands of every package in a directory source
/// (cargo, src/cargo/sources/directory.rs).
struct ChecksumFile {
  static let name = ".cargo-checksum.json"

  struct Entry {
    let path: String
    let digest: Digest
  }

  /// The files that cargo verifies, in the order of the file.
  let files: [Entry]
  /// What cargo compares with Cargo.lock; nil for a git package.
  let package: String?

  /// Nil unless it has the form that cargo reads.
  init?(parsing bytes: [UInt8], file: String) {
    guard let json = try? JSON(parsing: bytes, file: file), let members = json["files"]?.objectValue
    else { return nil }
    var files: [Entry] = []
    for member in members.members {
      guard let digest = Digest(hex: member.value.stringValue ?? "") else { return nil }
      files.append(Entry(path: member.key, digest: digest))
    }
    self.files = files
    switch json["package"] {
    case .null?, nil: package = nil
    case .string(let text)?: package = text
    default: return nil
    }
  }

  /// The file as `cargo vendor` writes it: one line, paths sorted by their bytes.
  static func render(files: [Entry], package: Digest) -> [UInt8] {
    var out = Array("{\"files\":{".utf8)
    let sorted = files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    for (index, file) in sorted.enumerated() {
      if index > 0 { out.append(UInt8(ascii: ",")) }
      out += JSON.string(file.path).compactBytes()
      out += Array(":\"\(file.digest.hex)\"".utf8)
    }
    return out + Array("},\"package\":\"\(package.hex)\"}".utf8)
  }
}
