import Reading

/// The `[source]` tables of all configuration files as cargo merges them: key by key, the nearest
/// file first.
struct SourceReplacement {
  /// Where the packages of one source of Cargo.lock are found.
  struct Place: Equatable {
    enum Kind: Equatable {
      case directory
      case localRegistry
    }

    let kind: Kind
    /// Absolute.
    let path: String
    /// The source that has this place, by its name in the configuration.
    let name: String
    /// The configuration file that names the path.
    let file: String
  }

  private struct Source {
    let name: String
    var location: CargoConfig.Source.Location?
    /// The file and folder that the location was read from.
    var locationFile: Configuration.File?
    var replaceWith: String?
    var replaceFile: String
    var position: Position
  }

  private var sources: [Source] = []
  /// One of `[registries]`.
  struct Registry {
    let name: String
    let index: String
    /// Whether only a file says so that the build does not see.
    let isOutside: Bool
    let file: String
    let position: Position
  }

  /// By name, each as the nearest file has it.
  private(set) var registries: [Registry] = []

  init(_ configuration: Configuration) {
    for (number, file) in configuration.all.enumerated() {
      for source in file.config.sources {
        let known = sources.firstIndex { $0.name.utf8.elementsEqual(source.name.utf8) }
        let index = known ?? sources.count
        if known == nil {
          sources.append(
            Source(
              name: source.name, location: nil, locationFile: nil, replaceWith: nil,
              replaceFile: file.config.file, position: source.position))
        }
        if sources[index].location == nil, let location = source.location {
          sources[index].location = location
          sources[index].locationFile = file
        }
        if sources[index].replaceWith == nil, let next = source.replaceWith {
          sources[index].replaceWith = next
          sources[index].replaceFile = file.config.file
          sources[index].position = source.position
        }
      }
      for entry in file.config.registries?.entries ?? [] {
        guard let index = entry.item.table?["index"]?.string,
          !registries.contains(where: { $0.name.utf8.elementsEqual(entry.key.utf8) })
        else { continue }
        registries.append(
          Registry(
            name: entry.key, index: index, isOutside: number >= configuration.staged.count,
            file: file.config.file, position: entry.position))
      }
    }
  }

  /// The name under which a source of Cargo.lock is configured; where it is not, the name under
  /// which it can be.
  func name(of source: CargoLock.Source) -> String {
    switch source {
    case .path: return "path"
    case .registry(let index), .sparse(let index):
      if CargoLock.cratesIO.contains(index) { return "crates-io" }
      for known in sources {
        if case .registry(let url)? = known.location, CargoLock.isSame(url, index) {
          return known.name
        }
      }
      return registry(of: index)?.name ?? index
    case .git(let url, let reference, _):
      for known in sources where known.location == .git(url: url, reference: reference) {
        return known.name
      }
      // The name that `cargo vendor` gives to it.
      return "git+\(url)" + (Self.key(reference).map { "?\($0.name)=\($0.value)" } ?? "")
    }
  }

  /// The registry of `[registries]` with this index.
  private func registry(of index: String) -> Registry? {
    registries.first { CargoLock.isSame($0.index, index) }
  }

  /// The registry of a source of Cargo.lock, where only a file names it that the build does not see.
  func outsideRegistry(of source: CargoLock.Source) -> Registry? {
    switch source {
    case .registry(let index), .sparse(let index):
      guard let registry = registry(of: index), registry.isOutside else { return nil }
      return registry
    case .path, .git: return nil
    }
  }

  /// Where a source of Cargo.lock leads to on disk; nil when it needs the network.
  func place(of source: CargoLock.Source) throws(StagingError) -> Place? {
    try place(named: name(of: source))
  }

  private func place(named name: String) throws(StagingError) -> Place? {
    var chain = [name]
    while true {
      let current = chain[chain.count - 1]
      let found = sources.first { $0.name.utf8.elementsEqual(current.utf8) }
      guard let found else {
        guard chain.count > 1, current != "crates-io",
          !registries.contains(where: { $0.name.utf8.elementsEqual(current.utf8) }),
          let previous = sources.first(where: {
            $0.name.utf8.elementsEqual(chain[chain.count - 2].utf8)
          })
        else { return nil }
        throw broken(chain, previous, "is not defined")
      }
      guard let next = found.replaceWith else { return Self.place(found) }
      guard !chain.contains(where: { $0.utf8.elementsEqual(next.utf8) }) else {
        throw broken(chain + [next], found, "leads in a circle")
      }
      chain.append(next)
    }
  }

  private func broken(_ chain: [String], _ source: Source, _ reason: String) -> StagingError {
    .reading(
      ReadingError(
        file: source.replaceFile, position: source.position,
        fact: .brokenChain(chain, reason: reason)))
  }

  private static func place(_ source: Source) -> Place? {
    guard let file = source.locationFile else { return nil }
    switch source.location {
    case .directory(let path):
      return Place(
        kind: .directory, path: LexicalPath.join(file.folder, path), name: source.name,
        file: file.config.file)
    case .localRegistry(let path):
      return Place(
        kind: .localRegistry, path: LexicalPath.join(file.folder, path), name: source.name,
        file: file.config.file)
    case .registry, .git, nil: return nil
    }
  }

  // MARK: Settings

  /// Values for `cargo --config` that define the source anew, whatever the project's files say, and
  /// replace it with `replacement`.
  ///
  /// Checked with cargo 1.65 and 1.95: dotted keys may have quoted segments, a value given twice is
  /// no error, and `--config` wins over every file.
  func settings(for source: CargoLock.Source, replacement: String) -> [String] {
    let name = name(of: source)
    if name.utf8.elementsEqual(replacement.utf8) { return [] }
    var settings: [String] = []
    switch source {
    case .path: return []
    case .registry(let index), .sparse(let index):
      if name != "crates-io" {
        settings.append(Self.setting(name, "registry", index))
        // A manifest may call the registry by a name that only a file outside the source explains.
        if let registry = outsideRegistry(of: source) {
          settings.append(
            "registries.\(Self.segment(registry.name)).index=\(Self.quoted(index))")
        }
      }
    case .git(let url, let reference, _):
      settings.append(Self.setting(name, "git", url))
      if let key = Self.key(reference) { settings.append(Self.setting(name, key.name, key.value)) }
    }
    settings.append(Self.setting(name, "replace-with", replacement))
    return settings
  }

  static func setting(_ source: String, _ key: String, _ value: String) -> String {
    "source.\(segment(source)).\(key)=\(quoted(value))"
  }

  private static func key(
    _ reference: CargoLock.GitReference
  ) -> (name: String, value: String)? {
    switch reference {
    case .defaultBranch: nil
    case .branch(let name): ("branch", name)
    case .tag(let name): ("tag", name)
    case .revision(let name): ("rev", name)
    }
  }

  /// A bare key where TOML allows one (TOML 1.0, "Keys").
  private static func segment(_ name: String) -> String {
    let isBare = name.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
        true
      default: false
      }
    }
    return isBare && !name.isEmpty ? name : quoted(name)
  }

  /// JSON's strings are basic strings of TOML too.
  private static func quoted(_ text: String) -> String {
    String(decoding: JSON.string(text).compactBytes(), as: UTF8.self)
  }
}

extension SourceReplacement {
  /// What a cargo that is to fetch crates has to know of the configuration, as a file: where
  /// registries are, and what replaces what. Nothing else, above all no program, variable, flag or
  /// certificate that a project may name.
  ///
  /// - Parameter lacking: names of folders and local registries that do not hold what is wanted, and
  ///   are left out.
  /// - Returns: the file, and the folders of the host that it speaks of with their places.
  /// - Throws: for a chain that leads nowhere, and for a password in a URL.
  func fetchConfiguration(
    lacking: Set<String>
  ) throws(StagingError) -> (text: String, folders: [(source: String, target: String)]) {
    var lines: [String] = []
    var folders: [(source: String, target: String)] = []
    func given(_ path: String, of source: Source) -> String {
      let target = "/build/given/\(folders.count)"
      folders.append((LexicalPath.join(source.locationFile?.folder ?? "/", path), target))
      return target
    }
    for source in sources where !lacking.contains(source.name) {
      lines.append("[source.\(Self.segment(source.name))]")
      switch source.location {
      case .registry(let url):
        try Self.refuseCredentials(url, source.replaceFile, source.position)
        lines.append("registry = \(Self.quoted(url))")
      case .git(let url, let reference):
        try Self.refuseCredentials(url, source.replaceFile, source.position)
        lines.append("git = \(Self.quoted(url))")
        if let key = Self.key(reference) { lines.append("\(key.name) = \(Self.quoted(key.value))") }
      case .directory(let path):
        lines.append("directory = \(Self.quoted(given(path, of: source)))")
      case .localRegistry(let path):
        lines.append("local-registry = \(Self.quoted(given(path, of: source)))")
      case nil: break
      }
      if let next = source.replaceWith {
        let place = try place(named: source.name)
        if !lacking.contains(place?.name ?? "") {
          lines.append("replace-with = \(Self.quoted(next))")
        }
      }
    }
    for registry in registries {
      try Self.refuseCredentials(registry.index, registry.file, registry.position)
      lines.append("[registries.\(Self.segment(registry.name))]")
      lines.append("index = \(Self.quoted(registry.index))")
    }
    return (lines.map { $0 + "\n" }.joined(), folders)
  }

  /// URLs of all registries.
  var indexes: [String] {
    sources.compactMap { source in
      if case .registry(let url)? = source.location { url } else { nil }
    } + registries.map(\.index)
  }

  private static func refuseCredentials(
    _ url: String, _ file: String, _ position: Position
  ) throws(StagingError) {
    guard URLCredentials.areIn(url) else { return }
    throw .reading(
      ReadingError(
        file: file, position: position,
        fact: .credentialsInURL(URLCredentials.removed(from: url))))
  }
}
