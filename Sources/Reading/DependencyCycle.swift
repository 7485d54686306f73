/// Looks for a cycle in lists of positions, in time that grows with their number.
enum DependencyCycle {
  /// A position that lies on a cycle or leads to one: what is left when those without unlisted
  /// dependencies are taken away again and again.
  static func member(of dependencies: [[Int]]) -> Int? {
    var waiting = dependencies.map { Set($0).count }
    var users = [[Int]](repeating: [], count: dependencies.count)
    for (index, others) in dependencies.enumerated() {
      for other in Set(others) { users[other].append(index) }
    }
    var ready = waiting.indices.filter { waiting[$0] == 0 }
    var done = 0
    while let next = ready.popLast() {
      done += 1
      for user in users[next] {
        waiting[user] -= 1
        if waiting[user] == 0 { ready.append(user) }
      }
    }
    return done == dependencies.count ? nil : waiting.firstIndex { $0 > 0 }
  }
}
