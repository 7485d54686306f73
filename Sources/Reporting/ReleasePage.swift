public import Attesting
internal import Failing
public import Hashing
internal import Reading
public import Signing

/// RELEASE.md and policy.toml: what a release is, and how a stranger verifies it. The same facts give
/// the same bytes.
///
/// Names, tag and URIs stand in commands for a shell: they must be plain (`Checksums.isPlain`,
/// `isPlainURI`).
public struct ReleasePage: Sendable {
  public struct Artifact: Sendable {
    public let name: String
    /// In bytes.
    public let size: Int64
    public let digest: Digest
    /// Whether the list of its packages is in it (`.dep-v0`).
    public let isAuditable: Bool

    public init(name: String, size: Int64, digest: Digest, isAuditable: Bool) {
      self.name = name
      self.size = size
      self.digest = digest
      self.isAuditable = isAuditable
    }
  }

  /// What is in the folder beside what always is.
  public struct Extras: Sendable {
    /// Fingerprint of the OpenPGP key that signed SHA256SUMS, if one did.
    public var openPGPKey: String?
    /// Whether an SSH key signed it.
    public var hasSSH = false

    public init() {}
  }

  let tag: String
  let toolVersion: String
  let artifacts: [Artifact]
  let provenance: ProvenanceClaims
  public let reproducibility: ReproducibilityClaims
  /// The verdict in the words of the report.
  let words: String
  /// What signed SHA256SUMS and, first of all keys, the statements.
  let key: VerificationKey
  let minisignKey: MinisignPublicKey?
  /// The kit's identity.
  let kit: Digest
  let extras: Extras

  public init(
    tag: String, toolVersion: String, artifacts: [Artifact], provenance: ProvenanceClaims,
    reproducibility: ReproducibilityClaims, words: String, key: VerificationKey,
    minisignKey: MinisignPublicKey?, kit: Digest, extras: Extras
  ) {
    self.tag = tag
    self.toolVersion = toolVersion
    self.artifacts = artifacts
    self.provenance = provenance
    self.reproducibility = reproducibility
    self.words = words
    self.key = key
    self.minisignKey = minisignKey
    self.kit = kit
    self.extras = extras
  }

  /// Whether a URI can stand in a command and in TOML as it is: of RFC 3986's characters those that
  /// mean nothing to either.
  public static func isPlainURI(_ text: String) -> Bool {
    !text.isEmpty && text.utf8.count <= 1024
      && text.utf8.allSatisfy {
        (0x30...0x39).contains($0) || (0x61...0x7a).contains($0 | 0x20)
          || "-._~:/?#[]@&+,;=%".utf8.contains($0)
      }
  }

  var isIdentical: Bool { reproducibility.verdict == "identical" }

  // MARK: The policy

  /// policy.toml: what the release says of itself, for whoever verifies it to judge.
  public var policy: String {
    var lines = [
      "# What the publisher of \(tag) says that you will find. It is a proposal: keep your own copy, and",
      "# change it to what you require.",
      "schema = 1", "", "[source]",
    ]
    if let uri = provenance.sourceURI { lines.append("uri = \"\(uri)\"") }
    if let commit = provenance.commit { lines.append("commit = \"\(commit)\"") }
    if let tree = provenance.gitTree { lines.append("git-tree = \"\(tree)\"") }
    lines.append("tree = \"\(provenance.tree)\"")
    if let level = provenance.level { lines.append("level = \"\(level.rawValue)\"") }
    lines += [
      "", "[builder]", "ids = [\"\(provenance.builder)\"]", "",
      "[toolchain]", "trust = [\"\(provenance.toolchainTrust.rawValue)\"]", "",
      "[reproducibility]", "verdicts = [\"\(reproducibility.verdict)\"]",
    ]
    let variations = reproducibility.variations.map { "\"\($0)\"" }
    if !variations.isEmpty {
      lines.append("variations = [\n  \(variations.joined(separator: ",\n  ")),\n]")
    }
    if let denials = reproducibility.denials { lines.append("denials = \(denials)") }
    lines += [
      "", "[[key]]",
      "# Compare it with the fingerprint that you have from elsewhere.",
      "fingerprint = \"\(key.fingerprint)\"",
      "", "[summary]",
      "# Put your own names here: they stand in the summary that you sign.",
      "policy = \"urn:cupel:release-policy\"",
      "resource = \"urn:cupel:release:\(tag)\"",
      "verifier = \"urn:cupel:verifier:unnamed\"",
    ]
    return lines.map { "\($0)\n" }.joined()
  }

  // MARK: The page

  /// RELEASE.md.
  public var text: String {
    ([title, verdict, keyWords, stock, cupel, files] as [String]).joined(separator: "\n")
  }

  private var title: String {
    let from = provenance.sourceURI.map { " of \($0)" } ?? ""
    let commit = provenance.commit.map { "commit `\($0)`\(from)" } ?? "a source without a commit"
    let rows = artifacts.map { "| `\($0.name)` | \($0.size) | `\($0.digest.hex)` |\n" }.joined()
    return """
      # \(tag)

      Built by cupel \(toolVersion) from \(commit).

      | artifact | bytes | SHA-256 |
      |---|---|---|
      \(rows)
      """
  }

  private var verdict: String {
    let lines = words.split(separator: "\n", omittingEmptySubsequences: false)
    let quoted = lines.map { $0.isEmpty ? "\n" : "    \(String($0).printableLine)\n" }.joined()
    let meaning: String
    switch reproducibility.verdict {
    case "identical":
      meaning = """
        That is what the publisher's machine found, under these variations and no others. It becomes \
        your own finding when you build it again (below).
        """
    case "identical-latent":
      meaning = """
        **The artifacts came out the same, but not all that they were made from.** The publisher \
        released them all the same.
        """
    case "different":
      meaning = """
        **Two builds of this source gave different artifacts.** The publisher released those of the \
        first one all the same. Do not expect that a rebuild gives these bytes.
        """
    default:
      meaning = """
        **It was built once and compared with nothing.** The publisher released it all the same: \
        nothing is known of whether a rebuild gives these bytes.
        """
    }
    return """
      ## What the builds showed

      \(quoted)
      \(meaning)

      """
  }

  private var keyWords: String {
    var prints = "- SHA-256 of the public key (SubjectPublicKeyInfo): `\(key.fingerprint.hex)`\n"
    if let minisignKey { prints += "- the same key for minisign: `\(minisignKey.text)`\n" }
    if let print = extras.openPGPKey { prints += "- the OpenPGP key: `\(print)`\n" }
    return """
      ## Whose key

      \(prints)
      This page proves nothing by itself, nor does the key beside it: whoever can replace the \
      artifacts can replace them, too. Get the fingerprint from somewhere else, from the project's \
      site, an earlier release or a person, and compare.

      """
  }

  private var files: String {
    var rows = [
      ("SHA256SUMS", "every other file but its own signatures"),
      ("SHA256SUMS.sig", "its signature, \(isEd25519 ? "Ed25519" : "ECDSA P-256 with SHA-256")"),
    ]
    if minisignKey != nil { rows.append(("SHA256SUMS.minisig", "the same for minisign")) }
    if extras.openPGPKey != nil { rows.append(("SHA256SUMS.asc", "the same by OpenPGP")) }
    if extras.hasSSH { rows.append(("SHA256SUMS.sshsig", "the same by SSH")) }
    rows += [
      (
        "build.intoto.jsonl",
        "provenance, reproducibility and runtime trace: in-toto statements, "
          + "each in a DSSE envelope"
      ),
      (
        "provenance.sigstore.json",
        "and `reproducibility…`, `runtime-trace…`: the same as sigstore "
          + "bundles; and one of each artifact"
      ),
      (
        "NAME.cdx.json",
        "and `NAME.spdx.json`: what is in an artifact, as CycloneDX 1.6 and SPDX 2.3;"
          + " `merged…` of all"
      ),
      ("record.json", "all that the builds showed, every unit with its digests"),
      ("plan.json", "all that decided the bytes; plan `\(provenance.plan)`"),
      ("cupel.lock", "the packages of the build's root file system"),
      ("rebuild.kit", "everything that building it again needs; identity `\(kit)`"),
      ("policy.toml", "what to ask of the statements, a proposal"),
      ("release.pub", "the public key, for convenience"),
    ]
    return """
      ## The files

      | file | what |
      |---|---|
      \(rows.map { "| `\($0.0)` | \($0.1) |" }.joined(separator: "\n"))

      """
  }

  var isEd25519: Bool { key.algorithm == .ed25519 }
}
