/// What is known of a unit beside what it made: here, what rustc and build scripts themselves wrote
/// into the target folder. A hostile build can write there what it likes.
public struct UnitObservation: Sendable, Equatable {
  public struct Variable: Sendable, Equatable {
    public let name: String
    /// Nil when it was not set, or is not known.
    public let value: String?

    public init(name: String, value: String?) {
      self.name = name
      self.value = value
    }
  }

  public let step: Unit.Step
  public let package: CargoPackage?
  /// The crate, or `build-script-build` and the like.
  public let target: String
  public let triple: String?
  /// Absolute paths inside the sandbox, in the order of their bytes.
  public let read: [String]
  public let written: [String]
  /// Variables that were asked for, in the order of their names.
  public let environment: [Variable]
  /// Whether lists were cut.
  public let isTruncated: Bool

  /// Most entries of a list.
  static let longestList = 8192

  init(
    step: Unit.Step, package: CargoPackage?, target: String, triple: String?, read: [String],
    written: [String], environment: [Variable], isTruncated: Bool = false
  ) {
    func sorted(_ paths: [String]) -> [String] {
      var unique: [[UInt8]: String] = [:]
      for path in paths { unique[Array(path.utf8)] = path }
      return unique.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    }
    let lists = [sorted(read), sorted(written)]
    let variables = environment.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    self.step = step
    self.package = package
    self.target = target
    self.triple = triple
    self.read = Array(lists[0].prefix(Self.longestList))
    self.written = Array(lists[1].prefix(Self.longestList))
    self.environment = Array(variables.prefix(Self.longestList))
    self.isTruncated =
      isTruncated || lists.contains { $0.count > Self.longestList }
      || variables.count > Self.longestList
  }

  /// What stands first in the order of observations.
  var key: [UInt8] {
    [package?.description ?? "", step.rawValue, target, triple ?? "", written.first ?? ""]
      .flatMap { Array($0.utf8) + [0] }
  }
}
