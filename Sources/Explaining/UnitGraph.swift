internal import Building

/// The units of two legs, those that are the same step of the plan as one node.
struct UnitGraph {
  struct Node {
    let first: RecordedUnit?
    let second: RecordedUnit?
    /// Positions of the nodes that either leg's unit reads; ascending.
    var dependencies: [Int] = []

    var unit: RecordedUnit? { first ?? second }
  }

  private(set) var nodes: [Node] = []
  /// Positions of the nodes, each after its dependencies.
  private(set) var order: [Int] = []

  init(_ first: [RecordedUnit], _ second: [RecordedUnit]) {
    let pairs = Self.pairs(first, second)
    nodes = pairs.map { pair in
      Node(first: pair.0.map { first[$0] }, second: pair.1.map { second[$0] })
    }
    var firstPlaces: [Int: Int] = [:]
    var secondPlaces: [Int: Int] = [:]
    for (place, pair) in pairs.enumerated() {
      if let index = pair.0 { firstPlaces[index] = place }
      if let index = pair.1 { secondPlaces[index] = place }
    }
    for (place, node) in nodes.enumerated() {
      let own =
        (node.first?.dependencies ?? []).compactMap { firstPlaces[$0] }
        + (node.second?.dependencies ?? []).compactMap { secondPlaces[$0] }
      nodes[place].dependencies = Set(own).subtracting([place]).sorted()
    }
    order = sorted()
  }

  /// Units are matched by their whole key; what is left then, by the key without cargo's hash, where
  /// that leaves no choice.
  private static func pairs(
    _ first: [RecordedUnit], _ second: [RecordedUnit]
  ) -> [(Int?, Int?)] {
    var partners = [Int?](repeating: nil, count: first.count)
    var taken = [Bool](repeating: false, count: second.count)
    func match(_ key: (RecordedUnit) -> [UInt8], needsSingle: Bool) {
      var open: [[UInt8]: [Int]] = [:]
      for index in second.indices.reversed() where !taken[index] {
        open[key(second[index]), default: []].append(index)
      }
      var wanting: [[UInt8]: [Int]] = [:]
      for index in first.indices where partners[index] == nil {
        wanting[key(first[index]), default: []].append(index)
      }
      for (key, indices) in wanting {
        var others = open[key] ?? []
        if needsSingle, indices.count != 1 || others.count != 1 { continue }
        for index in indices {
          guard let other = others.popLast() else { break }
          partners[index] = other
          taken[other] = true
        }
      }
    }
    match(\.key, needsSingle: false)
    match({ Self.looseKey($0) }, needsSingle: true)
    return first.indices.map { ($0, partners[$0]) }
      + second.indices.filter { !taken[$0] }.map { (nil, $0) }
  }

  private static func looseKey(_ unit: RecordedUnit) -> [UInt8] {
    [
      unit.package?.description ?? "", unit.kind.rawValue, unit.crate, unit.platform ?? "",
      unit.features.joined(separator: "\0"),
    ].flatMap { Array($0.utf8) + [1] }
  }

  /// Depth first. A list that was not made by the recorder may hold a ring; it is cut somewhere.
  private func sorted() -> [Int] {
    var order: [Int] = []
    var isSeen = [Bool](repeating: false, count: nodes.count)
    for start in nodes.indices where !isSeen[start] {
      isSeen[start] = true
      var path = [(node: start, next: 0)]
      while let (node, next) = path.last {
        guard next < nodes[node].dependencies.count else {
          order.append(node)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let dependency = nodes[node].dependencies[next]
        if !isSeen[dependency] {
          isSeen[dependency] = true
          path.append((dependency, 0))
        }
      }
    }
    return order
  }
}
