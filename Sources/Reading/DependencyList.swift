internal import Failing

/// The list of packages in the section `.dep-v0` of a program or library: JSON, packed by zlib
/// (cargo-auditable, PARSING.md and the crate auditable-serde).
public struct DependencyList: Sendable, Equatable {
  public struct Package: Sendable, Equatable {
    public var name: String
    public var version: String
    /// `crates.io`, `git`, `local`, `registry`, or another word.
    public var source: String
    /// Whether it only took part in the build.
    public var isBuild: Bool
    /// Positions in the list, ascending.
    public var dependencies: [Int]
    public var isRoot: Bool

    public init(
      name: String, version: String, source: String, isBuild: Bool = false,
      dependencies: [Int] = [], isRoot: Bool = false
    ) {
      self.name = name
      self.version = version
      self.source = source
      self.isBuild = isBuild
      self.dependencies = dependencies
      self.isRoot = isRoot
    }
  }

  public var packages: [Package]
  /// 0: from cargo's metadata, which lists more than was built; 1: procedural macros are build
  /// dependencies; 8: from what cargo really built.
  public var format: Int

  public static let section = ".dep-v0"
  /// As its documentation advises readers.
  public static let sizeLimit = 8 << 20
  private static let packageLimit = 100_000

  public init(packages: [Package], format: Int) {
    self.packages = packages
    self.format = format
  }

  /// Reads the bytes of the section.
  public init(section: [UInt8]) throws(DependencyListError) {
    guard let text = ZlibStream.unpack(section, limit: Self.sizeLimit) else {
      throw DependencyListError(defect: .notUnpacked(limit: Self.sizeLimit))
    }
    let json: JSON
    do throws(ReadingError) {
      json = try JSON(parsing: text, file: Self.section)
    } catch {
      throw DependencyListError(defect: .notJSON(error.message))
    }
    func missing(_ what: String) -> DependencyListError {
      DependencyListError(defect: .missing(what))
    }
    guard let list = json["packages"]?.arrayValue else { throw missing("list of packages") }
    guard list.count <= Self.packageLimit else {
      throw DependencyListError(defect: .tooManyPackages(limit: Self.packageLimit))
    }
    var packages: [Package] = []
    for item in list {
      guard let name = item["name"]?.stringValue, let version = item["version"]?.stringValue,
        let source = item["source"]?.stringValue
      else { throw missing("name, version or source of package number \(packages.count)") }
      var dependencies: [Int] = []
      for index in item["dependencies"]?.arrayValue ?? [] {
        guard let position = index.integerValue, list.indices.contains(Int(position)) else {
          throw DependencyListError(
            defect: .danglingDependency(
              package: name.printable, index: Int(index.integerValue ?? -1)))
        }
        dependencies.append(Int(position))
      }
      packages.append(
        Package(
          name: name, version: version, source: source,
          isBuild: item["kind"]?.stringValue == "build", dependencies: dependencies,
          isRoot: item["root"]?.boolValue == true))
    }
    let roots = packages.count { $0.isRoot }
    guard roots == 1 else { throw DependencyListError(defect: .roots(roots)) }
    if let index = DependencyCycle.member(of: packages.map(\.dependencies)) {
      throw DependencyListError(defect: .cycle(package: packages[index].name.printable))
    }
    self.packages = packages
    format = Int(json["format"]?.integerValue ?? 0)
  }

  /// As the section's JSON has it: what is empty or false is left out.
  public var json: JSON {
    let items = packages.map { package in
      var members: [(String, JSON)] = [
        ("name", .string(package.name)), ("version", .string(package.version)),
        ("source", .string(package.source)),
      ]
      if package.isBuild { members.append(("kind", "build")) }
      if !package.dependencies.isEmpty {
        members.append(("dependencies", .array(package.dependencies.map { .integer(Int64($0)) })))
      }
      if package.isRoot { members.append(("root", true)) }
      return JSON.object(members)
    }
    var members: [(String, JSON)] = [("packages", .array(items))]
    if format != 0 { members.append(("format", .integer(Int64(format)))) }
    return .object(members)
  }

  /// What the section holds: the same bytes for the same list.
  public var sectionBytes: [UInt8] { ZlibStream.pack(json.compactBytes()) }
}

/// A list that breaks the rules; the reader knows whose it is.
public struct DependencyListError: Error, Sendable, Equatable {
  public let defect: DependencyListDefect
}
