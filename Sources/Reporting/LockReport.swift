internal import Hashing
public import Reading
public import Staging

/// The difference of two locks, for people and for machines.
public struct LockReport: Sendable {
  private let difference: LockDifference
  /// What of each change's packages is known, old and new.
  private let traits: [(old: CrateTraits?, new: CrateTraits?)]

  /// Looks the changed crates up in `source`.
  public init(
    _ difference: LockDifference, source: CrateTraits.Source
  ) throws(StagingError) {
    self.difference = difference
    var traits: [(old: CrateTraits?, new: CrateTraits?)] = []
    for change in difference.changes {
      traits.append(
        (
          try change.old.flatMap { (package) throws(StagingError) in
            try source.traits(of: package)
          },
          try change.new.flatMap { (package) throws(StagingError) in
            try source.traits(of: package)
          }
        ))
    }
    self.traits = traits
  }

  /// What a change brings in that runs at build time or is no Rust: `build-script`, `proc-macro`,
  /// `native`, `unknown`.
  private func news(_ index: Int) -> [String] {
    let change = difference.changes[index]
    guard let package = change.new else { return [] }
    let (old, new) = traits[index]
    var news: [String] = []
    if let new {
      if new.hasBuildScript, old?.hasBuildScript != true { news.append("build-script") }
      if new.isProcMacro, old?.isProcMacro != true { news.append("proc-macro") }
    }
    let isNative = package.name.hasSuffix("-sys") || new?.links != nil
    if isNative, change.old == nil || old.map({ $0.links == nil && new?.links != nil }) == true {
      news.append("native")
    }
    if new == nil, package.source != .path { news.append("unknown") }
    return news
  }

  private static func words(_ news: String) -> String {
    switch news {
    case "build-script": "runs a build script"
    case "proc-macro": "is a procedural macro, which runs in the compiler"
    case "native": "brings in a native library"
    default: "is not at hand: whether it runs code at build time is unknown"
    }
  }

  public var words: String {
    var lines: [String] = []
    for (index, change) in difference.changes.enumerated() {
      lines.append((change.isAlarm ? "ALARM " : "      ") + Self.line(change))
      lines += Self.details(change).map { "          \($0)" }
      let wasKnown = change.old == nil || traits[index].old != nil
      for item in news(index) {
        let isNew = item != "unknown" && wasKnown
        lines.append("      \(isNew ? "new" : "   ") \(Self.words(item))")
      }
    }
    let count = difference.changes.count
    let alarms = difference.changes.count(where: \.isAlarm)
    lines.append(
      "\(count) \(count == 1 ? "difference" : "differences"), \(alarms) alarming")
    return lines.map { $0 + "\n" }.joined()
  }

  private static func line(_ change: LockDifference.Change) -> String {
    let package = change.new ?? change.old
    let name = package?.name ?? ""
    let old = change.old?.version ?? ""
    let new = change.new?.version ?? ""
    switch change {
    case .added: return "added       \(name) \(new)"
    case .removed: return "removed     \(name) \(old)"
    case .upgraded: return "upgraded    \(name) \(old) -> \(new)"
    case .downgraded: return "downgraded  \(name) \(old) -> \(new)"
    case .checksumChanged: return "\(name) \(new) has another checksum under the same version"
    case .checksumRemoved: return "\(name) \(new) has lost its checksum"
    case .checksumAdded: return "\(name) \(new) has gained a checksum"
    case .sourceChanged:
      return "\(name) \(old == new ? new : "\(old) -> \(new)") comes from another source"
    case .commitChanged: return "\(name) \(new) is another commit"
    }
  }

  private static func details(_ change: LockDifference.Change) -> [String] {
    func shown(_ text: String?) -> String { text ?? "nothing" }
    switch change {
    case .checksumChanged(let old, let new), .checksumRemoved(let old, let new),
      .checksumAdded(let old, let new):
      return [
        "old \(shown(old.checksum?.description))", "new \(shown(new.checksum?.description))",
      ]
    case .sourceChanged(let old, let new), .commitChanged(let old, let new):
      return ["old \(old.sourceText ?? "a path")", "new \(new.sourceText ?? "a path")"]
    case .added, .removed, .upgraded, .downgraded: return []
    }
  }

  /// Documented in docs/inputs.md.
  public var json: JSON {
    .object([
      ("schema", "cupel-lock-diff/1"),
      ("alarming", .bool(difference.isAlarming)),
      (
        "changes",
        .array(
          difference.changes.indices.map { index in
            let change = difference.changes[index]
            return .object([
              ("change", .string(change.word)), ("alarm", .bool(change.isAlarm)),
              ("name", .string((change.new ?? change.old)?.name ?? "")),
              ("old", Self.json(change.old)), ("new", Self.json(change.new)),
              ("brings", .array(news(index).map { .string($0) })),
            ])
          })
      ),
    ])
  }

  private static func json(_ package: CargoLock.Package?) -> JSON {
    guard let package else { return .null }
    return .object([
      ("version", .string(package.version)),
      ("source", package.sourceText.map { .string($0) } ?? .null),
      ("checksum", package.checksum.map { .string($0.description) } ?? .null),
    ])
  }
}
