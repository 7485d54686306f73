public import Building
internal import Hashing
public import Planning
internal import Reading

/// What one artifact was really built from: the packages whose units the build ran for it, and what
/// its linker took from elsewhere.
public struct Inventory: Sendable {
  /// A Rust package.
  public struct Crate: Sendable {
    public let package: CargoPackage
    /// What Cargo.lock and its sources say; nil for the standard library's own and where two packages
    /// of the lock share name and version.
    public let input: CrateInput?
    /// Whether its code is in the artifact; otherwise it only took part in the build.
    public let isLinked: Bool
    public let isProcMacro: Bool
    public let hasBuildScript: Bool
    /// Those that are on in what is linked, or where nothing is, in what was built.
    public let features: [String]
    /// Triples, or `host`; in the order of their bytes.
    public let platforms: [String]
    /// Positions of the packages that it uses, ascending.
    public let dependencies: [Int]
    /// Native libraries that its build script asked for, as written.
    public let libraries: [String]

    var url: String {
      PackageURL.cargo(name: package.name, version: package.version, source: input?.source)
    }
  }

  public let artifact: FinishedBuild.Artifact
  /// In the order of their names and versions.
  public let crates: [Crate]
  /// The package that the artifact is a target of.
  public let root: Int
  /// Nil where the build did not look at what linkers do, or recorded none for the artifact.
  public let link: LinkedParts?

  /// - Throws: `ListingError` where the record does not say which unit made the artifact.
  public init(of artifact: FinishedBuild.Artifact, in build: FinishedBuild) throws(ListingError) {
    try self.init(of: artifact, units: build.units, crates: build.crates, links: build.links)
  }

  init(
    of artifact: FinishedBuild.Artifact, units: [RecordedUnit], crates inputs: [CrateInput],
    links: [RecordedLink]?
  ) throws(ListingError) {
    guard !units.isEmpty else { throw .unitsUnknown(task: "listing \(artifact.name)") }
    guard let maker = Self.maker(of: artifact, in: units), units[maker].package != nil else {
      throw .makerUnknown(artifact: artifact.name)
    }
    let roles = Self.roles(from: maker, in: units)
    self.artifact = artifact
    var order: [CargoPackage] = []
    for index in roles.keys { if let package = units[index].package { order.append(package) } }
    order = Set(order).sorted { $0.precedes($1) }
    let places = Dictionary(uniqueKeysWithValues: order.enumerated().map { ($1, $0) })
    var drafts = order.map { Draft(package: $0) }
    for (index, isLinked) in roles {
      let unit = units[index]
      guard let place = unit.package.flatMap({ places[$0] }) else { continue }
      drafts[place].add(unit, isLinked: isLinked)
      for dependency in unit.dependencies {
        if let other = units[dependency].package.flatMap({ places[$0] }), other != place {
          drafts[place].dependencies.insert(other)
        }
      }
    }
    let crates = drafts.map { $0.crate(inputs) }
    self.crates = crates
    root = units[maker].package.flatMap { places[$0] } ?? 0
    let unit = units[maker]
    let outputs = unit.outputs.filter { $0.digest == artifact.linked }.map { Array($0.name.utf8) }
    let link = links?.first { outputs.contains(Array($0.output.utf8)) }
    self.link = link.map { LinkedParts($0, crates: crates, units: units) }
  }

  /// The unit that has the artifact among its outputs: cargo gives it the final name by a hard link.
  private static func maker(of artifact: FinishedBuild.Artifact, in units: [RecordedUnit]) -> Int? {
    let file = artifact.name.split(separator: "/").last ?? ""
    let crate = (file.split(separator: ".").first.map(String.init) ?? "").replacing("-", with: "_")
    let makers = units.indices.filter { index in
      let kind = units[index].kind
      return (kind == .program || kind == .foreignLibrary || kind == .library)
        && units[index].outputs.contains { $0.digest == artifact.linked }
    }
    return makers.first { units[$0].crate == crate || "lib\(units[$0].crate)" == crate }
      ?? makers.first
  }

  /// Units that the artifact is built from, and whether their code is linked into it: what runs
  /// during the build (macros, build scripts and all that these are built from) is not.
  private static func roles(from root: Int, in units: [RecordedUnit]) -> [Int: Bool] {
    var roles: [Int: Bool] = [root: true]
    var waiting = [root]
    while let index = waiting.popLast() {
      let isLinked = roles[index] == true
      for dependency in units[index].dependencies {
        let kind = units[dependency].kind
        let isLinkedToo = isLinked && (kind == .library || kind == .foreignLibrary)
        if let known = roles[dependency], known || !isLinkedToo { continue }
        roles[dependency] = isLinkedToo
        waiting.append(dependency)
      }
    }
    return roles
  }

  private struct Draft {
    let package: CargoPackage
    var isLinked = false
    var isProcMacro = false
    var hasBuildScript = false
    var linkedFeatures: Set<String> = []
    var otherFeatures: Set<String> = []
    var platforms: Set<String> = []
    var dependencies: Set<Int> = []
    var libraries: Set<String> = []

    mutating func add(_ unit: RecordedUnit, isLinked: Bool) {
      if isLinked {
        self.isLinked = true
        linkedFeatures.formUnion(unit.features)
      } else {
        otherFeatures.formUnion(unit.features)
      }
      if unit.kind == .procMacro { isProcMacro = true }
      if unit.kind == .buildScript || unit.kind == .buildScriptRun { hasBuildScript = true }
      if unit.kind != .buildScript && unit.kind != .buildScriptRun {
        platforms.insert(unit.platform ?? "host")
      }
      libraries.formUnion(unit.libraries)
    }

    func crate(_ inputs: [CrateInput]) -> Crate {
      let found = inputs.filter {
        $0.name.utf8.elementsEqual(package.name.utf8)
          && $0.version.utf8.elementsEqual(package.version.utf8)
      }
      return Crate(
        package: package, input: found.count == 1 ? found[0] : nil, isLinked: isLinked,
        isProcMacro: isProcMacro, hasBuildScript: hasBuildScript,
        features: (isLinked ? linkedFeatures : otherFeatures).sortedByBytes,
        platforms: platforms.sortedByBytes, dependencies: dependencies.sorted(),
        libraries: libraries.sortedByBytes)
    }
  }
}

extension CargoPackage {
  /// By the bytes of name, then version.
  fileprivate func precedes(_ other: CargoPackage) -> Bool {
    (Array(name.utf8) + [0] + Array(version.utf8)).lexicographicallyPrecedes(
      Array(other.name.utf8) + [0] + Array(other.version.utf8))
  }
}

extension Collection where Element == String {
  var sortedByBytes: [String] { sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) } }
}
