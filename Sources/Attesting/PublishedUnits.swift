internal import Hashing
public import Reading

/// What each unit of a build gave, as a record or a statement lists it, so that whoever builds it
/// again finds the first that gave something else.
public struct PublishedUnits: Sendable, Equatable {
  /// What tells units apart.
  static let nameKeys = ["package", "version", "kind", "crate", "hash", "platform"]

  struct Unit: Sendable, Equatable {
    /// The members of `nameKeys`, each with a zero byte behind it.
    let identity: [UInt8]
    let words: String
    /// Nil where it is no package's.
    let package: CrateName?
    let kind: String
    /// As rustc calls it.
    let crate: String
    /// Positions of units before or after it.
    let dependencies: [Int]
    let outputs: Digest
  }

  let units: [Unit]
  /// Whether none was left out.
  let isComplete: Bool

  /// Reads the member `units` of a record; nil where it has none.
  public init?(record: JSON) throws(Malformation) {
    let record = try Members(record, path: "record")
    guard let units = try record.optionalMember("units") else { return nil }
    try self.init(units)
  }

  init(_ members: Members) throws(Malformation) {
    isComplete = try members.count("unlisted") == 0
    let list = try members.members("list")
    var units: [Unit] = []
    for unit in list { units.append(try Self.unit(unit, count: list.count)) }
    self.units = units
  }

  private static func unit(_ unit: Members, count: Int) throws(Malformation) -> Unit {
    var identity: [UInt8] = []
    for key in nameKeys { identity += Array((try unit.optionalString(key) ?? "").utf8) + [0] }
    var dependencies: [Int] = []
    for item in try unit.array("dependencies") {
      guard let index = item.integerValue.flatMap({ Int(exactly: $0) }),
        (0..<count).contains(index)
      else { throw unit.bad("dependencies", "positions in the list") }
      dependencies.append(index)
    }
    let package = try unit.optionalString("package").map { name throws(Malformation) in
      CrateName(name, try unit.optionalString("version") ?? "")
    }
    let kind = try unit.string("kind")
    let crate = try unit.string("crate")
    return Unit(
      identity: identity, words: "\(package?.words ?? crate) (\(kind) \(crate))",
      package: package, kind: kind, crate: crate, dependencies: dependencies,
      outputs: try unit.digest("outputsDigest"))
  }

  /// The units of `rebuilt` that gave something else though all that they read is as published, or
  /// that were not published; where there are none of those, all that differ. None where all agree.
  public func beginnings(of rebuilt: PublishedUnits) -> [String] {
    var published: [[UInt8]: Digest] = [:]
    for unit in units { published[unit.identity] = unit.outputs }
    let differs = rebuilt.units.map { published[$0.identity] != $0.outputs }
    let roots = rebuilt.units.indices.filter { index in
      differs[index] && !rebuilt.units[index].dependencies.contains { differs[$0] }
    }
    let named = roots.isEmpty ? rebuilt.units.indices.filter { differs[$0] } : roots
    let made = Set(rebuilt.units.map(\.identity))
    let missing = units.filter { !made.contains($0.identity) }
    return named.map { rebuilt.units[$0].words } + missing.map { "\($0.words), which is missing" }
  }
}
