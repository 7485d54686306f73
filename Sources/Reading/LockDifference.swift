/// What differs between two Cargo.lock files, in packages and not in lines.
public struct LockDifference: Sendable {
  public typealias Package = CargoLock.Package

  public enum Change: Sendable {
    case added(Package)
    case removed(Package)
    case upgraded(Package, Package)
    case downgraded(Package, Package)
    /// One version, two archives: somebody republished it, or changed the lock.
    case checksumChanged(Package, Package)
    /// The old lock knows the archive, the new one does not say.
    case checksumRemoved(Package, Package)
    case checksumAdded(Package, Package)
    /// From another registry, another repository, or the other kind of source.
    case sourceChanged(Package, Package)
    /// Another commit of the same repository under the same version.
    case commitChanged(Package, Package)

    public var old: Package? {
      switch self {
      case .added: nil
      case .removed(let package): package
      case .upgraded(let old, _), .downgraded(let old, _), .checksumChanged(let old, _),
        .checksumRemoved(let old, _), .checksumAdded(let old, _), .sourceChanged(let old, _),
        .commitChanged(let old, _):
        old
      }
    }

    public var new: Package? {
      switch self {
      case .removed: nil
      case .added(let package): package
      case .upgraded(_, let new), .downgraded(_, let new), .checksumChanged(_, let new),
        .checksumRemoved(_, let new), .checksumAdded(_, let new), .sourceChanged(_, let new),
        .commitChanged(_, let new):
        new
      }
    }

    /// Whether it is nothing that an update of dependencies does by itself.
    public var isAlarm: Bool {
      switch self {
      case .checksumChanged, .checksumRemoved, .sourceChanged: true
      case .added, .removed, .upgraded, .downgraded, .checksumAdded, .commitChanged: false
      }
    }

    /// For machines (docs/inputs.md).
    public var word: String {
      switch self {
      case .added: "added"
      case .removed: "removed"
      case .upgraded: "upgraded"
      case .downgraded: "downgraded"
      case .checksumChanged: "checksum-changed"
      case .checksumRemoved: "checksum-removed"
      case .checksumAdded: "checksum-added"
      case .sourceChanged: "source-changed"
      case .commitChanged: "commit-changed"
      }
    }
  }

  /// Sorted by package name and version.
  public let changes: [Change]

  public var isAlarming: Bool { changes.contains(where: \.isAlarm) }

  public init(from old: CargoLock, to new: CargoLock) {
    var names: [[UInt8]: (old: [Package], new: [Package])] = [:]
    for package in old.packages {
      names[Array(package.name.utf8), default: ([], [])].old.append(package)
    }
    for package in new.packages {
      names[Array(package.name.utf8), default: ([], [])].new.append(package)
    }
    var changes: [Change] = []
    for (_, packages) in names.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      changes += Self.changes(packages.old, packages.new)
    }
    self.changes = changes
  }

  /// Pairs the packages of one name: equal versions of one place, equal versions, compatible
  /// versions, then what is left.
  private static func changes(_ old: [Package], _ new: [Package]) -> [Change] {
    var old = sorted(old)
    var new = sorted(new)
    var changes: [Change] = []
    func pair(_ fit: (Package, Package) -> Bool) {
      for package in new {
        guard let index = old.lastIndex(where: { fit($0, package) }),
          let place = new.firstIndex(of: package)
        else { continue }
        if let change = change(old.remove(at: index), new.remove(at: place)) {
          changes.append(change)
        }
      }
    }
    pair { $0.version == $1.version && place($0.source) == place($1.source) }
    pair { $0.version == $1.version }
    pair { a, b in
      guard let a = SemanticVersion(a.version), let b = SemanticVersion(b.version) else {
        return false
      }
      return a.isCompatible(with: b)
    }
    pair { _, _ in true }
    changes += old.map { .removed($0) } + new.map { .added($0) }
    return changes
  }

  private static func sorted(_ packages: [Package]) -> [Package] {
    packages.sorted { a, b in
      guard let left = SemanticVersion(a.version), let right = SemanticVersion(b.version),
        left != right
      else { return a.version.utf8.lexicographicallyPrecedes(b.version.utf8) }
      return left < right
    }
  }

  /// Nil for what is the same.
  private static func change(_ old: Package, _ new: Package) -> Change? {
    if place(old.source) != place(new.source) { return .sourceChanged(old, new) }
    guard old.version == new.version else {
      if let a = SemanticVersion(old.version), let b = SemanticVersion(new.version), b < a {
        return .downgraded(old, new)
      }
      return .upgraded(old, new)
    }
    if case .git(_, _, let a) = old.source, case .git(_, _, let b) = new.source, a != b {
      return .commitChanged(old, new)
    }
    switch (old.checksum, new.checksum) {
    case (let a?, let b?): return a == b ? nil : .checksumChanged(old, new)
    case (_?, nil): return .checksumRemoved(old, new)
    case (nil, _?): return .checksumAdded(old, new)
    case (nil, nil): return nil
    }
  }

  /// Where a package comes from, whichever commit and protocol.
  private enum Place: Equatable {
    case path, cratesIO, registry(String), git(String, CargoLock.GitReference)
  }

  private static func place(_ source: CargoLock.Source) -> Place {
    switch source {
    case .path: .path
    case .registry(let index), .sparse(let index):
      CargoLock.cratesIO.contains(index) ? .cratesIO : .registry(index)
    case .git(let url, let reference, _): .git(url, reference)
    }
  }
}
