/// Which refused attempts make a build a failure, by the kind of what was tried.
public struct DenialPolicy: Sendable, Equatable {
  public var failing: Set<Profile.Category>

  public init(failing: Set<Profile.Category>) {
    self.failing = failing
  }

  /// From `none`, `all` or names of categories; nil for anything else, and for nothing.
  public init?(names: [String]) {
    switch names {
    case ["none"]: failing = []
    case ["all"]: failing = Set(Profile.Category.allCases)
    default:
      let categories = names.compactMap(Profile.Category.init(rawValue:))
      guard !categories.isEmpty, categories.count == names.count else { return nil }
      failing = Set(categories)
    }
  }

  /// What a build that says nothing of it gets: it has no business with a network.
  public static let network = DenialPolicy(failing: [.network])
  public static let none = DenialPolicy(failing: [])

  public static let expectation =
    "it must be none, all, or some of "
    + Profile.Category.allCases.map(\.rawValue).joined(separator: ", ")
}
