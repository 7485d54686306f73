import Linux
import Reading

/// Where the packages of one or all suites are.
struct Mirror: Equatable {
  /// Nil for every suite.
  let suite: String?
  private let base: String
  /// What stands behind the date of a snapshot; nil for a mirror of the present.
  private let afterDate: String?

  private static let datePlace = "{date}"

  /// Reads `URI` or `SUITE=URI`; `{date}` in the URI stands for a snapshot's name.
  init(_ text: String) throws(FetchingError) {
    let isWord = { (byte: UInt8) in byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "\"") }
    guard text.utf8.allSatisfy(isWord), let colon = text.firstIndex(of: ":") else {
      throw .badMirror(text)
    }
    let uri: Substring
    if let equals = text[..<colon].firstIndex(of: "=") {
      suite = String(text[..<equals])
      uri = text[text.index(after: equals)...]
    } else {
      suite = nil
      uri = text[...]
    }
    guard let place = uri.firstRange(of: Self.datePlace) else {
      base = Self.normalised(uri)
      afterDate = nil
      return
    }
    let rest = uri[place.upperBound...]
    guard uri[..<place.lowerBound].hasSuffix("/"), rest.isEmpty || rest.hasPrefix("/"),
      !rest.contains(Self.datePlace)
    else { throw .badMirror(text) }
    base = String(uri[..<place.lowerBound])
    afterDate = Self.normalised(rest)
  }

  init(suite: String, base: String) {
    self.suite = suite
    self.base = Self.normalised(base[...])
    afterDate = nil
  }

  var isForSnapshots: Bool { afterDate != nil }

  private static func normalised(_ uri: Substring) -> String {
    uri.hasSuffix("/") ? String(uri) : "\(uri)/"
  }

  /// The base URI for `wanted`; nil when this mirror is for another suite, or for snapshots and there
  /// is no date.
  ///
  /// Debian's security archive is apart from the main one, by custom beside it under the same name
  /// with `-security` at the end.
  func base(for wanted: String, at snapshot: UTCTime? = nil) -> String? {
    guard let afterDate else { return archive(of: wanted) }
    guard let snapshot, let archive = archive(of: wanted) else { return nil }
    return archive + snapshot.snapshotName + afterDate
  }

  private func archive(of wanted: String) -> String? {
    if let suite { return suite == wanted ? base : nil }
    guard wanted.hasSuffix("-security"), base.hasSuffix("/debian/") else { return base }
    return "\(base.dropLast())-security/"
  }
}

/// For each suite, the base URIs to try in turn.
struct Mirrors {
  let bases: [(suite: String, uris: [String])]
  /// Whether they are those of this machine's apt.
  let areConfigured: Bool

  /// From the settings: `given`, else CUPEL_MIRROR (separated by blanks), else the sources that
  /// this machine's apt is configured with. For suites that are wanted as they were at a time of
  /// `snapshots`, CUPEL_SNAPSHOT_MIRROR comes after those.
  init(
    given: [String]?, suites: [String], snapshots: [String: UTCTime] = [:]
  ) throws(FetchingError) {
    let given = given ?? []
    var mirrors = try Self.mirrors(given.isEmpty ? Self.setting("CUPEL_MIRROR") : given)
    let areConfigured = mirrors.isEmpty
    if areConfigured { mirrors = try Self.configured(suites: suites) }
    if !snapshots.isEmpty { mirrors += try Self.mirrors(Self.setting("CUPEL_SNAPSHOT_MIRROR")) }
    try self.init(mirrors, suites: suites, snapshots: snapshots, areConfigured: areConfigured)
  }

  /// Only those that keep the archive as it was at `snapshot`: those of `given` that hold `{date}`,
  /// else those of CUPEL_SNAPSHOT_MIRROR.
  init(given: [String]?, suites: [String], snapshot: UTCTime) throws(FetchingError) {
    var mirrors = try Self.mirrors(given ?? []).filter(\.isForSnapshots)
    if mirrors.isEmpty { mirrors = try Self.mirrors(Self.setting("CUPEL_SNAPSHOT_MIRROR")) }
    for mirror in mirrors where !mirror.isForSnapshots { throw .noDateInMirror }
    if mirrors.isEmpty { throw .noSnapshotMirror(snapshot) }
    var snapshots: [String: UTCTime] = [:]
    for suite in suites { snapshots[suite] = snapshot }
    try self.init(mirrors, suites: suites, snapshots: snapshots)
  }

  private init(
    _ mirrors: [Mirror], suites: [String], snapshots: [String: UTCTime], areConfigured: Bool = false
  ) throws(FetchingError) {
    var bases: [(suite: String, uris: [String])] = []
    for suite in suites {
      let uris = mirrors.compactMap { $0.base(for: suite, at: snapshots[suite]) }
      guard !uris.isEmpty else { throw .noMirror(suite: suite) }
      bases.append((suite, uris))
    }
    self.bases = bases
    self.areConfigured = areConfigured
  }

  private static func mirrors(_ texts: [String]) throws(FetchingError) -> [Mirror] {
    var mirrors: [Mirror] = []
    for text in texts { mirrors.append(try Mirror(text)) }
    return mirrors
  }

  private static func setting(_ name: String) -> [String] {
    Machine.environment(name)?.split(separator: " ").map(String.init) ?? []
  }

  func uris(for suite: String) -> [String] {
    bases.first { $0.suite == suite }?.uris ?? []
  }

  /// What apt on this machine would use: the sources of the very suite, else those of another
  /// Debian release, whose archive holds all of them.
  private static func configured(suites: [String]) throws(FetchingError) -> [Mirror] {
    let format = "$(RELEASE)|$(CODENAME)|$(ORIGIN)|$(REPO_URI)"
    let command = Command(
      ["apt-get", "indextargets", "--format", format, "Created-By: Packages"], timeout: 60)
    let output: String
    do throws(CommandError) {
      output = try command.runChecked().text
    } catch {
      throw .apt(task: "reading the sources of this machine's apt", error)
    }
    let targets = output.split(separator: "\n").map {
      $0.split(separator: "|", maxSplits: 3, omittingEmptySubsequences: false).map(String.init)
    }
    var mirrors: [Mirror] = []
    for suite in suites {
      let isSecurity = suite.hasSuffix("-security")
      var exact: [String] = []
      var alike: [String] = []
      for target in targets where target.count == 4 {
        let (release, codename, origin, uri) = (target[0], target[1], target[2], target[3])
        // Before the first `apt-get update` there is no origin, and apt leaves the name standing.
        let isKnown = origin == "Debian"
        if release == suite || codename == suite, isKnown || origin.isEmpty || origin.first == "$" {
          exact.append(uri)
        } else if isKnown, isSecurity == release.contains("-security") {
          alike.append(uri)
        }
      }
      var seen: Set<String> = []
      for uri in exact.isEmpty ? alike : exact where seen.insert(uri).inserted {
        mirrors.append(Mirror(suite: suite, base: uri))
      }
    }
    return mirrors
  }
}
