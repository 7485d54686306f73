public import Reading

/// The difference of two rootfs locks, for people and for machines.
public struct RootfsDifferenceReport: Sendable {
  private let difference: RootfsDifference

  public init(_ difference: RootfsDifference) {
    self.difference = difference
  }

  public var words: String {
    var lines: [String] = []
    for change in difference.changes {
      lines.append((change.kind.isAlarm ? "ALARM " : "      ") + Self.line(change))
      if Self.isLong(change.kind) {
        lines += ["old \(change.old ?? "nothing")", "new \(change.new ?? "nothing")"]
          .map { "          \($0)" }
      }
    }
    let count = difference.changes.count
    let alarms = difference.changes.count(where: \.kind.isAlarm)
    lines.append("\(count) \(count == 1 ? "difference" : "differences"), \(alarms) alarming")
    return lines.map { $0 + "\n" }.joined()
  }

  /// Whether both values are too long for one line.
  private static func isLong(_ kind: RootfsDifference.Kind) -> Bool {
    switch kind {
    case .digestChanged, .forked, .signersChanged, .image, .layersChanged, .recipe, .tree,
      .treeChanged:
      true
    default: false
    }
  }

  private static func line(_ change: RootfsDifference.Change) -> String {
    let (name, old, new) = (change.name, change.old ?? "", change.new ?? "")
    return switch change.kind {
    case .added: "added    \(name) \(new)"
    case .removed: "removed  \(name) \(old)"
    case .changed: "changed  \(name) \(old) -> \(new)"
    case .digestChanged: "\(name) has another digest under the same version"
    case .moved: "moved    \(name) from \(old) to \(new)"
    case .releaseAdded: "the suite \(name), of \(new), is new"
    case .releaseRemoved: "the suite \(name), of \(old), is gone"
    case .newer: "newer    \(name) \(old) -> \(new)"
    case .older: "\(name) is older than it was: \(old) -> \(new)"
    case .forked: "\(name) is of the same date and has other lists of packages"
    case .signersChanged: "\(name) is signed by none of the keys that it was signed by"
    case .chainLost: "the new lock does not say who vouches for its packages, the old one does"
    case .chainGained: "the new lock says who vouches for its packages, the old one does not"
    case .image: "another image"
    case .layersChanged: "other layers of the same manifest"
    case .recipe: "another recipe"
    case .architecture: "another architecture: \(old) -> \(new)"
    case .tree: "another tree"
    case .treeChanged: "another tree of the same contents and recipe"
    }
  }

  /// Documented in docs/recipes.md.
  public var json: JSON {
    .object([
      ("schema", "cupel-rootfs-diff/1"),
      ("alarming", .bool(difference.isAlarming)),
      (
        "changes",
        .array(
          difference.changes.map { change in
            .object([
              ("change", .string(change.kind.rawValue)), ("alarm", .bool(change.kind.isAlarm)),
              ("name", .string(change.name)),
              ("old", change.old.map { .string($0) } ?? .null),
              ("new", change.new.map { .string($0) } ?? .null),
            ])
          })
      ),
    ])
  }
}
