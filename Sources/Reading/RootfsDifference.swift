internal import Hashing

/// What differs between two cupel.lock files, in packages, releases and layers and not in lines.
public struct RootfsDifference: Sendable {
  public enum Kind: String, Sendable {
    case added
    case removed
    /// Another version of a package.
    case changed
    /// One version, two files: somebody rebuilt it, or changed the lock.
    case digestChanged = "digest-changed"
    /// The same file, found in another suite.
    case moved
    case releaseAdded = "release-added"
    case releaseRemoved = "release-removed"
    case newer
    /// A state of the archive from before the one that was known.
    case older
    /// One date, two states of the archive.
    case forked
    /// None of the keys that vouched for the suite does so any more.
    case signersChanged = "signers-changed"
    /// The old lock says who vouches for its packages, the new one does not.
    case chainLost = "chain-lost"
    case chainGained = "chain-gained"
    case image
    /// One manifest, which names its layers by digest, and others: somebody changed the lock.
    case layersChanged = "layers-changed"
    case recipe
    case architecture
    case tree
    /// Another tree of the same packages or image and the same recipe.
    case treeChanged = "tree-changed"

    /// Whether it is nothing that an update of the environment does by itself.
    public var isAlarm: Bool {
      switch self {
      case .digestChanged, .older, .forked, .signersChanged, .chainLost, .layersChanged,
        .treeChanged:
        true
      default: false
      }
    }
  }

  public struct Change: Sendable, Equatable {
    public let kind: Kind
    /// What it is that changed: a package, a suite; empty for what there is one of.
    public let name: String
    public let old: String?
    public let new: String?
  }

  /// Of the lock as a whole first, then releases, then packages by name.
  public let changes: [Change]

  public var isAlarming: Bool { changes.contains(where: \.kind.isAlarm) }

  public init(from old: Lock, to new: Lock) {
    let inner = Self.releases(old, new) + Self.packages(old, new)
    var changes: [Change] = []
    func compare(_ kind: Kind, _ a: String?, _ b: String?) {
      if a != b { changes.append(Change(kind: kind, name: "", old: a, new: b)) }
    }
    compare(.recipe, "\(old.recipe.digest)", "\(new.recipe.digest)")
    compare(.architecture, old.architecture, new.architecture)
    compare(
      .image, old.image.map { "\($0.manifest)" }, new.image.map { "\($0.manifest)" })
    if let a = old.image, let b = new.image, a.manifest == b.manifest {
      let words = { (image: Lock.Image) in image.layers.map { "\($0)" }.joined(separator: " ") }
      compare(.layersChanged, words(a), words(b))
    }
    let hasSameContents =
      changes.isEmpty
      && Set(old.packages.map(\.sha256))
        == Set(new.packages.map(\.sha256))
    if let a = old.rootfs, let b = new.rootfs {
      compare(hasSameContents ? .treeChanged : .tree, "\(a)", "\(b)")
    } else {
      compare(.tree, old.rootfs.map { "\($0)" }, new.rootfs.map { "\($0)" })
    }
    self.changes = changes + inner
  }

  private static func releases(_ old: Lock, _ new: Lock) -> [Change] {
    var changes: [Change] = []
    func add(_ kind: Kind, _ name: String, _ a: String?, _ b: String?) {
      changes.append(Change(kind: kind, name: name, old: a, new: b))
    }
    if old.releases.isEmpty, !new.releases.isEmpty { add(.chainGained, "", nil, nil) }
    if !old.releases.isEmpty, new.releases.isEmpty, new.image == nil {
      add(.chainLost, "", nil, nil)
    }
    for release in old.releases where !new.releases.contains(where: { $0.suite == release.suite }) {
      add(.releaseRemoved, release.suite, release.date.text, nil)
    }
    for release in new.releases {
      guard let known = old.releases.first(where: { $0.suite == release.suite }) else {
        add(.releaseAdded, release.suite, nil, release.date.text)
        continue
      }
      if release.date > known.date {
        add(.newer, release.suite, known.date.text, release.date.text)
      } else if release.date < known.date {
        add(.older, release.suite, known.date.text, release.date.text)
      } else if release.isFork(of: known) {
        add(.forked, release.suite, "\(known.sha256)", "\(release.sha256)")
      }
      if Set(release.signers).isDisjoint(with: known.signers) {
        add(
          .signersChanged, release.suite, known.signers.joined(separator: " "),
          release.signers.joined(separator: " "))
      }
    }
    return changes
  }

  private static func packages(_ old: Lock, _ new: Lock) -> [Change] {
    var pairs: [[UInt8]: (old: Lock.Package?, new: Lock.Package?)] = [:]
    for package in old.packages { pairs[key(package), default: (nil, nil)].old = package }
    for package in new.packages { pairs[key(package), default: (nil, nil)].new = package }
    var changes: [Change] = []
    for (_, pair) in pairs.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      let name = pair.new?.name ?? pair.old?.name ?? ""
      func add(_ kind: Kind, _ a: String?, _ b: String?) {
        changes.append(Change(kind: kind, name: name, old: a, new: b))
      }
      switch pair {
      case (let old?, nil): add(.removed, old.version, nil)
      case (nil, let new?): add(.added, nil, new.version)
      case (let old?, let new?):
        if old.version != new.version {
          add(.changed, old.version, new.version)
        } else if old.sha256 != new.sha256 || old.size != new.size {
          add(.digestChanged, "\(old.sha256)", "\(new.sha256)")
        } else if old.suite != new.suite {
          add(.moved, old.suite, new.suite)
        }
      case (nil, nil): break
      }
    }
    return changes
  }

  private static func key(_ package: Lock.Package) -> [UInt8] {
    Array("\(package.name):\(package.architecture)".utf8)
  }
}
