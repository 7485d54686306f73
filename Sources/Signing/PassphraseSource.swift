import Failing
import Linux

/// Where the passphrase of a private key comes from.
public enum PassphraseSource: Sendable, Equatable {
  /// Nowhere: keys that need one are refused.
  case none
  /// The first line of a file, which only its owner may be able to read.
  case file(String)
  /// The environment variable of this name.
  case environment(String)
  /// Whoever sits at the terminal.
  case terminal

  /// Most bytes of a passphrase, as in minisign.
  private static let sizeLimit = 1024

  /// Fails where a passphrase could not come from here later. Reads none.
  public func check() throws(SigningError) {
    switch self {
    case .none: return
    case .file(let path): try KeyFile.checkPrivate(path)
    case .environment(let name):
      if Machine.environment(name) == nil { throw .noVariable(name) }
    case .terminal:
      do throws(SystemError) {
        _ = try FileSystem.open("/dev/tty")
      } catch {
        throw .noTerminal(error)
      }
    }
  }

  /// The passphrase of the key in `file`.
  func secret(for file: String) throws(SigningError) -> Secret {
    switch self {
    case .none: throw .key(file: file, .passphraseNeeded)
    case .file(let path):
      var bytes = try KeyFile.readPrivate(path)
      defer { Secret.wipe(&bytes) }
      return try checked(Secret(Array(bytes.prefix { $0 != UInt8(ascii: "\n") })), path)
    case .environment(let name):
      guard let text = Machine.environment(name) else { throw .noVariable(name) }
      return try checked(Secret(Array(text.utf8)), name)
    case .terminal:
      return try checked(try Self.ask("Passphrase of \(file): "), file)
    }
  }

  /// A passphrase for a key that is to be written to `file`; a terminal is asked twice.
  public func newSecret(for file: String) throws(SigningError) -> Secret {
    let secret = try secret(for: file)
    if case .terminal = self {
      let again = try Self.ask("The same again: ")
      guard again.bytes == secret.bytes else { throw .passphrasesDiffer }
    }
    return secret
  }

  private static func ask(_ question: String) throws(SigningError) -> Secret {
    do throws(SystemError) {
      return Secret(try HiddenLine.ask(question, limit: sizeLimit))
    } catch {
      throw error.isInterruption ? .system("asking for a passphrase", error) : .noTerminal(error)
    }
  }

  private func checked(_ secret: Secret, _ place: String) throws(SigningError) -> Secret {
    guard !secret.bytes.isEmpty, secret.bytes.count <= Self.sizeLimit else {
      throw .key(file: place, .badPassphrase(limit: Self.sizeLimit))
    }
    return secret
  }
}
