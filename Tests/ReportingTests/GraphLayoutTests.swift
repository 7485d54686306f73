import Testing

@testable import Reporting

/// Places of nodes and ways of edges.
@Suite struct GraphLayoutTests {
  private static func overlaps(_ layout: GraphLayout) -> Bool {
    for (index, a) in layout.places.enumerated() {
      for b in layout.places.dropFirst(index + 1) where a.x == b.x {
        if abs(a.y - b.y) < GraphLayout.nodeHeight { return true }
      }
    }
    return false
  }

  @Test func whatIsReadStandsLeft() {
    let dependencies = [[], [0], [0, 1], [2, 0], [2], []]
    let layout = GraphLayout(dependencies)
    for (node, below) in dependencies.enumerated() {
      for other in below { #expect(layout.places[other].x < layout.places[node].x) }
    }
    #expect(!Self.overlaps(layout))
    // 0 to 2 and 0 to 3 follow from what lies between.
    #expect(
      Set(layout.ways.map(\.edge)) == [
        .init(from: 0, to: 1), .init(from: 1, to: 2), .init(from: 2, to: 3), .init(from: 2, to: 4),
      ])
  }

  @Test func nothingAndRingsAreLaidOut() {
    #expect(GraphLayout([]).places.isEmpty)
    let ring = GraphLayout([[2], [0], [1], [3]])
    #expect(ring.places.count == 4)
    #expect(!Self.overlaps(ring))
  }

  @Test func largeGraphsKeepTheirDistances() {
    var state: UInt64 = 3
    let dependencies = (0..<60).map { node -> [Int] in
      (0..<4).compactMap { _ in
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return node == 0 ? nil : Int(state >> 33) % node
      }
    }
    let layout = GraphLayout(dependencies)
    #expect(!Self.overlaps(layout))
    #expect(
      layout.places.allSatisfy { $0.y >= -0.01 && $0.y < layout.height && $0.x < layout.width })
    for way in layout.ways {
      for (a, b) in zip(way.points, way.points.dropFirst()) { #expect(a.x <= b.x) }
    }
  }
}
