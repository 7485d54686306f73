/// A number that differs: both values, and whether they look like points in time.
struct ConstantDifference {
  let cause: Cause
  let detail: String
  let isGuess: Bool
  let first: String
  let second: String

  /// Nil for what cannot be told from other bytes. `gap` has at most eight bytes on each side; in
  /// code a number must be the operand of an instruction.
  init?(_ gap: BlockAlignment.Gap, _ a: Contents, _ b: Contents, isCode: Bool) {
    // 2014 to 2039: whatever is near the present.
    let years: ClosedRange<UInt64> = 1_388_534_400...2_177_452_800
    for size in [8, 4] {
      // Times of two builds differ in their last digits, so in the lowest bytes.
      let low = max(0, gap.first.upperBound - size, gap.first.lowerBound - 1)
      for start in stride(from: gap.first.lowerBound, through: low, by: -1) {
        let other = start - gap.first.lowerBound + gap.second.lowerBound
        guard isCode ? Self.isOperand(a, start, size) : start % size == 0,
          let x = a.integer(at: start, size: size), let y = b.integer(at: other, size: size),
          let unit = UnixTime.unit(x, y),
          unit == "seconds" ? years.contains(x) && years.contains(y) : size == 8
        else { continue }
        cause = .embeddedTime
        detail = "\(unit) since 1970 as a number"
        isGuess = true
        first = String(x)
        second = String(y)
        return
      }
    }
    // Of code only what is an operand is a number.
    let size = [1, 2, 4, 8].first { $0 >= gap.first.count } ?? 8
    let start = gap.first.lowerBound
    if isCode {
      guard Self.isOperand(a, start, 4), gap.first.count <= 4,
        let x = a.integer(at: start, size: 4),
        let y = b.integer(at: gap.second.lowerBound, size: 4)
      else { return nil }
      (first, second) = (Self.show(x), Self.show(y))
    } else {
      // In data numbers stand at multiples of their size.
      let aligned = start / size * size
      guard aligned + size >= gap.first.upperBound, size <= 8,
        let x = a.integer(at: aligned, size: size),
        let y = b.integer(at: aligned - start + gap.second.lowerBound, size: size)
      else { return nil }
      (first, second) = (Self.show(x), Self.show(y))
    }
    cause = .constant
    detail = ""
    isGuess = false
  }

  /// Whether an immediate operand of `mov` and its like begins at `offset` (x86; Intel SDM, volume
  /// 2: opcodes B8 to BF, C7 and 81).
  private static func isOperand(_ code: Contents, _ offset: Int, _ size: Int) -> Bool {
    guard offset >= 1 else { return false }
    let before = code.bytes[max(0, offset - 8)..<offset]
    guard let last = before.last else { return false }
    if size == 8 { return 0xB8...0xBF ~= last && [0x48, 0x49].contains(before.dropLast().last) }
    if 0xB8...0xBF ~= last { return true }
    // `mov` and its like with an operand in memory: opcode, ModRM with /0 or another operation, and
    // at most a scale byte and a displacement of four.
    return before.dropLast().contains { $0 == 0xC7 } || before.dropLast().suffix(2).contains(0x81)
  }

  private static func show(_ value: UInt64) -> String {
    "\(value) (\(Excerpt.hexadecimal(value)))"
  }
}
