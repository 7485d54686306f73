public import Hashing

/// A tree that a kit carries, by what the build uses it for.
public enum KitTree: Sendable, Hashable {
  case source
  /// Counted from 1, in the order of the plan.
  case vendor(Int)
  case toolchain
  case rootfs

  /// More than any plan has.
  static let vendorLimit = 64

  public var name: String {
    switch self {
    case .source: "source"
    case .vendor(let number): "vendor-\(number)"
    case .toolchain: "toolchain"
    case .rootfs: "rootfs"
    }
  }

  init?(name: String) {
    switch name {
    case "source": self = .source
    case "toolchain": self = .toolchain
    case "rootfs": self = .rootfs
    default:
      guard let number = (1...Self.vendorLimit).first(where: { Self.vendor($0).name == name })
      else { return nil }
      self = .vendor(number)
    }
  }
}

/// A member of a kit, by what it is. There are no others (docs/kit.md).
public enum KitPart: Sendable, Hashable {
  /// plan.json, in canonical form.
  case plan
  /// cupel.lock.
  case lock
  /// cupel.toml.
  case manifest
  /// record.json of the published build.
  case record
  /// The text of the sandbox profile, then of the one that it extends; counted from 1.
  case profile(Int)
  /// A crate archive, by its digest.
  case crate(Digest)
  /// A `.deb`, by its digest.
  case package(Digest)
  /// A tree's `Tree` message.
  case tree(KitTree)
  /// What is in the files of a tree and not in those before it, compressed.
  case contents(KitTree)

  /// A profile, and the one that it extends.
  public static let profileLimit = 2

  public var name: String {
    switch self {
    case .plan: "plan.json"
    case .lock: "cupel.lock"
    case .manifest: "cupel.toml"
    case .record: "record.json"
    case .profile(let number): "profile/\(number).toml"
    case .crate(let digest): "crates/\(digest.hex).crate"
    case .package(let digest): "packages/\(digest.hex).deb"
    case .tree(let tree): "trees/\(tree.name)"
    case .contents(let tree): "contents/\(tree.name).zst"
    }
  }

  /// Nil for a name that no member has.
  public init?(name: String) {
    func stem(_ folder: String, _ ending: String) -> String? {
      guard name.hasPrefix(folder), name.hasSuffix(ending) else { return nil }
      return String(name.dropFirst(folder.count).dropLast(ending.count))
    }
    let part: KitPart?
    switch name {
    case "plan.json": part = .plan
    case "cupel.lock": part = .lock
    case "cupel.toml": part = .manifest
    case "record.json": part = .record
    default:
      if let number = stem("profile/", ".toml") {
        part = (1...Self.profileLimit).first { "\($0)" == number }.map { .profile($0) }
      } else if let hex = stem("crates/", ".crate") {
        part = Digest(hex: hex).map { .crate($0) }
      } else if let hex = stem("packages/", ".deb") {
        part = Digest(hex: hex).map { .package($0) }
      } else if let tree = stem("trees/", "") {
        part = KitTree(name: tree).map { .tree($0) }
      } else if let tree = stem("contents/", ".zst") {
        part = KitTree(name: tree).map { .contents($0) }
      } else {
        part = nil
      }
    }
    guard let part, part.name.utf8.elementsEqual(name.utf8) else { return nil }
    self = part
  }

  /// Most bytes that such a member may have. Eight gibibytes are what a header can say.
  public var sizeLimit: Int64 {
    switch self {
    case .manifest, .profile: 1 << 20
    case .plan, .lock: 16 << 20
    case .record, .tree: 64 << 20
    case .crate: 256 << 20
    case .package: 2 << 30
    case .contents: 8 << 30 - 1
    }
  }
}
