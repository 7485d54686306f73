/// What two texts at one place tell about why they differ.
struct TextDifference {
  let cause: Cause
  /// What is common to all differences of the kind: the two folders, say.
  let detail: String
  let isGuess: Bool

  private init(_ cause: Cause, _ detail: String, isGuess: Bool = false) {
    self.cause = cause
    self.detail = detail
    self.isGuess = isGuess
  }

  /// - Parameters:
  ///   - a: the whole text in the first file, no longer than some kilobytes.
  ///   - b: the same in the second, different from `a`.
  init(_ a: [UInt8], _ b: [UInt8]) {
    self =
      Self.byPath(a, b) ?? Self.byCompiler(a, b) ?? Self.byTime(a, b) ?? Self.byOrder(a, b)
      ?? Self.bySymbols(a, b) ?? Self.byUnixTime(a, b) ?? Self.bySurroundings(a, b)
      ?? TextDifference(.text, Self.shape(a, b))
  }

  /// Two names of one file or folder, relative ones too.
  init(paths a: [UInt8], _ b: [UInt8]) {
    let (first, second) = Self.withoutSharedEnd(a, b)
    self.init(.sourcePath, Self.against(first, second))
  }

  /// Two names of files or folders, relative ones too, of tables that hold such names.
  init(names a: [UInt8], _ b: [UInt8], in tables: PathTables) {
    let found = TextDifference(a, b)
    guard found.cause == .text || found.cause == .sourcePath else {
      self = found
      return
    }
    guard tables.isMove(a, b) else {
      self.init(.debugInformation, "names of other files")
      return
    }
    self.init(paths: a, b)
  }

  // MARK: Paths

  typealias Components = [ArraySlice<UInt8>]

  private static let slash = UInt8(ascii: "/")

  /// The components of two paths above what they share at their end.
  static func withoutSharedEnd(_ a: [UInt8], _ b: [UInt8]) -> (Components, Components) {
    var first = a.split(separator: slash, omittingEmptySubsequences: false)
    var second = b.split(separator: slash, omittingEmptySubsequences: false)
    while first.count > 1, second.count > 1, let x = first.last, let y = second.last,
      x.elementsEqual(y)
    {
      first.removeLast()
      second.removeLast()
    }
    return (first, second)
  }

  private static func against(_ first: Components, _ second: Components) -> String {
    let roots = [first, second].map { Excerpt.text(Array($0.joined(separator: [slash]))) }
    return "\(roots[0]) against \(roots[1])"
  }

  /// Path characters as they occur in sources, registries and build folders.
  static func isPathByte(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
    case UInt8(ascii: "/"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"),
      UInt8(ascii: "+"), UInt8(ascii: "@"), UInt8(ascii: "~"), 0x80...0xFF:
      true
    default: false
    }
  }

  /// The absolute path that the byte at `index` of `text` lies in or that begins there. Strings of
  /// Rust are not separated from each other, so a path may begin behind letters.
  private static func path(in text: [UInt8], around index: Int) -> Range<Int>? {
    var low = index
    while low > 0, isPathByte(text[low - 1]) { low -= 1 }
    var high = index
    while high < text.count, isPathByte(text[high]) { high += 1 }
    guard let start = text[low..<high].firstIndex(of: UInt8(ascii: "/")), start <= index,
      text[start..<high].filter({ $0 == UInt8(ascii: "/") }).count >= 2
    else { return nil }
    return start..<high
  }

  private static func byPath(_ a: [UInt8], _ b: [UInt8]) -> TextDifference? {
    let (prefix, suffix) = commonEnds(a, b)
    // The difference can end with the path's beginning: `/home/x` against `/opt/y`.
    for offset in [0, 1] {
      guard let first = path(in: a, around: min(prefix + offset, a.count - suffix)),
        let second = path(in: b, around: min(prefix + offset, b.count - suffix))
      else { continue }
      // All of the difference must lie within the paths.
      guard first.lowerBound == second.lowerBound, first.upperBound >= a.count - suffix,
        second.upperBound >= b.count - suffix
      else { continue }
      return path(Array(a[first]), Array(b[second]))
    }
    return nil
  }

  /// Names what two paths do not have in common: the folders above what they share at their end.
  private static func path(_ a: [UInt8], _ b: [UInt8]) -> TextDifference? {
    let (first, second) = withoutSharedEnd(a, b)
    // Another file of one folder is another text, not another place.
    let isEmpty = [first, second].allSatisfy { $0.count == 1 && $0[0].isEmpty }
    guard !isEmpty else { return nil }
    let detail = against(first, second)
    if let x = first.last, let y = second.last,
      first.dropLast().elementsEqual(
        second.dropLast(),
        by: {
          $0.elementsEqual($1)
        }), x.count == y.count, isTemporary(x, y, in: first.dropLast())
    {
      return TextDifference(.temporaryName, detail, isGuess: true)
    }
    guard
      first.count < a.split(separator: slash, omittingEmptySubsequences: false).count
        || first.count > 2
    else { return nil }
    return TextDifference(.sourcePath, detail)
  }

  /// `/tmp/rustcAbC123` and the like: one folder for such things, and names of one length that end
  /// at random.
  private static func isTemporary(
    _ a: ArraySlice<UInt8>, _ b: ArraySlice<UInt8>, in folders: ArraySlice<ArraySlice<UInt8>>
  ) -> Bool {
    let isTemporaryFolder = folders.contains { $0.elementsEqual("tmp".utf8) }
    let ends = commonEnds(Array(a), Array(b))
    let differing = zip(a, b).reduce(0) { $0 + ($1.0 == $1.1 ? 0 : 1) }
    return isTemporaryFolder && differing >= 3 && a.count - ends.prefix >= 5
  }

  // MARK: Compilers, times, order

  private static func byCompiler(_ a: [UInt8], _ b: [UInt8]) -> TextDifference? {
    for mark in ["rustc version ", "clang version ", "GCC: (", "Linker: LLD ", "rustc 1."] {
      let mark = Array(mark.utf8)
      if contains(a, mark), contains(b, mark) {
        return TextDifference(
          .compilerVersion, "\(Excerpt.text(a)) against \(Excerpt.text(b))")
      }
    }
    return nil
  }

  private static let months = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
  ].map { Array($0.utf8) }
  /// `9` is a digit, `M` the name of a month; of `__DATE__`, `__TIME__`, ISO 8601, RFC 2822.
  private static let timeShapes = [
    "M 99 9999", "99 M 9999", "9 M 9999", "99:99:99", "9999-99-99", "9999/99/99",
    "M 99 99:99",
  ].map { Array($0.utf8) }

  /// Digits and names of months replaced by one sign each.
  private static func mask(_ text: some Collection<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    var rest = Array(text)[...]
    while let byte = rest.first {
      if rest.count >= 3, months.contains(where: { rest.starts(with: $0) }) {
        result.append(UInt8(ascii: "M"))
        rest = rest.dropFirst(3)
      } else if byte == 0x20, result.suffix(2).elementsEqual("M ".utf8) {
        // `__DATE__` fills the day with a space.
        result.append(0x39)
        rest = rest.dropFirst()
      } else {
        result.append(0x30...0x39 ~= byte ? 0x39 : byte)
        rest = rest.dropFirst()
      }
    }
    return result
  }

  private static func byTime(_ a: [UInt8], _ b: [UInt8]) -> TextDifference? {
    let (prefix, suffix) = commonEnds(a, b)
    // The surroundings of the difference, without the rest of a long text.
    let first = mask(a[max(0, prefix - 16)..<min(a.count, a.count - suffix + 16)])
    let second = mask(b[max(0, prefix - 16)..<min(b.count, b.count - suffix + 16)])
    guard first == second, let shape = timeShapes.first(where: { contains(first, $0) }) else {
      return nil
    }
    let kind =
      shape.contains(UInt8(ascii: ":")) && !shape.contains(UInt8(ascii: "M")) ? "time" : "date"
    return TextDifference(.embeddedTime, "\(kind) as text")
  }

  private static func byUnixTime(_ a: [UInt8], _ b: [UInt8]) -> TextDifference? {
    guard let x = number(in: a, aroundDifferenceFrom: b),
      let y = number(in: b, aroundDifferenceFrom: a),
      let unit = UnixTime.unit(x, y)
    else { return nil }
    return TextDifference(.embeddedTime, "\(unit) since 1970 as text", isGuess: true)
  }

  /// The decimal number in which `text` begins to differ from `other`.
  private static func number(in text: [UInt8], aroundDifferenceFrom other: [UInt8]) -> UInt64? {
    let (prefix, _) = commonEnds(text, other)
    var low = min(prefix, text.count)
    while low > 0, 0x30...0x39 ~= text[low - 1] { low -= 1 }
    let digits = text[low...].prefix { 0x30...0x39 ~= $0 }
    return digits.count <= 19 ? UInt64(String(decoding: digits, as: UTF8.self)) : nil
  }

  /// The same words, or the same lines, in another order.
  private static func byOrder(_ a: [UInt8], _ b: [UInt8]) -> TextDifference? {
    guard a.count == b.count, a.count > 8 else { return nil }
    for separators in [[UInt8(ascii: "\n")], Array(",; \n\t()[]{}\"'|".utf8)] {
      let first = a.split { separators.contains($0) }
      let second = b.split { separators.contains($0) }
      guard first.count >= 2, first.count == second.count else { continue }
      let areSame =
        first.sorted { $0.lexicographicallyPrecedes($1) }
        .elementsEqual(
          second.sorted { $0.lexicographicallyPrecedes($1) }, by: { $0.elementsEqual($1) })
      if areSame {
        return TextDifference(.order, "the same \(first.count) words in another order")
      }
    }
    return nil
  }

  private static func bySymbols(_ a: [UInt8], _ b: [UInt8]) -> TextDifference? {
    let x = SymbolName(a)
    let y = SymbolName(b)
    guard x.key.utf8.elementsEqual(y.key.utf8), a.count < 4096, b.count < 4096 else { return nil }
    if x.crate != nil {
      let isOnlySuffix =
        a.prefix { $0 != UInt8(ascii: ".") }.elementsEqual(b.prefix { $0 != UInt8(ascii: ".") })
      return isOnlySuffix
        ? TextDifference(.moduleHash, ".llvm. suffixes")
        : TextDifference(.crateHash, "hashes in names of symbols")
    }
    let isModule =
      a.starts(with: "anon.".utf8) || a.starts(with: ".Lanon.".utf8)
      || contains(a, Array("-cgu.".utf8)) || x.moduleSuffix != nil
    guard isModule else { return nil }
    return TextDifference(.moduleHash, "names of modules and what is private to them")
  }

  private static func bySurroundings(_ a: [UInt8], _ b: [UInt8]) -> TextDifference? {
    let lower = a.prefix(64).map { 0x41...0x5A ~= $0 ? $0 + 32 : $0 }
    for word in ["hostname", "user", "uid=", "builder", "build host"]
    where contains(lower, Array(word.utf8)) {
      return TextDifference(.text, "text that speaks of `\(word)`", isGuess: true)
    }
    return nil
  }

  private static func shape(_ a: [UInt8], _ b: [UInt8]) -> String {
    let (prefix, suffix) = commonEnds(a, b)
    let first = a[prefix..<(a.count - suffix)]
    let second = b[prefix..<(b.count - suffix)]
    func isHexadecimal(_ bytes: ArraySlice<UInt8>) -> Bool {
      bytes.count >= 8 && bytes.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x66 ~= $0 }
    }
    if isHexadecimal(first), isHexadecimal(second) {
      return "hexadecimal digits (a digest, commit or random number)"
    }
    if !(first.isEmpty && second.isEmpty), (first + second).allSatisfy({ 0x30...0x39 ~= $0 }) {
      return "decimal numbers"
    }
    return ""
  }

  // MARK: Tools

  /// How many bytes the two have in common at the start, and then at the end.
  static func commonEnds(_ a: [UInt8], _ b: [UInt8]) -> (prefix: Int, suffix: Int) {
    let common = min(a.count, b.count)
    var prefix = 0
    while prefix < common, a[prefix] == b[prefix] { prefix += 1 }
    var suffix = 0
    while suffix < common - prefix, a[a.count - 1 - suffix] == b[b.count - 1 - suffix] {
      suffix += 1
    }
    return (prefix, suffix)
  }

  static func contains(_ text: [UInt8], _ word: [UInt8]) -> Bool {
    guard let first = word.first, text.count >= word.count else { return false }
    for start in 0...(text.count - word.count)
    where text[start] == first && text[start..<(start + word.count)].elementsEqual(word) {
      return true
    }
    return false
  }
}

/// Numbers that look like points in time of one build and another.
enum UnixTime {
  private static let units: [(String, UInt64)] = [
    ("seconds", 1), ("milliseconds", 1000), ("microseconds", 1_000_000),
    ("nanoseconds", 1_000_000_000),
  ]
  /// 2001 to 2100, so that no small number and no pattern of bits is taken for a time.
  private static let range: ClosedRange<UInt64> = 1_000_000_000...4_102_444_800
  /// Two years: what lies between two builds, and between a clock and one that was set forward.
  private static let span: UInt64 = 2 * 366 * 86400

  /// The unit in which both are; nil where they do not look like two close points in time.
  static func unit(_ a: UInt64, _ b: UInt64) -> String? {
    for (name, factor) in units where range ~= a / factor && range ~= b / factor {
      let (x, y) = (a / factor, b / factor)
      if a != b, max(x, y) - min(x, y) <= span { return name }
    }
    return nil
  }
}
