/// Places for the nodes of a graph without rings, in columns by depth, and ways for its edges
/// (Sugiyama's method: columns, bends for long edges, few crossings, short edges).
struct GraphLayout {
  struct Point: Equatable {
    var x: Double
    var y: Double
  }

  /// From one node to another that reads it.
  struct Edge: Hashable {
    let from: Int
    let to: Int
  }

  static let nodeWidth = 176.0
  static let nodeHeight = 48.0
  private static let columnGap = 40.0
  private static let nodeGap = 18.0
  /// What a long edge takes in a column that it passes.
  private static let bendHeight = 6.0

  /// The upper left corner of each node.
  private(set) var places: [Point] = []
  /// Edges that do not follow from others, each with the points it passes, ends included.
  private(set) var ways: [(edge: Edge, points: [Point])] = []
  private(set) var width = 0.0
  private(set) var height = 0.0

  /// Nodes first, then bends.
  private var columns: [Int] = []
  private var items: [[Int]] = []
  private var before: [[Int]] = []
  private var after: [[Int]] = []
  /// Their middles.
  private var middles: [Double] = []
  private let count: Int

  /// `dependencies` has, for each node, those that it reads. What would close a ring is left out.
  init(_ dependencies: [[Int]]) {
    count = dependencies.count
    let edges = Self.reduced(Self.acyclic(dependencies))
    columns = Self.depths(edges, count)
    let chains = bend(edges)
    order()
    place()
    draw(chains)
  }

  // MARK: Edges

  /// Each node's dependencies among those that come before it in some order.
  private static func acyclic(_ dependencies: [[Int]]) -> [[Int]] {
    var kept = [[Int]](repeating: [], count: dependencies.count)
    var state = [Int](repeating: 0, count: dependencies.count)
    for start in dependencies.indices where state[start] == 0 {
      var path = [(node: start, next: 0)]
      state[start] = 1
      while let (node, next) = path.last {
        guard next < dependencies[node].count else {
          state[node] = 2
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let other = dependencies[node][next]
        if state[other] == 1 { continue }
        kept[node].append(other)
        if state[other] == 0 {
          state[other] = 1
          path.append((other, 0))
        }
      }
    }
    return kept
  }

  /// Without the edges that follow from others.
  private static func reduced(_ dependencies: [[Int]]) -> [Edge] {
    var below = [Set<Int>?](repeating: nil, count: dependencies.count)
    func reach(_ node: Int) -> Set<Int> {
      if let known = below[node] { return known }
      var all: Set<Int> = []
      for other in dependencies[node] { all.formUnion(reach(other).union([other])) }
      below[node] = all
      return all
    }
    var edges: [Edge] = []
    for node in dependencies.indices {
      let direct = Set(dependencies[node])
      for other in direct.sorted()
      where !direct.contains(where: { $0 != other && reach($0).contains(other) }) {
        edges.append(Edge(from: other, to: node))
      }
    }
    return edges
  }

  /// The longest way to each node.
  private static func depths(_ edges: [Edge], _ count: Int) -> [Int] {
    var depths = [Int](repeating: 0, count: count)
    for _ in 0..<count {
      var hasChanged = false
      for edge in edges where depths[edge.to] < depths[edge.from] + 1 {
        depths[edge.to] = depths[edge.from] + 1
        hasChanged = true
      }
      if !hasChanged { break }
    }
    return depths
  }

  /// Gives long edges a bend in each column between; returns what each edge passes.
  private mutating func bend(_ edges: [Edge]) -> [(Edge, [Int])] {
    var chains: [(Edge, [Int])] = []
    for edge in edges {
      var chain = [edge.from]
      var column = columns[edge.from] + 1
      while column < columns[edge.to] {
        chain.append(columns.count)
        columns.append(column)
        column += 1
      }
      chains.append((edge, chain + [edge.to]))
    }
    before = [[Int]](repeating: [], count: columns.count)
    after = before
    for (_, chain) in chains {
      for (a, b) in zip(chain, chain.dropFirst()) {
        before[b].append(a)
        after[a].append(b)
      }
    }
    items = [[Int]](repeating: [], count: (columns.max() ?? -1) + 1)
    for item in columns.indices { items[columns[item]].append(item) }
    return chains
  }

  // MARK: Order

  /// Sorts each column by where the neighbours stand, forth and back a few times.
  private mutating func order() {
    for round in 0..<8 {
      var positions = [Double](repeating: 0, count: columns.count)
      for column in items {
        for (place, item) in column.enumerated() {
          positions[item] = (Double(place) + 0.5) / Double(column.count)
        }
      }
      let isForth = round % 2 == 0
      for column in isForth ? Array(items.indices) : items.indices.reversed() {
        var keys: [Int: Double] = [:]
        for item in items[column] {
          let near = isForth ? before[item] : after[item]
          keys[item] =
            near.isEmpty
            ? positions[item] : near.reduce(0) { $0 + positions[$1] } / Double(near.count)
        }
        items[column] = items[column].enumerated().sorted {
          let (a, b) = (keys[$0.element] ?? 0, keys[$1.element] ?? 0)
          return a == b ? $0.offset < $1.offset : a < b
        }.map(\.element)
        for (place, item) in items[column].enumerated() {
          positions[item] = (Double(place) + 0.5) / Double(items[column].count)
        }
      }
    }
  }

  // MARK: Places

  private func size(_ item: Int) -> Double { item < count ? Self.nodeHeight : Self.bendHeight }

  /// The least distance of the middles of two neighbours in a column.
  private func distance(_ a: Int, _ b: Int) -> Double { (size(a) + size(b)) / 2 + Self.nodeGap }

  private mutating func place() {
    middles = [Double](repeating: 0, count: columns.count)
    for column in items {
      for (item, next) in zip(column, column.dropFirst()) {
        middles[next] = middles[item] + distance(item, next)
      }
      let middle =
        ((column.first.map { middles[$0] } ?? 0) + (column.last.map { middles[$0] } ?? 0)) / 2
      for item in column { middles[item] -= middle }
    }
    for round in 0..<12 {
      let isForth = round % 2 == 0
      for column in isForth ? Array(items.indices) : items.indices.reversed() {
        settle(items[column], isForth ? before : after)
      }
    }
    let top = columns.indices.map { middles[$0] - size($0) / 2 }.min() ?? 0
    for item in middles.indices { middles[item] -= top }
    places = (0..<count).map {
      Point(
        x: Double(columns[$0]) * (Self.nodeWidth + Self.columnGap),
        y: middles[$0] - Self.nodeHeight / 2)
    }
    width = Double(items.count) * (Self.nodeWidth + Self.columnGap) - Self.columnGap
    height = columns.indices.map { middles[$0] + size($0) / 2 }.max() ?? 0
  }

  /// Moves each item towards its neighbours as far as the column lets it.
  private mutating func settle(_ column: [Int], _ neighbours: [[Int]]) {
    var wanted: [Int: Double] = [:]
    for item in column {
      let near = neighbours[item]
      wanted[item] =
        near.isEmpty ? middles[item] : near.reduce(0) { $0 + middles[$1] } / Double(near.count)
    }
    var low: [Double] = []
    for (index, item) in column.enumerated() {
      let least = index == 0 ? -Double.infinity : low[index - 1] + distance(column[index - 1], item)
      low.append(max(wanted[item] ?? 0, least))
    }
    var high = low
    for index in column.indices.reversed() {
      let most =
        index == column.count - 1
        ? Double.infinity : high[index + 1] - distance(column[index], column[index + 1])
      high[index] = min(wanted[column[index]] ?? 0, most)
    }
    // Both keep the distances, and so does what lies half-way.
    for (index, item) in column.enumerated() { middles[item] = (low[index] + high[index]) / 2 }
  }

  private mutating func draw(_ chains: [(Edge, [Int])]) {
    for (edge, chain) in chains {
      var points: [Point] = []
      for (index, item) in chain.enumerated() {
        let left = Double(columns[item]) * (Self.nodeWidth + Self.columnGap)
        if index > 0 { points.append(Point(x: left, y: middles[item])) }
        if index < chain.count - 1 {
          points.append(Point(x: left + Self.nodeWidth, y: middles[item]))
        }
      }
      ways.append((edge, points))
    }
  }
}
