import ArgumentParser
import Failing
import Fetching
import Hashing
import Linux
import Reading
import Staging
import Storing

/// `cupel toolchain`.
struct ToolchainCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "toolchain",
    abstract: "Add Rust toolchains to the store, by their signatures, and look after them.",
    subcommands: [Add.self, List.self, Show.self, Verify.self, Remove.self])

  struct Add: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "add",
      abstract: "Verify a toolchain and put it into the store.",
      discussion: """
        Standalone installers (.tar.xz or .tar.gz), each with its .asc beside it; or a channel
        manifest (channel-rust-X.toml) with its .asc, and the archives that it names; or a rustup
        toolchain's folder, which nothing vouches for. A .sha256 file is checked where there is one.
        Signatures count if they are by the key of Rust's releases, or by one that --keyring and
        --fingerprint name.

        Examples:
          cupel toolchain add rust-1.95.0-x86_64-unknown-linux-gnu.tar.xz
          cupel toolchain add channel-rust-1.95.0.toml --archives . --component rustc \\
            --component cargo --component rust-std --component rust-std-wasm32-unknown-unknown
          cupel toolchain add ~/.rustup/toolchains/stable-x86_64-unknown-linux-gnu
        """)

    @Argument(help: "Installers, a channel manifest, or a toolchain's folder.")
    var source: [String]

    @Option(help: "The name to give it (default: that of the release, or of the folder).")
    var name: String?

    @Option(help: "A component to install. Repeatable (default: rustc, cargo, rust-std).")
    var component: [String] = []

    @Option(help: "The folder of the archives of a channel manifest (default: the manifest's own).")
    var archives: String?

    @Option(help: "The triple that the toolchain runs on (default: this machine's).")
    var host: String?

    @Option(help: "A file with the public key to verify by, instead of that of Rust's releases.")
    var keyring: String?

    @Option(help: "The fingerprint of a key to accept, instead of that of Rust's releases.")
    var fingerprint: [String] = []

    @Flag(help: "Keep the archives and signatures, so that they can be verified again.")
    var keep = false

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let store = try Store.open()
      let added = try FileSystem.isDirectory(source[0]) ? addFolder(store) : addSigned(store)
      let tree = try ToolchainListing.tree(of: added, store)
      if json {
        StandardStream.output.write(ToolchainListing.json([added], store).prettyBytes())
        return
      }
      Talk.say(
        "added \(added.pin.name): Rust \(added.pin.version), \(added.pin.trust.rawValue)"
          + (added.pin.signer.map { " by \($0)" } ?? "")
          + ", \(tree.fileCount) files, \(ByteCount(bytes: tree.byteCount).rounded)")
      StandardStream.output.write("\(tree.digest)\n")
    }

    private func addSigned(_ store: Store) throws -> AddedToolchain {
      let isChannel = source[0].hasSuffix(".toml")
      if isChannel ? source.count > 1 : archives != nil {
        throw UsageError(
          "adding a toolchain: give installers, or one channel manifest with --archives")
      }
      let file = keyring ?? "the built-in keyring"
      let keys: [UInt8]
      do throws(SystemError) {
        keys =
          try keyring.map { (path) throws(SystemError) in
            try FileSystem.read(path, limit: PublicKeys.sizeLimit)
          } ?? EmbeddedData.rustReleaseKey
      } catch {
        throw UsageError("reading the keyring \(file)", cause: error)
      }
      var signers: [KeyFingerprint] = []
      for text in fingerprint {
        guard let signer = KeyFingerprint(text) else {
          throw UsageError(
            "reading the fingerprint `\(text)`", hint: "write all of its 40 hexadecimal digits")
        }
        signers.append(signer)
      }
      return try ToolchainAddition(
        isChannel
          ? .channel(
            manifest: source[0], archives: archives ?? FileSystem.split(source[0]).parent)
          : .installers(source),
        keyring: try PublicKeys(keys, file: file),
        signers: signers.isEmpty ? [PublicKeys.rustReleaseKey] : signers, components: component,
        host: host, name: name, isKept: keep
      ).run(in: store)
    }

    /// Nothing vouches for a folder; it is what it is.
    private func addFolder(_ store: Store) throws -> AddedToolchain {
      guard source.count == 1, component.isEmpty, archives == nil, host == nil, keyring == nil,
        fingerprint.isEmpty, !keep
      else {
        throw UsageError(
          "adding the folder \(source[0]): it is added as a whole, and has no signature",
          hint: "leave the other options out, or give installers")
      }
      let name = name ?? ToolchainSelection.name(of: source[0])
      let toolchain = try Toolchain.fromRustup(path: source[0], store: store) {
        Talk.notice($0.text)
      }
      guard let tree = toolchain.tree, let version = toolchain.version else {
        throw UsageError(
          "reading the toolchain \(source[0]): no file in it says its version",
          hint: "install it with rustup or Rust's own installer")
      }
      let added = AddedToolchain(
        pin: Lock.Toolchain(
          name: name, digest: tree.digest, version: version, components: toolchain.components,
          trust: .unsigned, signer: nil),
        origin: .folder, host: AddedToolchain.thisHost)
      try ToolchainShelf(store).put(added)
      return added
    }
  }

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ls", abstract: "List the toolchains in the store.")

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
      let store = try Store.open()
      let toolchains = try ToolchainShelf(store).list()
      if json {
        StandardStream.output.write(ToolchainListing.json(toolchains, store).prettyBytes())
        return
      }
      for toolchain in toolchains {
        let pin = toolchain.pin
        StandardStream.output.write(
          "\(pin.name)  \(pin.version)  \(pin.trust.rawValue)  \(pin.digest?.description ?? "")\n")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Say all that is known of a toolchain.")

    @Argument(help: "Its name.")
    var name: String

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
      let store = try Store.open()
      let toolchain = try ToolchainShelf(store).get(name)
      if json {
        StandardStream.output.write(ToolchainListing.json([toolchain], store).prettyBytes())
      } else {
        StandardStream.output.write(try ToolchainListing.words(toolchain, store))
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Hash toolchains again, and check the signatures of those that were kept.")

    @Argument(help: "Their names; all by default.")
    var names: [String] = []

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let store = try Store.open()
      let shelf = ToolchainShelf(store)
      let chosen = try names.isEmpty ? shelf.list().map(\.pin.name) : names
      var checked: [AddedToolchain] = []
      var signed: [String] = []
      for name in chosen {
        let result = try shelf.verify(name)
        checked.append(result.toolchain)
        if result.isSignatureChecked { signed.append(name) }
        if json { continue }
        StandardStream.output.write(
          "\(name)  \(result.tree.digest)  ok: "
            + (result.isSignatureChecked ? "tree, archives and signature" : "tree") + "\n")
      }
      if json {
        StandardStream.output.write(
          ToolchainListing.json(checked, store, signatureChecked: signed).prettyBytes())
      }
    }
  }

  struct Remove: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "rm",
      abstract: "Forget a toolchain; `cupel store gc` then removes its tree.")

    @Argument(help: "Its name.")
    var name: String

    mutating func run() throws {
      try ToolchainShelf(try Store.open()).remove(name)
    }
  }
}

/// Toolchains as they are printed.
enum ToolchainListing {
  static func tree(of toolchain: AddedToolchain, _ store: Store) throws -> StoredTree {
    guard let digest = toolchain.pin.digest, store.contains(digest) else {
      throw MissingToolchain(locked: toolchain.pin)
    }
    return StoredTree(try store.tree(digest))
  }

  /// Documented in docs/toolchains.md. `signatureChecked` is nil where nothing was verified.
  static func json(
    _ toolchains: [AddedToolchain], _ store: Store, signatureChecked: [String]? = nil
  ) -> JSON {
    let entries = toolchains.map { toolchain -> JSON in
      guard case .object(var object) = toolchain.json else { return .null }
      let tree = try? tree(of: toolchain, store)
      object["files"] = tree.map { .integer(Int64($0.fileCount)) } ?? .null
      object["bytes"] = tree.map { .integer($0.byteCount) } ?? .null
      if let signatureChecked {
        object["verified"] = .object([
          ("tree", .bool(true)),
          ("signature", .bool(signatureChecked.contains(toolchain.pin.name))),
        ])
      }
      return .object(object)
    }
    return .object([("schema", "cupel-toolchains/1"), ("toolchains", .array(entries))])
  }

  static func words(_ toolchain: AddedToolchain, _ store: Store) throws -> String {
    let pin = toolchain.pin
    let tree = try tree(of: toolchain, store)
    var rows = [
      ("name", pin.name), ("version", pin.version),
      ("components", pin.components.joined(separator: ", ")),
      ("trust", pin.trust.rawValue + (pin.signer.map { " by \($0)" } ?? "")),
      ("digest", tree.digest.description),
      ("size", "\(tree.fileCount) files, \(ByteCount(bytes: tree.byteCount).rounded)"),
      ("host", toolchain.host),
    ]
    for file in (toolchain.manifest.map { [$0] } ?? []) + toolchain.archives {
      rows.append(("made of", "\(file.name), \(file.size) bytes, sha256:\(file.sha256.hex)"))
    }
    if toolchain.origin != .folder {
      rows.append(("archives", toolchain.isKept ? "kept in the store" : "not kept"))
    }
    return rows.map { row in
      row.0 + String(repeating: " ", count: 12 - row.0.count) + row.1 + "\n"
    }.joined()
  }
}
