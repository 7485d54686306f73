internal import Building

/// Judges nodes one after the other, each after its dependencies.
struct UnitJudge {
  private let graph: UnitGraph
  private let legs: (String, String)
  private(set) var findings: [Blame.Finding] = []
  /// Positions of their nodes.
  private(set) var places: [Int] = []
  /// Findings that what lies above a node can see the beginnings of: through the interfaces of
  /// libraries (`libx.rmeta`), which is all that compiling a library reads, and through their code,
  /// which linking reads.
  private var throughInterface: [Set<Int>]
  private var throughCode: [Set<Int>]
  /// The beginnings of a node that differs itself.
  private var own: [Set<Int>]
  /// Nodes of the macros that what lies above a library can run: its own and those that it passes on.
  private var macros: [Set<Int>]
  /// Whether only the code of a node differs, which compiling a library does not read.
  private var differsInCodeOnly: [Bool]

  init(_ graph: UnitGraph, legs: (String, String)) {
    self.graph = graph
    self.legs = legs
    throughInterface = [Set<Int>](repeating: [], count: graph.nodes.count)
    throughCode = throughInterface
    own = throughInterface
    macros = throughInterface
    differsInCodeOnly = [Bool](repeating: false, count: graph.nodes.count)
  }

  mutating func judge(_ place: Int) {
    let node = graph.nodes[place]
    guard let unit = node.unit else { return }
    let above = upstream(node, unit)
    let differences = Self.differences(node)
    if node.first == nil || node.second == nil {
      let leg = node.first == nil ? legs.1 : legs.0
      note(place, Blame.Finding(unit: unit, state: .only(leg: leg)), [findings.count])
    } else if !differences.isEmpty {
      if above.isEmpty {
        let root = Blame.Root(node, differences, macros: macros(of: node))
        let finding = Blame.Finding(unit: unit, state: .root(root), differences: differences)
        note(place, finding, [findings.count])
      } else {
        let roots = above.sorted()
        let finding = Blame.Finding(
          unit: unit, state: .propagated(from: roots), differences: differences)
        note(place, finding, above)
      }
    }
    passOn(place, node, unit, differences)
  }

  private mutating func note(_ place: Int, _ finding: Blame.Finding, _ roots: Set<Int>) {
    own[place] = roots
    findings.append(finding)
    places.append(place)
  }

  private func macros(of node: UnitGraph.Node) -> [CargoPackage] {
    visibleMacros(node).sorted().compactMap { graph.nodes[$0].unit?.package }
  }

  private func visibleMacros(_ node: UnitGraph.Node) -> Set<Int> {
    var visible: Set<Int> = []
    for dependency in node.dependencies {
      switch graph.nodes[dependency].unit?.kind {
      case .procMacro: visible.insert(dependency)
      case .library: visible.formUnion(macros[dependency])
      default: continue
      }
    }
    return Self.bounded(visible)
  }

  // MARK: What is above

  private func upstream(_ node: UnitGraph.Node, _ unit: RecordedUnit) -> Set<Int> {
    var above: Set<Int> = []
    for dependency in node.dependencies {
      above.formUnion(own(dependency, seenBy: unit))
      above.formUnion(unit.links ? throughCode[dependency] : throughInterface[dependency])
    }
    return Self.bounded(above)
  }

  /// A library does not read the code of another.
  private func own(_ dependency: Int, seenBy unit: RecordedUnit) -> Set<Int> {
    unit.kind == .library && differsInCodeOnly[dependency] ? [] : own[dependency]
  }

  private mutating func passOn(
    _ place: Int, _ node: UnitGraph.Node, _ unit: RecordedUnit,
    _ differences: [Blame.OutputDifference]
  ) {
    // What others read is no part of what is read of them.
    guard unit.kind == .library else { return }
    differsInCodeOnly[place] = !differences.isEmpty && !differences.contains(where: \.isInterface)
    var interface = differsInCodeOnly[place] ? [] : own[place]
    var code = own[place]
    for dependency in node.dependencies {
      switch graph.nodes[dependency].unit?.kind {
      case .library:
        interface.formUnion(throughInterface[dependency])
        code.formUnion(throughCode[dependency])
      // Libraries pass macros on (`pub use`), and whoever reads them runs these.
      case .procMacro:
        interface.formUnion(own[dependency])
        code.formUnion(own[dependency])
      default: continue
      }
    }
    macros[place] = visibleMacros(node)
    throughInterface[place] = Self.bounded(interface)
    throughCode[place] = Self.bounded(code)
  }

  private static func bounded(_ roots: Set<Int>) -> Set<Int> {
    roots.count > Blame.rootLimit ? Set(roots.sorted().prefix(Blame.rootLimit)) : roots
  }

  // MARK: Outputs

  static func differences(_ node: UnitGraph.Node) -> [Blame.OutputDifference] {
    guard let first = node.first, let second = node.second else { return [] }
    var others: [[UInt8]: RecordedUnit.Output] = [:]
    for output in second.outputs { others[Array(output.name.utf8)] = output }
    var found: [Blame.OutputDifference] = []
    for output in first.outputs {
      let other = others.removeValue(forKey: Array(output.name.utf8))
      if other?.content != output.content {
        found.append(Blame.OutputDifference(first: output, second: other))
      }
    }
    for output in second.outputs where others[Array(output.name.utf8)] != nil {
      found.append(Blame.OutputDifference(first: nil, second: output))
    }
    return found
  }
}

extension Blame.OutputDifference {
  /// Whether it is what compiling a library reads of another.
  var isInterface: Bool { !name.hasSuffix(".rlib") && !name.hasSuffix(".a") }
}
