internal import Explaining

/// How a unit's state is drawn: by shape as well as by colour.
enum UnitLook: String, CaseIterable {
  case root
  case propagated
  case only
  case same

  init(_ state: Blame.State?) {
    switch state {
    case .root: self = .root
    case .propagated: self = .propagated
    case .only: self = .only
    case nil: self = .same
    }
  }

  var words: String {
    switch self {
    case .root: "differs by itself"
    case .propagated: "differs because of another"
    case .only: "only one leg has it"
    case .same: "the same in both legs"
    }
  }

  /// In a square of 16 by 16.
  func shape(x: Int, y: Int) -> HTML {
    let path =
      switch self {
      // A diamond, an arrow, half a disc, two bars.
      case .root: "M8 1 15 8 8 15 1 8Z"
      case .propagated: "M1 5.5h7V2l7 6-7 6v-3.5H1Z"
      case .only: "M8 1a7 7 0 0 1 0 14Z M8 2.5a5.5 5.5 0 0 0 0 11V15A7 7 0 0 1 8 1Z"
      case .same: "M2 4.5h12v2.5H2Z M2 9h12v2.5H2Z"
      }
    return .tag("path", ["d": path, "transform": "translate(\(x) \(y))"])
  }
}
