import Linux

/// Where the packages of one or all suites are.
struct Mirror: Equatable {
  /// Nil for every suite.
  let suite: String?
  let base: String

  /// Reads `URI` or `SUITE=URI`.
  init(_ text: String) throws(FetchingError) {
    let isWord = { (byte: UInt8) in byte > 0x20 && byte != 0x7f && byte != UInt8(ascii: "\"") }
    guard text.utf8.allSatisfy(isWord), let colon = text.firstIndex(of: ":") else {
      throw .badMirror(text)
    }
    if let equals = text[..<colon].firstIndex(of: "=") {
      suite = String(text[..<equals])
      base = Self.normalised(text[text.index(after: equals)...])
    } else {
      suite = nil
      base = Self.normalised(text[...])
    }
  }

  init(suite: String, base: String) {
    self.suite = suite
    self.base = Self.normalised(base[...])
  }

  private static func normalised(_ uri: Substring) -> String {
    uri.hasSuffix("/") ? String(uri) : "\(uri)/"
  }

  /// The base URI for `wanted`; nil when this mirror is for another suite.
  ///
  /// Debian's security archive is apart from the main one, by custom beside it under the same name
  /// with `-security` at the end.
  func base(for wanted: String) -> String? {
    if let suite { return suite == wanted ? base : nil }
    guard wanted.hasSuffix("-security"), base.hasSuffix("/debian/") else { return base }
    return "\(base.dropLast())-security/"
  }
}

/// For each suite, the base URIs to try in turn.
struct Mirrors {
  let bases: [(suite: String, uris: [String])]

  /// From the settings: `given`, else CUPEL_MIRROR (separated by blanks), else the sources that
  /// this machine's apt is configured with.
  init(given: [String]?, suites: [String]) throws(FetchingError) {
    var texts = given ?? []
    if texts.isEmpty, let setting = Machine.environment("CUPEL_MIRROR") {
      texts = setting.split(separator: " ").map(String.init)
    }
    var mirrors: [Mirror] = []
    for text in texts { mirrors.append(try Mirror(text)) }
    if mirrors.isEmpty { mirrors = try Self.configured(suites: suites) }
    var bases: [(suite: String, uris: [String])] = []
    for suite in suites {
      let uris = mirrors.compactMap { $0.base(for: suite) }
      guard !uris.isEmpty else { throw .noMirror(suite: suite) }
      bases.append((suite, uris))
    }
    self.bases = bases
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
