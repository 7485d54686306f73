public import Reading
internal import Sandboxing

/// Attempts that a policy takes for failures; there is one at least.
public struct Refusal: Sendable, Equatable {
  /// What kinds of attempts they are.
  public let categories: [Profile.Category]
  /// The same in several legs is one; empty when too many others left no room in the lists.
  public let attempts: [UnitDenial]

  /// Nil when no leg tried what `policy` forbids.
  public init?(_ legs: [Denials], by policy: DenialPolicy) {
    categories = Profile.Category.allCases.filter { category in
      policy.failing.contains(category) && legs.contains { $0.categories.contains(category) }
    }
    guard !categories.isEmpty else { return nil }
    let failing = Set(categories)
    attempts = Denials.merged(legs).mostTelling.filter {
      failing.contains($0.denial.category)
    }
  }

  /// The attempt that tells most, and how many others there were.
  ///
  /// Named is, if there is one, an attempt of a package that cargo's last lines name, else one whose
  /// package is sure.
  public func words(naming lines: [String] = []) -> String {
    let named = attempts.last { attempt in
      attempt.unit.packages.contains { package in
        lines.contains { $0.contains("`\(package.name) v\(package.version)") }
      }
    }
    let sure = attempts.first { $0.unit.evidence == .kernel }
    guard let attempt = named ?? sure ?? attempts.first else {
      let kinds = categories.map(\.rawValue).joined(separator: ", ")
      return "too many attempts were refused to tell whether any was of these kinds: \(kinds)"
    }
    let others = attempts.count - 1
    let more = others == 0 ? "" : ", and \(others) other attempt\(others == 1 ? "" : "s")"
    return attempt.words + more
  }
}
