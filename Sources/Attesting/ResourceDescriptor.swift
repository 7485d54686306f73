internal import Hashing
public import Reading

/// A thing named by what it is (in-toto attestation, spec/v1/resource_descriptor.md).
public struct ResourceDescriptor: Sendable, Equatable {
  /// A digest and what it was computed with.
  public struct NamedDigest: Sendable, Equatable {
    public let algorithm: String
    public let value: String

    public init(_ algorithm: String, _ value: String) {
      self.algorithm = algorithm
      self.value = value
    }
  }

  /// SHA-256 of a `Directory` message of the Remote Execution API (docs/store.md), in hexadecimal:
  /// the name of a tree, which is no file that could be hashed.
  public static let treeAlgorithm = "cupelTree"

  public var name: String?
  public var uri: String?
  public var digests: [NamedDigest]
  /// Values of any kind.
  public var annotations: JSON.Object

  public init(
    name: String? = nil, uri: String? = nil, digests: [NamedDigest] = [],
    annotations: [(String, JSON)] = []
  ) {
    self.name = name
    self.uri = uri
    self.digests = digests
    self.annotations = JSON.Object()
    for (key, value) in annotations { self.annotations[key] = value }
  }

  public func digest(_ algorithm: String) -> String? {
    digests.first { $0.algorithm.isExactly(algorithm) }?.value
  }

  public var json: JSON {
    var members: [(String, JSON)] = []
    if let name { members.append(("name", .string(name))) }
    if let uri { members.append(("uri", .string(uri))) }
    if !digests.isEmpty { members.append(("digest", digestsJSON)) }
    if !annotations.members.isEmpty { members.append(("annotations", .object(annotations))) }
    return .object(members)
  }

  var digestsJSON: JSON { .object(digests.map { ($0.algorithm, .string($0.value)) }) }

  /// Reads one that says at least a URI or a digest.
  init(_ members: Members) throws(Malformation) {
    try members.only(["name", "uri", "digest", "annotations", "mediaType", "downloadLocation"])
    name = try members.optionalString("name")
    uri = try members.optionalString("uri")
    digests = []
    if let given = try members.optionalMember("digest") {
      for member in given.object.members {
        let value = try given.string(member.key)
        digests.append(NamedDigest(member.key, value))
      }
    }
    annotations = try members.optionalMember("annotations")?.object ?? JSON.Object()
    guard uri != nil || !digests.isEmpty else {
      throw Malformation(path: members.path, kind: .wrong(expected: "given a uri or a digest"))
    }
  }

  /// Whether both can be the same thing: the same name and URI, one algorithm in common, and none
  /// that says otherwise.
  public func agrees(with other: ResourceDescriptor) -> Bool {
    func same(_ a: String?, _ b: String?) -> Bool {
      switch (a, b) {
      case (let a?, let b?): a.isExactly(b)
      case (nil, nil): true
      default: false
      }
    }
    guard same(name, other.name), same(uri, other.uri) else { return false }
    if digests.isEmpty && other.digests.isEmpty { return true }
    let common = digests.filter { other.digest($0.algorithm) != nil }
    return !common.isEmpty
      && common.allSatisfy { same($0.value, other.digest($0.algorithm)) }
  }
}
