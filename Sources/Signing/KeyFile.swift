import Failing
import Linux

/// Files with keys.
public enum KeyFile {
  /// Reads a file that only its owner may be able to read: a private key, or a passphrase. A pipe will
  /// do, such as the one of a shell's `<(…)`.
  static func readPrivate(_ path: String) throws(SigningError) -> [UInt8] {
    let fault: KeyFault
    do throws(SystemError) {
      let file = try FileSystem.open(path)
      guard let found = Self.fault(of: try FileSystem.status(of: file)) else {
        return try file.readToEnd(limit: VerificationKey.sizeLimit)
      }
      fault = found
    } catch {
      throw .system("reading the key \(path)", error)
    }
    throw .key(file: path, fault)
  }

  /// Fails unless it is a file, or a pipe, that only its owner may be able to read. Reads nothing.
  static func checkPrivate(_ path: String) throws(SigningError) {
    let status = try SigningError.doing("reading the key \(path)", try FileSystem.status(path))
    if let fault = fault(of: status) { throw .key(file: path, fault) }
  }

  /// What the first bytes of a private key's file tell: whether it is encrypted; nil where they do not
  /// tell it, and of a pipe, which can be read only once.
  ///
  /// No byte is read that is secret: the heads that are known are longer than what is read, and of a
  /// key of minisign it is the comment and the names of the algorithms.
  public static func isEncrypted(_ path: String) throws(SigningError) -> Bool? {
    let fault: KeyFault
    do throws(SystemError) {
      let status = try FileSystem.status(path)
      if let found = Self.fault(of: status) {
        fault = found
      } else {
        if status.kind == .fifo { return nil }
        var head = [UInt8](repeating: 0, count: 26)
        let file = try FileSystem.open(path)
        let count = try file.read(into: &head)
        let text = String(decoding: head[..<count], as: UTF8.self)
        if "-----BEGIN PRIVATE KEY-----".hasPrefix(text), count == head.count { return false }
        if "-----BEGIN ENCRYPTED PRIVATE KEY-----".hasPrefix(text), count == head.count {
          return true
        }
        if text.hasPrefix(MinisignFile.commentHead) {
          return MinisignSecretKey.isEncrypted(algorithms: try algorithms(file))
        }
        fault = text.hasPrefix("-----BEGIN PUBLIC KEY") ? .publicForPrivate : .notPEM
      }
    } catch {
      throw .system("reading the key \(path)", error)
    }
    throw .key(file: path, fault)
  }

  /// The beginning of a key of minisign, in base64, from within its comment on.
  private static func algorithms(_ file: borrowing Descriptor) throws(SystemError) -> [UInt8] {
    var byte: [UInt8] = [0]
    for _ in 0..<MinisignFile.commentLimit where try file.read(into: &byte) == 1 {
      if byte == [UInt8(ascii: "\n")] { break }
    }
    var text: [UInt8] = []
    while text.count < 8, try file.read(into: &byte) == 1 { text += byte }
    return text
  }

  private static func fault(of status: FileStatus) -> KeyFault? {
    guard status.kind == .regular || status.kind == .fifo else { return .notAFile }
    return status.permissions & 0o077 == 0 ? nil : .readableByOthers(status.permissions & 0o777)
  }

  /// Reads a public key.
  static func readPublic(_ path: String) throws(SigningError) -> [UInt8] {
    try SigningError.doing(
      "reading the key \(path)", try FileSystem.read(path, limit: VerificationKey.sizeLimit))
  }

  /// Writes a file that nobody but its owner can read, where there is none yet.
  public static func writePrivate(_ bytes: [UInt8], to path: String) throws(SigningError) {
    try write(bytes, to: path, permissions: 0o600)
  }

  /// Writes a file that all may read, where there is none yet.
  public static func writePublic(_ bytes: [UInt8], to path: String) throws(SigningError) {
    try write(bytes, to: path, permissions: 0o644)
  }

  private static func write(
    _ bytes: [UInt8], to path: String, permissions: UInt32
  ) throws(SigningError) {
    let (parent, name) = FileSystem.split(path)
    do throws(SystemError) {
      let folder = try Directory(parent)
      let file = try folder.create(name, permissions: permissions)
      do throws(SystemError) {
        try file.write(bytes)
      } catch {
        try? folder.remove(name)
        throw error
      }
    } catch {
      if error.isAlreadyThere { throw .key(file: path, .exists) }
      throw .system("writing the key \(path)", error)
    }
  }
}
