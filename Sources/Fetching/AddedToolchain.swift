public import Hashing
public import Reading

/// A toolchain that was put into the store under a name, and what is known of where it came from.
public struct AddedToolchain: Sendable, Equatable {
  /// What it was made of.
  public enum Origin: String, Sendable, CaseIterable {
    /// Standalone installers, each with its signature.
    case installers
    /// A signed channel manifest, which names the archives by digest.
    case channel
    /// A folder that rustup or an installer left.
    case folder
  }

  public struct File: Sendable, Equatable {
    public let name: String
    public let sha256: Digest
    /// In bytes.
    public let size: Int64

    public init(name: String, sha256: Digest, size: Int64) {
      self.name = name
      self.sha256 = sha256
      self.size = size
    }
  }

  /// The triple of this machine.
  public static var thisHost: String { ComponentChoice.thisHost }

  /// What a lock says of it; its digest is never nil.
  public let pin: Lock.Toolchain
  public let origin: Origin
  /// The channel manifest.
  public let manifest: File?
  public let archives: [File]
  /// The components that were asked for, by the names that people use.
  public let requested: [String]
  /// The triple of the machine that it is for.
  public let host: String
  /// Whether the store has the archives and signatures too, so that they can be checked again.
  public let isKept: Bool

  public init(
    pin: Lock.Toolchain, origin: Origin, manifest: File? = nil, archives: [File] = [],
    requested: [String] = [], host: String, isKept: Bool = false
  ) {
    self.pin = pin
    self.origin = origin
    self.manifest = manifest
    self.archives = archives
    self.requested = requested
    self.host = host
    self.isKept = isKept
  }
}

extension AddedToolchain {
  /// Documented in docs/toolchains.md.
  public var json: JSON {
    .object([
      ("name", .string(pin.name)),
      ("digest", .string(pin.digest?.description ?? "")),
      ("version", .string(pin.version)),
      ("components", .array(pin.components.map { .string($0) })),
      ("trust", .string(pin.trust.rawValue)),
      ("signer", pin.signer.map { .string($0.description) } ?? .null),
      ("origin", .string(origin.rawValue)),
      ("manifest", manifest?.json ?? .null),
      ("archives", .array(archives.map(\.json))),
      ("requested", .array(requested.map { .string($0) })),
      ("host", .string(host)),
      ("kept", .bool(isKept)),
    ])
  }

  /// Reads what `json` says; nil for anything else.
  init?(_ json: JSON) {
    func strings(_ key: String) -> [String]? {
      guard let items = json[key]?.arrayValue else { return nil }
      let texts = items.compactMap(\.stringValue)
      return texts.count == items.count && texts.allSatisfy(Lock.Toolchain.isWord) ? texts : nil
    }
    guard let name = json["name"]?.stringValue, Lock.Toolchain.isName(name),
      let digest = json["digest"]?.stringValue.flatMap({ Digest(prefixed: $0) }),
      let version = json["version"]?.stringValue, Lock.Toolchain.isWord(version),
      let components = strings("components"), let requested = strings("requested"),
      let trust = json["trust"]?.stringValue.flatMap({ ToolchainTrust(rawValue: $0) }),
      let origin = json["origin"]?.stringValue.flatMap({ Origin(rawValue: $0) }),
      let host = json["host"]?.stringValue, Lock.Toolchain.isWord(host),
      let isKept = json["kept"]?.boolValue, let items = json["archives"]?.arrayValue
    else { return nil }
    let signer = json["signer"]?.stringValue.flatMap { KeyFingerprint($0) }
    let archives = items.compactMap { File($0) }
    let manifest = json["manifest"].flatMap { File($0) }
    guard (signer != nil) == (trust == .signed), archives.count == items.count,
      (manifest != nil) == (origin == .channel), trust != .aptSigned
    else { return nil }
    self.init(
      pin: Lock.Toolchain(
        name: name, digest: digest, version: version, components: components, trust: trust,
        signer: signer),
      origin: origin, manifest: manifest, archives: archives, requested: requested, host: host,
      isKept: isKept)
  }
}

extension AddedToolchain.File {
  fileprivate var json: JSON {
    .object([
      ("name", .string(name)), ("sha256", .string(sha256.hex)), ("size", .integer(size)),
    ])
  }

  fileprivate init?(_ json: JSON) {
    guard let name = json["name"]?.stringValue, InstalledPath.components(name)?.count == 1,
      let sha256 = json["sha256"]?.stringValue.flatMap({ Digest(hex: $0) }),
      let size = json["size"]?.integerValue
    else { return nil }
    self.init(name: name, sha256: sha256, size: size)
  }
}
