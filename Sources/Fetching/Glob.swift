/// A pattern for absolute paths: `*` and `?` stop at slashes, `**` crosses them, everything else
/// stands for itself. A pattern that matches a folder covers what is in it.
struct Glob: Sendable {
  private enum Piece {
    case byte(UInt8)
    case one
    case run
    case deepRun
  }

  private let pieces: [Piece]

  init(_ pattern: String) {
    var pieces: [Piece] = []
    for byte in pattern.utf8 {
      switch (byte, pieces.last) {
      case (UInt8(ascii: "*"), .run?): pieces[pieces.count - 1] = .deepRun
      case (UInt8(ascii: "*"), .deepRun?): break
      case (UInt8(ascii: "*"), _): pieces.append(.run)
      case (UInt8(ascii: "?"), _): pieces.append(.one)
      default: pieces.append(.byte(byte))
      }
    }
    self.pieces = pieces
  }

  /// Whether the pattern matches `path` or a folder above it.
  func covers(_ path: String) -> Bool {
    // The states of a nondeterministic automaton, so no pattern takes more than linear time.
    var states = closure([0])
    for byte in path.utf8 {
      if byte == UInt8(ascii: "/"), states.contains(pieces.count) { return true }
      states = step(states, byte)
      if states.isEmpty { return false }
    }
    return states.contains(pieces.count)
  }

  private func step(_ states: [Int], _ byte: UInt8) -> [Int] {
    var next: [Int] = []
    for state in states where state < pieces.count {
      switch pieces[state] {
      case .byte(let wanted): if byte == wanted { next.append(state + 1) }
      case .one: if byte != UInt8(ascii: "/") { next.append(state + 1) }
      case .run: if byte != UInt8(ascii: "/") { next.append(state) }
      case .deepRun: next.append(state)
      }
    }
    return closure(next)
  }

  /// A run may also stand for nothing.
  private func closure(_ states: [Int]) -> [Int] {
    var reached: [Int] = []
    for start in states {
      var state = start
      while !reached.contains(state) {
        reached.append(state)
        guard state < pieces.count else { break }
        switch pieces[state] {
        case .run, .deepRun: state += 1
        case .byte, .one: continue
        }
      }
    }
    return reached
  }
}
