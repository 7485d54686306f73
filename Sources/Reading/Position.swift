/// A place in a text file: 1-based line and column, the column counted in Unicode scalars.
public struct Position: Sendable, Hashable, Comparable, CustomStringConvertible {
  public var line: Int
  public var column: Int

  public init(line: Int, column: Int) {
    self.line = line
    self.column = column
  }

  public static let start = Position(line: 1, column: 1)

  public var description: String { "\(line):\(column)" }

  public static func < (a: Position, b: Position) -> Bool {
    (a.line, a.column) < (b.line, b.column)
  }
}

/// Turns byte offsets into positions. Offsets are mostly asked for in rising order, so the last
/// answer is kept and a whole file costs one pass.
struct PositionCounter {
  private var offset = 0
  private var position = Position.start

  mutating func position(at wanted: Int, in bytes: [UInt8]) -> Position {
    if wanted < offset {
      offset = 0
      position = .start
    }
    while offset < wanted && offset < bytes.count {
      if bytes[offset] == UInt8(ascii: "\n") {
        position.line += 1
        position.column = 1
      } else if offset + 1 == bytes.count || bytes[offset + 1] & 0xC0 != 0x80 {
        // Counted at the last byte of a scalar: the next byte does not continue it.
        position.column += 1
      }
      offset += 1
    }
    return position
  }
}
