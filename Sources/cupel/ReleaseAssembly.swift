import Attesting
import Failing
import Hashing
import Linux
import Listing
import Reading
import Reporting
import Signing

/// Makes the folder of a release from what the build left, and signs it.
struct ReleaseAssembly {
  let tag: String
  /// The folder of `ReleaseBuild`.
  let build: String
  let provenance: Provenance
  /// The first one signs the checksums and the bundles; all sign the statements.
  let keys: [SigningKey]
  let otherKeys: OtherKeys

  /// Fills `folder`, verifies it, and returns the verdict.
  func make(in folder: String) throws -> String {
    let output = ReleaseBuild.Product.output.path(in: build)
    let checked = try CheckedOutput(reading: output)
    let finished = try FinishedBuild(folder: output)
    let statements = try BuildStatements(of: checked, provenance)
    var files = ReleaseFiles(folder)

    let names = finished.artifacts.map(\.name)
    for name in names { try files.take("\(output)/artifacts/\(name)", as: name) }
    for (bill, name) in names.map({ ("artifacts/\($0)", $0) }) + [("merged", "merged")] {
      for ending in ["cdx.json", "spdx.json"] {
        try files.take("\(output)/sbom/\(bill).\(ending)", as: "\(name).\(ending)")
      }
    }
    for name in ["record.json", "plan.json", "cupel.lock"] {
      try files.take("\(output)/\(name)", as: name)
    }
    try files.take(ReleaseBuild.Product.kit.path(in: build), as: "rebuild.kit")

    let key = keys[0].verificationKey
    let minisignKey = MinisignPublicKey(of: keys[0])
    try files.write(key.pem, as: "release.pub")
    if let minisignKey { try files.write(minisignKey.fileBytes, as: "release.minisign.pub") }
    try write(statements, to: &files)
    for name in names {
      let content = try FileSystem.read("\(folder)/\(name)")
      let bundle = try SigstoreBundle(signing: content, with: keys[0])
      try files.write(bundle.jsonBytes + [0x0a], as: "\(name).sigstore.json")
    }
    let extras = try publicKeys(to: &files)

    let page = try page(
      statements, finished, key: key, minisignKey: minisignKey, extras: extras)
    try files.write(Array(page.policy.utf8), as: "policy.toml")
    try files.write(Array(page.text.utf8), as: "RELEASE.md")
    try sign(files.checksums(), minisignKey, in: folder)
    // What was hashed first is what lies there: nothing changed it in between.
    let release = try ReleaseFolder(folder, keys: [key])
    for artifact in checked.artifacts {
      guard release.digest(of: artifact.name) == artifact.digest else {
        throw ReleaseDefect(folder: folder, name: artifact.name, kind: .changed)
      }
    }
    return page.reproducibility.verdict
  }

  private func write(_ statements: BuildStatements, to files: inout ReleaseFiles) throws {
    let type = Statement.payloadType
    var lines: [UInt8] = []
    for statement in statements.all {
      lines +=
        try Envelope(signing: statement.bytes, payloadType: type, with: keys).jsonBytes + [0x0a]
      let bundle = try SigstoreBundle(
        attesting: statement.bytes, payloadType: type, with: keys[0])
      try files.write(bundle.jsonBytes + [0x0a], as: "\(statement.name).sigstore.json")
    }
    try files.write(lines, as: "build.intoto.jsonl")
  }

  /// Public keys of other programs' signatures.
  private func publicKeys(to files: inout ReleaseFiles) throws -> ReleasePage.Extras {
    var extras = ReleasePage.Extras()
    if let key = otherKeys.openPGP?.description {
      try files.write(try OpenPGPSignature.publicKey(of: key), as: "release.gpg")
      extras.openPGPKey = key
    }
    if let sshKey = otherKeys.ssh {
      let line = "release namespaces=\"file\" \(try SSHSignature.publicKey(of: sshKey))\n"
      try files.write(Array(line.utf8), as: "release.signers")
      extras.hasSSH = true
    }
    return extras
  }

  private func page(
    _ statements: BuildStatements, _ finished: FinishedBuild, key: VerificationKey,
    minisignKey: MinisignPublicKey?, extras: ReleasePage.Extras
  ) throws -> ReleasePage {
    var provenance: ProvenanceClaims?
    var reproducibility: ReproducibilityClaims?
    for statement in statements.all {
      switch statement.claims {
      case .provenance(let claims): provenance = claims
      case .reproducibility(let claims): reproducibility = claims
      case .runtimeTrace: break
      }
    }
    func text(_ product: ReleaseBuild.Product) throws -> String {
      String(decoding: try FileSystem.read(product.path(in: build), limit: 1 << 20), as: UTF8.self)
    }
    guard let provenance, let reproducibility,
      let kit = Digest(prefixed: try text(.identity))
    else { preconditionFailure("the build left no statement of its own") }
    return ReleasePage(
      tag: tag, toolVersion: Cupel.version,
      artifacts: finished.artifacts.map {
        .init(
          name: $0.name, size: $0.size, digest: $0.digest, isAuditable: $0.linked != $0.digest)
      }, provenance: provenance, reproducibility: reproducibility, words: try text(.words),
      key: key, minisignKey: minisignKey, kit: kit, extras: extras)
  }

  /// Writes SHA256SUMS and its signatures.
  private func sign(
    _ sums: Checksums, _ minisignKey: MinisignPublicKey?, in folder: String
  ) throws {
    let (bytes, path) = (sums.bytes, "\(folder)/\(ReleaseFolder.sums)")
    try FileSystem.write(bytes, to: path)
    try FileSystem.write(try keys[0].sign(bytes), to: "\(path).sig")
    if let minisignKey {
      // No time: the same release has the same signature.
      let comment =
        "release:\(tag)\tfile:\(ReleaseFolder.sums)\thashed\tsha256:\(Digest.hashing(bytes).hex)"
      let signature = try MinisignSignature(
        signing: bytes, with: keys[0], keyNumber: minisignKey.keyNumber, trustedComment: comment,
        untrustedComment: ReleaseFolder.untrustedComment)
      try FileSystem.write(signature.fileBytes, to: "\(path).minisig")
    }
    if let key = otherKeys.openPGP {
      let signature = try OpenPGPSignature.sign(
        bytes, user: key.description, passphraseFile: nil)
      // As a stranger will, by the key that lies beside it.
      _ = try OpenPGPSignature(signature, file: "\(path).asc").verify(
        bytes, keyring: .load("\(folder)/release.gpg"), signers: [key], file: "\(path).asc")
      try FileSystem.write(signature, to: "\(path).asc")
    }
    if let sshKey = otherKeys.ssh {
      try FileSystem.write(
        SSHSignature.sign(bytes, key: sshKey, namespace: "file"), to: "\(path).sshsig")
    }
  }
}

/// The files of a release while it is made.
struct ReleaseFiles {
  private let folder: String
  private var names: Set<[UInt8]> = []

  init(_ folder: String) {
    self.folder = folder
  }

  /// Moves a file of the same file system here.
  mutating func take(_ path: String, as name: String) throws {
    try add(name)
    try FileSystem.rename(path, to: "\(folder)/\(name)")
  }

  mutating func write(_ bytes: [UInt8], as name: String) throws {
    try add(name)
    try FileSystem.write(bytes, to: "\(folder)/\(name)")
  }

  /// Fails where the names of artifacts are such that no release of them can be made.
  static func check(artifacts: [String]) throws {
    var files = ReleaseFiles("")
    for name in artifacts { try files.reserve(name) }
    for name in own { try files.reserve(name) }
    for name in artifacts {
      for ending in ["cdx.json", "spdx.json", "sigstore.json"] {
        try files.reserve("\(name).\(ending)")
      }
    }
  }

  /// What a release may have beside its artifacts and what goes by their names.
  private static let own =
    ["cdx", "spdx"].map { "merged.\($0).json" }
    + ["provenance", "reproducibility", "runtime-trace"].map { "\($0).sigstore.json" }
    + [
      "RELEASE.md", "build.intoto.jsonl", "cupel.lock", "plan.json", "policy.toml", "rebuild.kit",
      "record.json", "release.gpg", "release.minisign.pub", "release.pub", "release.signers",
    ]

  /// The digests of what lies there now.
  func checksums() throws -> Checksums {
    var entries: [Checksums.Entry] = []
    for name in names {
      let name = String(decoding: name, as: UTF8.self)
      entries.append(
        .init(name: name, digest: try VerifyCommand.artifact("\(folder)/\(name)").digest))
    }
    return Checksums(entries)
  }

  private mutating func add(_ name: String) throws {
    try reserve(name)
    try FileSystem.makeDirectories(FileSystem.split("\(folder)/\(name)").parent)
  }

  private mutating func reserve(_ name: String) throws {
    guard Checksums.isPlain(name), !name.hasPrefix(ReleaseFolder.sums) else {
      throw UsageError(
        "releasing `\(name.printable)`: its name would mislead strangers who verify it",
        hint: "give the artifact a name of letters, digits and -._+=@,")
    }
    guard names.insert(Array(name.utf8)).inserted else {
      throw UsageError(
        "releasing `\(name)`: two files of the release have this name",
        hint: "give the artifact another name")
    }
  }
}
