import Failing
import Fetching
import Linux
import Reading
import Storing
import Testing

/// A folder with throw-away OpenPGP keys, installers made by makeinstaller.py, and a store.
final class Signer {
  let path: String
  let store: Store
  private var home: String { "\(path)/gnupg" }

  init() throws {
    path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    store = try Store.open(path: "\(path)/store")
    try FileSystem.makeDirectory(home, permissions: 0o700)
  }

  deinit {
    _ = try? Command(["gpgconf", "--homedir", home, "--kill", "all"], timeout: 30).run()
    try? FileSystem.removeTree(path)
  }

  @discardableResult
  func gpg(_ arguments: [String], time: String? = nil) throws -> String {
    let faked = time.map { ["--faked-system-time", $0] } ?? []
    return try Command(
      ["gpg", "--homedir", home, "--batch", "--yes", "--no-tty", "--passphrase", ""] + faked
        + arguments, directory: path, timeout: 60
    ).runChecked().text
  }

  /// Makes a key that can sign; `expiry` is `never`, `1y`, …
  func key(_ name: String = "one", expiry: String = "never", time: String? = nil) throws
    -> KeyFingerprint
  {
    try gpg(
      ["--quick-generate-key", "\(name) <\(name)@example.org>", "ed25519", "sign", expiry],
      time: time)
    let listing = try gpg(["--with-colons", "--list-keys", "<\(name)@example.org>"])
    let line = listing.split(separator: "\n").first { $0.hasPrefix("fpr:") }
    let text = try #require(line?.split(separator: ":").last)
    return try #require(KeyFingerprint(text))
  }

  /// Signs a file into `FILE.asc`.
  func sign(
    _ file: String, by key: KeyFingerprint, digest: String = "SHA512", time: String? = nil,
    armored: Bool = true
  ) throws {
    try gpg(
      (armored ? ["--armor"] : []) + [
        "--digest-algo", digest, "--local-user", "\(key)!", "--output", "\(file).asc",
        "--detach-sign", file,
      ], time: time)
  }

  /// The public keys, armored if there is one.
  func keyring(_ keys: [KeyFingerprint]) throws -> PublicKeys {
    let text = try Command(
      ["gpg", "--homedir", home, "--batch", "--export"] + (keys.count == 1 ? ["--armor"] : [])
        + keys.map(\.description), timeout: 60
    ).runChecked()
    return try PublicKeys(text.standardOutput, file: "the keyring")
  }

  /// Runs a script with what makeinstaller.py offers.
  func make(_ script: String) throws {
    let program = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
    try Command(
      ["python3", "-I", "-S", "\(program)/makeinstaller.py", script], directory: path, timeout: 60
    ).runChecked()
  }

  @discardableResult
  func shell(_ script: String) throws -> String {
    try Command(["sh", "-euc", script], directory: path, timeout: 60).runChecked().text
  }

  /// Adds installers, or a channel manifest with the archives in `dist`.
  @discardableResult
  func add(
    _ files: [String] = ["rust.tar.xz"], keyring: PublicKeys, signers: [KeyFingerprint],
    components: [String] = [], name: String? = nil, isKept: Bool = false
  ) throws(ToolchainError) -> AddedToolchain {
    let source: ToolchainAddition.Source =
      files[0].hasSuffix(".toml")
      ? .channel(manifest: "\(path)/\(files[0])", archives: "\(path)/dist")
      : .installers(files.map { "\(path)/\($0)" })
    return try ToolchainAddition(
      source, keyring: keyring, signers: signers, components: components, name: name,
      isKept: isKept
    ).run(in: store)
  }

  /// Paths in the tree, sorted, executables with a star.
  func files(_ toolchain: AddedToolchain) throws -> [String] {
    let digest = try #require(toolchain.pin.digest)
    return try store.tree(digest).allFiles().map { $0.path + ($0.file.isExecutable ? "*" : "") }
      .sorted()
  }

  /// Expects a failure with these words, and that nothing is left of the attempt.
  func expectRefusal(
    _ words: String, exit: Int32 = 3, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws(ToolchainError) -> AddedToolchain
  ) throws {
    do throws(ToolchainError) {
      let added = try body()
      Issue.record("it was added: \(added)", sourceLocation: sourceLocation)
    } catch {
      let chain = error.chain.replacing(path, with: "~")
      #expect(chain.contains(words), "\(chain)", sourceLocation: sourceLocation)
      #expect(error.exitCode.rawValue == exit, sourceLocation: sourceLocation)
    }
    let left = try Directory("\(store.path)/toolchains").entries().map(\.name)
    #expect(left == [], sourceLocation: sourceLocation)
    #expect(try store.digests() == [], sourceLocation: sourceLocation)
    let drafts = try Directory("\(store.path)/drafts").entries().map(\.name)
    #expect(drafts == [], sourceLocation: sourceLocation)
  }
}
