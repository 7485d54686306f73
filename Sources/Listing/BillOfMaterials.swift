internal import Building
internal import Failing
internal import Hashing
internal import Planning
internal import Reading

/// What one or several artifacts consist of, before it is written in any format.
public struct BillOfMaterials: Sendable {
  enum Kind: Sendable { case application, library, file }

  enum Relation: String, Sendable {
    case contains
    case dependsOn
    case buildsWith
    case linksStatically
    case linksDynamically
  }

  struct Component: Sendable {
    /// Unique in the document, and the same whoever builds it.
    let reference: String
    let kind: Kind
    let name: String
    let version: String?
    /// Whether it is in an artifact; otherwise it only took part in the build.
    var isLinked: Bool
    var url: String?
    var digest: Digest?
    var license: String?
    /// Where the linker found it, inside the sandbox.
    var locations: Set<String> = []
    /// Names and values; one name may stand several times.
    var properties: Set<Property> = []

    mutating func merge(_ other: Component) {
      isLinked = isLinked || other.isLinked
      locations.formUnion(other.locations)
      properties.formUnion(other.properties)
    }
  }

  struct Property: Hashable, Sendable {
    let name: String
    let value: String
  }

  struct Edge: Hashable, Sendable {
    let from: String
    let relation: Relation
    let to: String
  }

  let subject: Component
  /// In the order of their references.
  let components: [Component]
  let edges: Set<Edge>
  let artifacts: [FinishedBuild.Artifact]
  /// Whether all that went in is listed: the units were known, and the linker's words could be read.
  let isComplete: Bool
  let toolVersion: String
  let plan: Digest
  /// Seconds since 1970.
  let epoch: Int64

  /// Of one artifact.
  public init(of inventory: Inventory, in build: FinishedBuild) {
    var collection = Collection(build)
    let subject = collection.add(inventory)
    self.init(subject, [inventory], collection, build)
  }

  /// Of all artifacts of a build.
  public init(of build: FinishedBuild) throws(ListingError) {
    var inventories: [Inventory] = []
    for artifact in build.artifacts {
      inventories.append(try Inventory(of: artifact, in: build))
    }
    self.init(merging: inventories, in: build)
  }

  /// What is declared and not linked, the other way round, and what is not known, for people.
  public var linkWords: [String] {
    words { property in
      switch property.name {
      case "cupel:declared-not-linked": "declared and not linked: \(property.value)"
      case "cupel:linked-not-declared": "linked and not declared: \(property.value)"
      default: nil
      }
    } + linkGaps
  }

  /// Of which artifacts it is not known what the linker put in, and why, for people.
  public var linkGaps: [String] {
    words { property in
      guard property.name == Self.evidence, property.value.hasPrefix("incomplete") else {
        return nil
      }
      return "what was linked is known incompletely: \(property.value.dropFirst(12))"
    }
  }

  private static let evidence = "cupel:link-evidence"

  private func words(_ shown: (Property) -> String?) -> [String] {
    ([subject] + components).filter { $0.reference.hasPrefix("artifact:") }.flatMap { artifact in
      artifact.properties.compactMap { property in
        shown(property).map { "\(artifact.name): \($0)".printable }
      }.sortedByBytes
    }
  }

  /// Of several artifacts of one build, in which what they share is listed once.
  public init(merging inventories: [Inventory], in build: FinishedBuild) {
    var collection = Collection(build)
    let names = Set(inventories.map { $0.crates[$0.root].package.name }).sortedByBytes
    let subject = Component(
      reference: "build:\(build.plan.hex.prefix(16))", kind: .application,
      name: names.joined(separator: "+"), version: nil, isLinked: true)
    for inventory in inventories {
      let artifact = collection.add(inventory)
      collection.insert(artifact)
      collection.edges.insert(
        Edge(from: subject.reference, relation: .contains, to: artifact.reference))
    }
    self.init(subject, inventories, collection, build)
  }

  private init(
    _ subject: Component, _ inventories: [Inventory], _ collection: Collection,
    _ build: FinishedBuild
  ) {
    self.subject = subject
    components = collection.components.values.sorted {
      $0.reference.utf8.lexicographicallyPrecedes($1.reference.utf8)
    }
    edges = collection.edges
    artifacts = inventories.map(\.artifact)
    isComplete =
      build.isComplete && inventories.allSatisfy { $0.link?.defects.isEmpty == true }
    toolVersion = build.toolVersion
    plan = build.plan
    epoch = build.epoch
  }

  /// Components by their references, and how they hang together.
  private struct Collection {
    let build: FinishedBuild
    var components: [String: Component] = [:]
    var edges: Set<Edge> = []

    init(_ build: FinishedBuild) {
      self.build = build
    }

    mutating func insert(_ component: Component) {
      if components[component.reference] == nil {
        components[component.reference] = component
      } else {
        components[component.reference]?.merge(component)
      }
    }

    /// Adds what the artifact is built from; returns the artifact itself.
    mutating func add(_ inventory: Inventory) -> Component {
      let root = inventory.crates[inventory.root]
      var artifact = Component(
        reference: "artifact:\(inventory.artifact.name)",
        kind: ["bin", "example"].contains(inventory.artifact.kind) ? .application : .library,
        name: inventory.artifact.name, version: root.package.version, isLinked: true,
        url: root.url, digest: inventory.artifact.digest,
        license: root.input?.license)
      artifact.properties = [
        Property(name: "cupel:artifact-kind", value: inventory.artifact.kind),
        Property(name: "cupel:target", value: inventory.artifact.target ?? "host"),
      ]
      for crate in inventory.crates { insert(component(crate)) }
      for crate in inventory.crates {
        for dependency in crate.dependencies {
          let other = inventory.crates[dependency]
          edges.insert(
            Edge(
              from: reference(crate), relation: other.isLinked ? .dependsOn : .buildsWith,
              to: reference(other)))
        }
      }
      edges.insert(
        Edge(from: artifact.reference, relation: .dependsOn, to: reference(root)))
      if let link = inventory.link {
        add(link, to: &artifact, inventory.crates)
      } else {
        let words =
          build.links == nil
          ? "none: the build was not asked for it"
          : "incomplete: the build recorded no link for this artifact"
        artifact.properties.insert(Property(name: BillOfMaterials.evidence, value: words))
      }
      return artifact
    }

    private func reference(_ crate: Inventory.Crate) -> String {
      "crate:\(crate.package.name)@\(crate.package.version)"
    }

    private func component(_ crate: Inventory.Crate) -> Component {
      var component = Component(
        reference: reference(crate), kind: .library, name: crate.package.name,
        version: crate.package.version, isLinked: crate.isLinked,
        url: crate.url, digest: crate.input?.checksum,
        license: crate.input?.license)
      func property(_ name: String, _ value: String) {
        component.properties.insert(Property(name: "cupel:\(name)", value: value))
      }
      for feature in crate.features { property("feature", feature) }
      for platform in crate.platforms { property("platform", platform) }
      if crate.isProcMacro { property("role", "proc-macro") }
      if crate.hasBuildScript { property("role", "build-script") }
      if let input = crate.input { property("source-level", input.level.rawValue) }
      for library in crate.libraries { property("declared-library", library) }
      return component
    }

    private mutating func add(
      _ link: LinkedParts, to artifact: inout Component, _ crates: [Inventory.Crate]
    ) {
      for part in link.parts {
        switch part.owner {
        case .crate(let crate) where part.isRust:
          components[reference(crates[crate])]?.locations.insert(
            String(part.location.prefix { $0 != "(" }))
        case .crate(let crate):
          add(part, below: reference(crates[crate]))
        case .toolchain:
          var library = Component(
            reference: "toolchain:rust-std@\(build.toolchainVersion)", kind: .library,
            name: "rust-std", version: build.toolchainVersion, isLinked: true,
            url: PackageURL.generic(name: "rust-std", version: build.toolchainVersion))
          library.locations = [String(part.location.prefix { $0 != "(" })]
          insert(library)
          edges.insert(
            Edge(from: artifact.reference, relation: .linksStatically, to: library.reference))
        case .system(let package):
          let owner = system(package)
          insert(owner)
          edges.insert(
            Edge(
              from: artifact.reference,
              relation: part.isShared ? .linksDynamically : .linksStatically, to: owner.reference))
          add(part, below: owner.reference)
        case .unknown where part.isRust: break
        case .unknown: add(part, below: artifact.reference)
        }
      }
      if let form = link.form {
        artifact.properties.insert(Property(name: "cupel:linker", value: form.words))
      }
      for defect in link.defects {
        artifact.properties.insert(
          Property(name: BillOfMaterials.evidence, value: "incomplete: \(defect)"))
      }
      for unused in link.declaredNotLinked {
        artifact.properties.insert(
          Property(
            name: "cupel:declared-not-linked", value: "\(unused.library) by \(unused.package)"))
      }
      for name in link.linkedNotDeclared {
        artifact.properties.insert(Property(name: "cupel:linked-not-declared", value: name))
      }
      for name in link.unresolved {
        let reference = "needed:\(name)"
        insert(
          Component(
            reference: reference, kind: .file, name: name, version: nil, isLinked: true))
        edges.insert(
          Edge(from: artifact.reference, relation: .linksDynamically, to: reference))
      }
    }

    private mutating func add(_ part: LinkedParts.Part, below owner: String) {
      let place = Digest.hashing("\(part.location) \(part.digest?.hex ?? "")")
      var file = Component(
        reference: "file:\(place.hex.prefix(16)):\(part.name)", kind: .file, name: part.name,
        version: nil, isLinked: true, digest: part.digest)
      file.locations = [part.location]
      if !part.isShared {
        file.properties = [Property(name: "cupel:linked-bytes", value: "\(part.linked)")]
      }
      insert(file)
      edges.insert(Edge(from: owner, relation: .contains, to: file.reference))
    }

    private func system(_ package: RecordedLink.SystemPackage) -> Component {
      let locked = build.packages.first {
        $0.name.utf8.elementsEqual(package.name.utf8)
          && $0.version.utf8.elementsEqual(package.version.utf8)
      }
      var component = Component(
        reference: "deb:\(package.name)@\(package.version)", kind: .library, name: package.name,
        version: package.version, isLinked: true, digest: locked?.sha256)
      component.url = PackageURL.deb(
        name: package.name, version: package.version,
        architecture: locked?.architecture ?? "all")
      return component
    }
  }
}

extension LinkMap.Form {
  /// The linker's name, for people.
  fileprivate var words: String {
    switch self {
    case .lld: "lld"
    case .bfd: "GNU ld"
    case .gold: "gold"
    case .mold: "mold"
    }
  }
}
