internal import Failing
public import Hashing

/// A bill of materials (SBOM) as somebody published it, CycloneDX 1.5 to 1.7 or SPDX 2.3, both as
/// JSON: what can be compared with other sources. Members that say nothing of that are passed over.
public struct PublishedBill: Sendable, Equatable {
  public struct Component: Sendable, Equatable {
    /// `bom-ref` or `SPDXID`; nil where it has none.
    public var reference: String?
    public var name: String
    public var version: String?
    /// The package URL.
    public var url: String?
    public var digest: Digest?
    /// Whether it has digests, and none is a SHA-256.
    public var hasWeakDigestsOnly = false
    /// False where it only took part in the build.
    public var isLinked = true
    /// Whether the linker is the evidence for it.
    public var isFromLinker = false
  }

  /// What the bill is about: an artifact, or a build that made several.
  public internal(set) var subject: Component
  /// All others, nested ones too.
  public internal(set) var components: [Component] = []
  /// Positions of those that the subject directly contains or uses, ascending.
  public internal(set) var parts: [Int] = []
  /// Whether it calls itself complete.
  public internal(set) var isComplete = false

  /// Bytes of one file.
  public static let sizeLimit = 64 << 20
  static let componentLimit = 100_000

  public init(parsing bytes: [UInt8], file: String) throws(PublishedBillError) {
    guard bytes.count <= Self.sizeLimit else {
      throw PublishedBillError(.unreadable, "\(file) has more than \(Self.sizeLimit) bytes")
    }
    let json: JSON
    do throws(ReadingError) {
      json = try JSON(parsing: bytes, file: file)
    } catch {
      throw PublishedBillError(.unreadable, error.message)
    }
    let document = JSONFields(json, file: file)
    let isCycloneDX =
      json["bomFormat"] == "CycloneDX"
      && ["1.5", "1.6", "1.7"].contains(json["specVersion"]?.stringValue)
    guard isCycloneDX || json["spdxVersion"] == "SPDX-2.3" else {
      let version = json["specVersion"]?.stringValue ?? json["spdxVersion"]?.stringValue
      throw PublishedBillError(.unknownForm, version.map { "\(file): \($0)" } ?? file)
    }
    let draft: Draft
    do throws(ReadingError) {
      draft = try isCycloneDX ? Draft(cycloneDX: document) : Draft(spdx: document)
    } catch {
      throw PublishedBillError(.malformed, error.message)
    }
    try self.init(draft)
  }

  /// A document's components and how they refer to each other.
  struct Draft {
    var subject: Component
    var components: [Component] = []
    /// From what contains or uses to what is contained or used.
    var edges: [(from: String, to: String)] = []
    /// What can be referred to and is no component.
    var others: [String] = []
    /// References that must be there, whatever they are referred to for.
    var mentioned: [String] = []
    var isComplete = false
  }

  private init(_ draft: Draft) throws(PublishedBillError) {
    guard draft.components.count <= Self.componentLimit else {
      throw PublishedBillError(.malformed, "more than \(Self.componentLimit) components")
    }
    let all = [draft.subject] + draft.components
    var positions: [ExactString: Int] = [:]
    for (position, component) in all.enumerated() {
      if let reference = component.reference,
        positions.updateValue(position, forKey: ExactString(reference)) != nil
      {
        throw PublishedBillError(.twice, reference)
      }
    }
    var uses = [[Int]](repeating: [], count: all.count)
    let others = Set(draft.others.map(ExactString.init))
    for edge in draft.edges {
      let (from, to) = (ExactString(edge.from), ExactString(edge.to))
      guard let start = positions[from] else {
        if others.contains(from) { continue }
        throw PublishedBillError(.dangling, edge.from)
      }
      guard let end = positions[to] else {
        if others.contains(to) { continue }
        throw PublishedBillError(.dangling, edge.to)
      }
      uses[start].append(end)
    }
    for reference in draft.mentioned {
      let key = ExactString(reference)
      if positions[key] == nil, !others.contains(key) {
        throw PublishedBillError(.dangling, reference)
      }
    }
    if let position = DependencyCycle.member(of: uses) {
      throw PublishedBillError(.loop, all[position].reference ?? all[position].name)
    }
    subject = draft.subject
    components = draft.components
    parts = Set(uses[0]).map { $0 - 1 }.sorted()
    isComplete = draft.isComplete
    if let url = repeatedURL { throw PublishedBillError(.twice, url) }
  }

  /// A package URL of two components. Artifacts of one build share that of their crate.
  private var repeatedURL: String? {
    let artifacts = subject.digest == nil ? Set(parts) : []
    var urls: Set<ExactString> = []
    for (position, component) in components.enumerated() where !artifacts.contains(position) {
      if let url = component.url, !urls.insert(ExactString(url)).inserted { return url }
    }
    return nil
  }
}

/// Why a bill of materials cannot be used.
public struct PublishedBillError: Error, Sendable, Equatable {
  public enum Kind: Sendable, Equatable {
    /// Not JSON as it is accepted, or too large.
    case unreadable
    case unknownForm
    /// Not as its form wants it.
    case malformed
    /// Two components are one.
    case twice
    /// Something refers to what is not there.
    case dangling
    /// Something contains or uses itself.
    case loop
  }

  public let kind: Kind
  /// What, and where.
  public let detail: String

  init(_ kind: Kind, _ detail: String) {
    self.kind = kind
    self.detail = detail
  }
}
