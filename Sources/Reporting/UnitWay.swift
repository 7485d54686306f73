internal import Building
internal import Explaining

/// The units that a picture shows: those on the way from where a difference began to the files for
/// others than rustc, or all where they are few.
struct UnitWay {
  /// Positions of steps, each after those that it reads.
  let shown: [Int]
  /// For each of them, those that it reads, as positions in `shown`. Where what is not shown lies
  /// between two, they are joined too.
  let dependencies: [[Int]]
  /// Whether nothing was left out.
  let isWhole: Bool

  /// Units beyond which only the way is shown, and most of those.
  static let fewest = 24
  static let most = 60

  init(_ blame: Blame) {
    let steps = blame.steps
    let order = Self.sorted(steps)
    if steps.count <= Self.fewest {
      shown = order
      isWhole = true
    } else {
      shown = Self.chosen(blame, order)
      isWhole = false
    }
    var places: [Int: Int] = [:]
    for (place, step) in shown.enumerated() { places[step] = place }
    // What each step reads of the shown ones, directly or through others that are not.
    var seen = [Set<Int>](repeating: [], count: steps.count)
    for step in order {
      for other in steps[step].dependencies {
        if let place = places[other] {
          seen[step].insert(place)
        } else {
          seen[step].formUnion(seen[other])
        }
      }
    }
    dependencies = shown.map { seen[$0].subtracting([places[$0] ?? -1]).sorted() }
  }

  /// Depth first; a ring is cut somewhere.
  private static func sorted(_ steps: [Blame.Step]) -> [Int] {
    var order: [Int] = []
    var isSeen = [Bool](repeating: false, count: steps.count)
    for start in steps.indices where !isSeen[start] {
      isSeen[start] = true
      var path = [(step: start, next: 0)]
      while let (step, next) = path.last {
        guard next < steps[step].dependencies.count else {
          order.append(step)
          path.removeLast()
          continue
        }
        path[path.count - 1].next += 1
        let other = steps[step].dependencies[next]
        if !isSeen[other] {
          isSeen[other] = true
          path.append((other, 0))
        }
      }
    }
    return order
  }

  private static func chosen(_ blame: Blame, _ order: [Int]) -> [Int] {
    let steps = blame.steps
    var beginnings: [Int: Int] = [:]
    for (place, step) in steps.enumerated() {
      if let finding = step.finding { beginnings[finding] = place }
    }
    let starts = blame.beginnings.compactMap { beginnings[$0] }
    var chosen: Set<Int> = []
    func take(_ step: Int) {
      if chosen.count < most { chosen.insert(step) }
    }
    // A fifth each for where it begins and where it ends, so that both are always there.
    for step in starts.prefix(most / 5) { take(step) }
    let ends = order.filter { step in
      steps[step].finding != nil && [.program, .foreignLibrary].contains(steps[step].unit?.kind)
    }
    for step in ends.prefix(most / 5) { take(step) }
    // The shortest ways between them.
    let above = Self.above(steps)
    for start in starts.prefix(most / 5) {
      for step in shortestWays(from: start, to: Set(ends.prefix(most / 5)), above) { take(step) }
    }
    for step in order where steps[step].finding != nil { take(step) }
    return order.filter(chosen.contains)
  }

  private static func above(_ steps: [Blame.Step]) -> [[Int]] {
    var above = [[Int]](repeating: [], count: steps.count)
    for (place, step) in steps.enumerated() {
      for other in step.dependencies { above[other].append(place) }
    }
    return above
  }

  private static func shortestWays(from start: Int, to ends: Set<Int>, _ above: [[Int]]) -> [Int] {
    var previous: [Int: Int] = [start: start]
    var waiting = [start]
    var next = 0
    while next < waiting.count {
      let step = waiting[next]
      next += 1
      for other in above[step] where previous[other] == nil {
        previous[other] = step
        waiting.append(other)
      }
    }
    var passed: [Int] = []
    for end in ends.sorted() where previous[end] != nil {
      var step = end
      while step != start, let before = previous[step] {
        passed.append(step)
        step = before
      }
    }
    return passed
  }
}
