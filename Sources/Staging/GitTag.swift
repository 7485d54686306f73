import Failing
import Linux

/// A tag of a commit.
public struct GitTag: Sendable, Equatable {
  /// Without `refs/tags/`.
  public let name: String
  /// The tag object's id; nil for a lightweight tag, which is a mere name.
  public let object: String?
  public let signature: TagSignature

  public init(name: String, object: String?, signature: TagSignature) {
    self.name = name
    self.object = object
    self.signature = signature
  }

  /// For example `tag v1.0 (good ssh signature of me@example.org, SHA256:…)`.
  var words: String { "tag \(name.printable) (\(signature.words))" }
}

/// What signed a tag, and whether that holds.
public struct TagSignature: Sendable, Equatable {
  public enum Status: String, Sendable {
    /// There is no signature.
    case none
    case good
    /// The signature is not one of these bytes.
    case bad
    /// No key of the user's is the signer's.
    case unknownKey = "unknown-key"
    /// The key or the signature was no longer valid.
    case expired
    case revoked
    /// The signed tag has another name than the one that points to it: somebody renamed it.
    case otherName = "other-name"
    /// The program that would tell is not there, or cannot.
    case unchecked
  }

  public enum Format: String, Sendable {
    case openpgp, ssh, x509
  }

  public var status: Status
  /// Nil where there is no signature.
  public var format: Format?
  /// The key: 40 hexadecimal digits of an OpenPGP primary key, or ssh-keygen's `SHA256:…`. Where no
  /// key is known it is what the signature says of itself, perhaps shorter.
  public var fingerprint: String?
  /// Whose key it is, as the user's key ring or allowed signers say.
  public var signer: String?

  public init(
    status: Status, format: Format? = nil, fingerprint: String? = nil, signer: String? = nil
  ) {
    self.status = status
    self.format = format
    self.fingerprint = fingerprint
    self.signer = signer
  }

  var words: String {
    let key = (signer.map { " of \($0.printable)" } ?? "") + (fingerprint.map { ", \($0)" } ?? "")
    let format = format?.rawValue ?? ""
    return switch status {
    case .none: "not signed"
    case .good: "good \(format) signature\(key)"
    case .bad: "BAD \(format) signature\(key)"
    case .unknownKey: "\(format) signature by an unknown key\(key)"
    case .expired: "\(format) signature by an expired key\(key)"
    case .revoked: "\(format) signature by a REVOKED key\(key)"
    case .otherName: "\(format) signature of a tag with ANOTHER NAME\(key)"
    case .unchecked: "\(format) signature that was not checked"
    }
  }
}

/// The tags of a repository.
struct GitTags {
  let objects: GitObjects
  /// A folder for the signatures.
  let scratch: String

  /// A commit with more tags has only the first ones looked at.
  private static let limit = 16
  /// Tags of tags.
  private static let depthLimit = 16

  /// Those that point to the commit.
  func tags(of commit: String) throws(StagingError) -> [GitTag] {
    let output = try objects.git.runChecked(
      [
        "for-each-ref", "--points-at=\(commit)", "--format=%(objectname) %(refname)", "refs/tags",
      ], "looking for tags of \(commit)")
    var found: [(name: String, object: String)] = []
    for line in output.split(separator: UInt8(ascii: "\n")) {
      guard let text = String(validating: line, as: UTF8.self),
        let space = text.firstIndex(of: " ")
      else { continue }
      let name = text[text.index(after: space)...].dropFirst("refs/tags/".count)
      found.append((String(name), String(text[..<space])))
    }
    found.sort { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    var tags: [GitTag] = []
    for (name, object) in found.prefix(Self.limit) {
      tags.append(try tag(name, object, of: commit))
    }
    return tags
  }

  /// A tag by its name; `object` is what it points to.
  func tag(_ name: String, _ object: String, of commit: String) throws(StagingError) -> GitTag {
    guard object != commit else {
      return GitTag(name: name, object: nil, signature: TagSignature(status: .none))
    }
    let (peeled, bytes) = try peel(object)
    guard peeled == commit, let bytes else {
      throw .objectsDamaged(
        folder: objects.git.folder, words: "the tag \(name.printable) is not one of \(commit)")
    }
    var signature = try SignatureCheck(git: objects.git, scratch: scratch).run(bytes)
    let signed = GitHeader(bytes)["tag"] ?? ""
    if signature.status == .good, !signed.utf8.elementsEqual(name.utf8) {
      signature.status = .otherName
    }
    return GitTag(name: name, object: object, signature: signature)
  }

  /// What an object leads to that is no tag, and the contents of the first tag on the way.
  func peel(_ object: String) throws(StagingError) -> (id: String, tag: [UInt8]?) {
    var id = object
    var first: [UInt8]?
    for _ in 0..<Self.depthLimit {
      guard try objects.describe([id])[0].kind == .tag else { return (id, first) }
      let bytes = try objects.read([id], as: .tag)[0]
      guard let next = GitHeader(bytes)["object"], GitHeader.isObjectID(next) else { break }
      first = first ?? bytes
      id = next
    }
    throw .objectsDamaged(folder: objects.git.folder, words: "the tag \(object) leads nowhere")
  }
}
