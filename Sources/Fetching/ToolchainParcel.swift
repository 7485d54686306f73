import Hashing
import Linux
import Reading
import Storing

/// The files that a signed toolchain is made of, copied into a folder that nobody else writes to: what
/// is verified is then what is unpacked.
struct ToolchainParcel {
  /// Holds the files under their own names, each signature as `NAME.asc`.
  let folder: String
  private(set) var archives: [AddedToolchain.File] = []
  private(set) var manifest: AddedToolchain.File?

  /// More than any installer has.
  static let archiveLimit: Int64 = 8 << 30

  /// An empty parcel.
  init(folder: String) throws(ToolchainError) {
    self.folder = folder
    try ToolchainError.doing("preparing \(folder)", try FileSystem.makeDirectories(folder))
  }

  /// One that was packed earlier. Fails unless the files are those that the record names.
  init(kept toolchain: AddedToolchain, folder: String) throws(ToolchainError) {
    self.folder = folder
    archives = toolchain.archives
    manifest = toolchain.manifest
    for file in archives + (manifest.map { [$0] } ?? []) {
      let actual = try Self.digest(of: "\(folder)/\(file.name)")
      guard actual == file.sha256 else {
        throw .badRecord(file: file.name, reason: "it is \(actual), it was \(file.sha256)")
      }
    }
  }

  /// Takes an installer with its signature.
  mutating func add(installer path: String) throws(ToolchainError) {
    archives.append(try take(path, limit: Self.archiveLimit))
    try takeSignature(of: path)
  }

  /// Takes a channel manifest with its signature.
  mutating func add(manifest path: String) throws(ToolchainError) {
    manifest = try take(path, limit: Int64(ChannelManifest.sizeLimit))
    try takeSignature(of: path)
  }

  /// Takes what the manifest names for the wanted components, each checked by its digest there.
  mutating func addArchives(
    of choice: ComponentChoice, from source: String
  ) throws(ToolchainError) {
    guard let manifest else { return }
    let channel = try channel(manifest)
    for name in choice.names {
      let listed = try channel.archives(of: name, host: choice.host)
      guard let archive = listed.first(where: { FileSystem.exists("\(source)/\($0.name)") }) else {
        throw .archiveMissing(names: listed.map(\.name), folder: source)
      }
      let taken = try take("\(source)/\(archive.name)", limit: Self.archiveLimit)
      archives.append(taken)
      try Self.require(taken, archive, manifest)
    }
  }

  private func channel(_ manifest: AddedToolchain.File) throws(ToolchainError) -> ChannelManifest {
    let path = "\(folder)/\(manifest.name)"
    let bytes = try ToolchainError.doing(
      "reading \(manifest.name)", try FileSystem.read(path, limit: ChannelManifest.sizeLimit))
    return try ChannelManifest(parsing: bytes, file: manifest.name)
  }

  private static func require(
    _ taken: AddedToolchain.File, _ listed: ChannelManifest.Archive,
    _ manifest: AddedToolchain.File
  ) throws(ToolchainError) {
    guard taken.sha256 == listed.sha256 else {
      throw .notTheListedArchive(
        file: taken.name, manifest: manifest.name, expected: listed.sha256, actual: taken.sha256)
    }
  }

  /// Verifies the signature of the manifest, or of each installer, and returns whose they are.
  func verifySignatures(
    keyring: PublicKeys, signers: [KeyFingerprint], scratch: String
  ) throws(ToolchainError) -> KeyFingerprint {
    var found: KeyFingerprint?
    for file in manifest.map({ [$0] }) ?? archives {
      let path = "\(folder)/\(file.name)"
      let bytes = try ToolchainError.doing(
        "reading the signature of \(file.name)",
        try FileSystem.read("\(path).asc", limit: DetachedSignature.sizeLimit))
      let signer = try DetachedSignature(bytes, file: "\(file.name).asc").verify(
        path, name: file.name, keyring: keyring, signers: signers, scratch: scratch)
      if let found, found != signer { throw .twoSigners(found, signer) }
      found = signer
    }
    guard let found else { throw .archiveMissing(names: ["an installer"], folder: folder) }
    return found
  }

  /// Checks once more that the manifest names the archives.
  func verifyArchives(of choice: ComponentChoice) throws(ToolchainError) {
    guard let manifest else { return }
    let channel = try channel(manifest)
    for name in choice.names {
      let listed = try channel.archives(of: name, host: choice.host)
      for file in archives {
        guard let archive = listed.first(where: { $0.name == file.name }) else { continue }
        try Self.require(file, archive, manifest)
      }
    }
  }

  /// Lays the toolchain out in the empty folder `target`.
  func layOut(
    _ choice: ComponentChoice, store: Store, in target: String
  ) throws(ToolchainError) -> ToolchainLayout {
    try ToolchainLayout(
      of: archives.map { ("\(folder)/\($0.name)", $0.name) }, choice: choice, store: store,
      in: target)
  }

  // MARK: Files

  /// Copies a file into the folder. Where a `.sha256` file is beside it, that must be right.
  private func take(_ path: String, limit: Int64) throws(ToolchainError) -> AddedToolchain.File {
    let name = FileSystem.split(path).name
    let copy = "\(folder)/\(name)"
    guard InstalledPath.components(name) != nil, !FileSystem.exists(copy) else {
      throw .sameFileTwice(name: name)
    }
    let task = "reading \(path)"
    let source = try ToolchainError.doing(task, try FileSystem.open(path))
    let size = try ToolchainError.doing(task, try FileSystem.status(of: source).size)
    guard size <= limit else {
      throw .unreadable(archive: name, words: "it is larger than \(limit) bytes")
    }
    _ = try ToolchainError.doing(
      task, try FileSystem.copyContents(from: source, to: FileSystem.create(copy)))
    let digest = try Self.digest(of: copy)
    try Self.requireChecksum(of: path, name: name, digest)
    return AddedToolchain.File(name: name, sha256: digest, size: size)
  }

  private func takeSignature(of path: String) throws(ToolchainError) {
    let bytes = try ToolchainError.doing(
      "reading \(path).asc", try FileSystem.readIfPresent("\(path).asc"))
    guard let bytes else { throw .noSignature(file: path) }
    let copy = "\(folder)/\(FileSystem.split(path).name).asc"
    try ToolchainError.doing("writing \(copy)", try FileSystem.write(bytes, to: copy))
  }

  /// `HEX  NAME`, as sha256sum(1) writes it.
  private static func requireChecksum(
    of path: String, name: String, _ digest: Digest
  ) throws(ToolchainError) {
    let file = "\(path).sha256"
    let bytes = try ToolchainError.doing("reading \(file)", try FileSystem.readIfPresent(file))
    guard let bytes else { return }
    let words = bytes.split { $0 == 0x20 || $0 == UInt8(ascii: "\n") }
    let named = words.count > 1 && words[1].first == UInt8(ascii: "*") ? words[1].dropFirst() : nil
    guard (1...2).contains(words.count),
      let expected = Digest(hex: String(decoding: words[0], as: UTF8.self)),
      words.count == 1 || (named ?? words[1]).elementsEqual(name.utf8)
    else { throw .badChecksumFile(file: file) }
    guard expected == digest else {
      throw .checksum(file: path, expected: expected, actual: digest)
    }
  }

  private static func digest(of path: String) throws(ToolchainError) -> Digest {
    let task = "reading \(path)"
    let file = try ToolchainError.doing(task, try FileSystem.open(path))
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var hasher = Hasher()
    while true {
      let count = try ToolchainError.doing(task, try file.read(into: &buffer))
      if count == 0 { return hasher.finish() }
      hasher.update(buffer, count: count)
    }
  }
}
