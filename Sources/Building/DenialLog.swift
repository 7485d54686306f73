public import Reading
internal import Sandboxing

/// The calls that were refused in one leg.
public struct LegDenials: Sendable, Equatable {
  /// The same calls of the same unit are one entry; in the order in which they were first tried.
  public var listed: [UnitDenial]
  /// How many attempts are not in the list, because there were too many different ones.
  public var unlisted: Int
  /// Of all attempts, listed or not.
  public var categories: Set<Profile.Category>

  public init(
    listed: [UnitDenial] = [], unlisted: Int = 0, categories: Set<Profile.Category> = []
  ) {
    self.listed = listed
    self.unlisted = unlisted
    self.categories = categories
  }
}

/// Takes denials down, bounded: a program can try without end. One thread feeds it.
public final class DenialLog {
  private var denials = LegDenials()
  /// Most entries of one unit in one category, so that nobody hides another's, and of all.
  private static let mostOfUnit = 64
  private static let most = 2048

  public init() {}

  /// Whether it is the first of its kind; else it is only counted.
  @discardableResult
  public func take(_ new: UnitDenial) -> Bool {
    denials.categories.insert(new.denial.category)
    return add(new, to: &denials)
  }

  /// Everything until now.
  public var all: LegDenials { denials }

  /// Everything until now, each with the unit that its caller is known to belong to by now.
  func all(_ unit: (ProcessTrace) -> Unit) -> LegDenials {
    var final = LegDenials(unlisted: denials.unlisted, categories: denials.categories)
    for entry in denials.listed {
      let unit = unit(entry.denial.caller)
      _ = add(UnitDenial(denial: entry.denial, unit: unit, count: entry.count), to: &final)
    }
    return final
  }

  /// Whether it became an entry of its own.
  private func add(_ new: UnitDenial, to denials: inout LegDenials) -> Bool {
    if let index = denials.listed.firstIndex(where: { $0.isSame(as: new) }) {
      let known = denials.listed[index]
      denials.listed[index] = UnitDenial(
        denial: known.denial, unit: known.unit, count: known.count + new.count)
      return false
    }
    let ofUnit = denials.listed.count {
      $0.unit == new.unit && $0.denial.category == new.denial.category
    }
    guard ofUnit < Self.mostOfUnit, denials.listed.count < Self.most else {
      denials.unlisted += new.count
      return false
    }
    denials.listed.append(new)
    return true
  }
}
