import Failing
import Linux
import Reading
import Signing
import Testing

/// A folder to work in, with the programs of others.
final class Workshop {
  let path: String

  init() throws {
    // As cupel does at its start: a program may end without having read what it is given.
    Signal.ignoreBrokenPipes()
    path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
  }

  deinit {
    try? FileSystem.removeTree(path)
  }

  /// Runs a shell script here, which must succeed, and gives what it prints.
  @discardableResult
  func shell(_ script: String, input: [UInt8]? = nil) throws -> [UInt8] {
    try run(script, input: input).standardOutput
  }

  private func run(_ script: String, input: [UInt8]?) throws -> Command.Output {
    let output = try Command(
      ["sh", "-euc", script], directory: path, input: input, timeout: 120
    ).run()
    guard output.status == 0 else { throw Obstacle("\(script): \(output.text)\(output.errorText)") }
    return output
  }

  /// Whether a shell script succeeds here.
  func succeeds(_ script: String) throws -> Bool {
    try Command(["sh", "-euc", script], directory: path, timeout: 120).run().status == 0
  }

  func write(_ bytes: [UInt8], _ name: String, permissions: UInt32 = 0o644) throws {
    try FileSystem.write(bytes, to: "\(path)/\(name)", permissions: permissions)
    try FileSystem.setPermissions("\(path)/\(name)", permissions)
  }

  func write(_ text: String, _ name: String, permissions: UInt32 = 0o644) throws {
    try write(Array(text.utf8), name, permissions: permissions)
  }

  func read(_ name: String) throws -> [UInt8] { try FileSystem.read("\(path)/\(name)") }

  /// A key that OpenSSL makes: `NAME.pem` and `NAME.pub`.
  func opensslKey(
    _ name: String, _ algorithm: KeyAlgorithm, passphrase: String? = nil
  ) throws -> (private: String, public: String) {
    let kind = algorithm == .ed25519 ? "ED25519" : "EC -pkeyopt ec_paramgen_curve:P-256"
    let sealing = passphrase.map { "-aes-256-cbc -pass pass:\($0)" } ?? ""
    let pass = passphrase.map { "-passin pass:\($0)" } ?? ""
    try shell(
      """
      umask 077
      openssl genpkey -quiet -algorithm \(kind) \(sealing) -out \(name).pem 2>/dev/null ||
        openssl genpkey -algorithm \(kind) \(sealing) -out \(name).pem
      openssl pkey -in \(name).pem \(pass) -pubout -out \(name).pub
      """)
    return ("\(path)/\(name).pem", "\(path)/\(name).pub")
  }
}

/// Why a test cannot go on.
struct Obstacle: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) {
    self.description = description
  }
}

/// Expects that `body` fails with these words, and with this exit status.
func expectFailure(
  _ words: String, exit: ExitCode = .inputRejected,
  sourceLocation: SourceLocation = #_sourceLocation,
  _ body: () throws(SigningError) -> some Any
) {
  do throws(SigningError) {
    let value = try body()
    Issue.record("it was accepted: \(value)", sourceLocation: sourceLocation)
  } catch {
    #expect(error.chain.contains(words), "\(error.chain)", sourceLocation: sourceLocation)
    #expect(error.exitCode == exit, "\(error.chain)", sourceLocation: sourceLocation)
  }
}

/// The bytes of hexadecimal digits.
func bytes(_ hex: String) -> [UInt8] {
  let digits = hex.compactMap(\.hexDigitValue)
  return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
}
