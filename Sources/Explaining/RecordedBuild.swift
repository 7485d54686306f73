public import Building
internal import Hashing
internal import Linux
public import Planning
internal import Reading

/// A finished build of which the record and the plan are left.
public struct RecordedBuild: Sendable {
  /// The path of the record.
  public let file: String
  public let plan: Plan
  /// The same with leg A alone.
  public let once: Plan
  /// Leg A's units; nil where the record knows none.
  public let units: UnitRecord?
  /// The leg that was compared with leg A; leg A itself where there was none. Its values are those of
  /// variations that are tried again.
  public let variedLeg: Plan.Leg
  /// Keys of the units at which a difference began.
  private let beginnings: Set<[UInt8]>

  /// - Parameter path: a record, beside which its plan stands, or the folder of both.
  /// - Throws: where the two do not belong together, or another cupel planned.
  public init(_ path: String) throws(RecordedBuildError) {
    let isFolder = FileSystem.isDirectory(path)
    let folder = isFolder ? path : FileSystem.split(path).parent
    let file = isFolder ? "\(path)/record.json" : path
    let planFile = "\(folder.isEmpty ? "." : folder)/plan.json"
    let (record, planBytes) = (try Self.read(file), try Self.read(planFile))
    do {
      let json = try JSON(parsing: record, file: file, role: .input)
      let published = try PublishedRecord(json, file: file)
      let recorded = try RecordedPlan(parsing: planBytes, file: planFile)
      guard Digest.hashing(try recorded.json.canonicalBytes()) == published.plan else {
        throw RecordedBuildError.foreignPlan(record: file, plan: planFile)
      }
      plan = try recorded.plan(file: planFile)
      once = try recorded.plan(file: planFile, isOnce: true)
      if let difference = recorded.firstDifference(from: plan) {
        throw RecordedBuildError.plannedOtherwise(
          plan: planFile, ingredient: difference.ingredient, recorded: difference.recorded,
          made: difference.made)
      }
      let list = json["units"]
      units =
        list == nil || list?.isNull == true
        ? nil : try list.map { try UnitRecord(recorded: $0, file: file) }
      let blame = json["blame"]
      let name = blame?["legs"]?[1]?.stringValue
      variedLeg =
        plan.legs.dropFirst().first { $0.name == name } ?? plan.legs.dropFirst().first
        ?? plan.legs[0]
      beginnings = Self.beginnings(blame)
    } catch let error as RecordedBuildError {
      throw error
    } catch let error as ReadingError {
      throw .reading(error)
    } catch let error as PlanningError {
      throw .planning(plan: planFile, error)
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
    self.file = file
  }

  private static func read(_ file: String) throws(RecordedBuildError) -> [UInt8] {
    do throws(SystemError) {
      return try FileSystem.read(file, limit: RecordComparison.sizeLimit)
    } catch {
      throw .system(path: file, error)
    }
  }

  private static func beginnings(_ blame: JSON?) -> Set<[UInt8]> {
    let findings = blame?["findings"]?.arrayValue ?? []
    var keys: Set<[UInt8]> = []
    for position in blame?["beginnings"]?.arrayValue ?? [] {
      guard let index = position.integerValue.flatMap({ Int(exactly: $0) }),
        findings.indices.contains(index), let unit = findings[index]["unit"]
      else { continue }
      let names = ["package", "version", "kind", "crate", "platform", "hash"]
      keys.insert(names.flatMap { Array((unit[$0]?.stringValue ?? "").utf8) + [0] })
    }
    return keys
  }

  /// The unit that a name means: its package's, with the version or without, its crate's, the words of
  /// reports, or its hash. Of several, the only one at which a difference began.
  public func unit(named name: String) throws(RecordedBuildError) -> RecordedUnit {
    guard let units = units?.units else { throw .noUnits(record: file) }
    let found = units.filter { $0.isCalled(name) }
    if found.count == 1 { return found[0] }
    let began = found.filter { beginnings.contains($0.key) }
    if began.count == 1 { return began[0] }
    let choice = (began.isEmpty ? found.isEmpty ? units : found : began).map { unit in
      units.count { $0.words == unit.words } == 1 ? unit.words : unit.hash
    }
    throw found.isEmpty
      ? .noSuchUnit(name, record: file, choice: choice)
      : .severalUnits(name, record: file, choice: choice)
  }
}

extension RecordedUnit {
  /// Whether a user can mean it by this.
  func isCalled(_ name: String) -> Bool {
    var names = [crate, words, hash]
    if let package {
      names += [package.name, package.description, "\(package.name)@\(package.version)"]
    }
    return names.contains { $0.utf8.elementsEqual(name.utf8) }
  }
}
