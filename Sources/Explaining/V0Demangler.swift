/// Reads names of rustc's scheme v0 (RFC 2603), without the hashes of crates, as `c++filt` and
/// rustc-demangle's short form show them.
///
/// Bounded in depth, steps and length: back references can make a short name grow without end.
struct V0Demangler {
  private static let depthLimit = 96
  private static let stepLimit = 4000
  private static let lengthLimit = 4000

  private let name: [UInt8]
  private var position = 0
  private var depth = 0
  private var steps = 0
  private var out = ""
  private var isSilent = false
  private var boundLifetimes: UInt64 = 0

  private struct Invalid: Error {}

  private init(_ name: [UInt8]) {
    self.name = name
  }

  /// Nil for names that break the grammar.
  static func demangle(_ name: ArraySlice<UInt8>) -> String? {
    guard name.allSatisfy({ 0x21...0x7E ~= $0 }) else { return nil }
    var demangler = V0Demangler(Array(name.dropFirst(2)))
    do {
      try demangler.path(inValue: true)
      // The crate that asked for an instance is not part of what the name says.
      if demangler.position < demangler.name.count,
        0x41...0x5A ~= demangler.name[demangler.position]
      {
        demangler.isSilent = true
        try demangler.path(inValue: false)
      }
    } catch {
      return nil
    }
    let isEnd =
      demangler.position == demangler.name.count || demangler.name[demangler.position] == 0x2E
    return isEnd ? demangler.out : nil
  }

  // MARK: Characters and numbers

  private mutating func next() throws(Invalid) -> UInt8 {
    guard position < name.count else { throw Invalid() }
    position += 1
    return name[position - 1]
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < name.count, name[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func put(_ text: String) throws(Invalid) {
    if isSilent { return }
    out += text
    guard out.utf8.count <= Self.lengthLimit else { throw Invalid() }
  }

  private mutating func enter() throws(Invalid) {
    depth += 1
    steps += 1
    guard depth <= Self.depthLimit, steps <= Self.stepLimit else { throw Invalid() }
  }

  private mutating func base62() throws(Invalid) -> UInt64 {
    if take("_") { return 0 }
    var value: UInt64 = 0
    while !take("_") {
      let byte = try next()
      let digit: UInt64
      switch byte {
      case 0x30...0x39: digit = UInt64(byte - 0x30)
      case 0x61...0x7A: digit = UInt64(byte - 0x61) + 10
      case 0x41...0x5A: digit = UInt64(byte - 0x41) + 36
      default: throw Invalid()
      }
      let (product, overflow) = value.multipliedReportingOverflow(by: 62)
      guard !overflow, product < UInt64.max - 64 else { throw Invalid() }
      value = product + digit
    }
    return value + 1
  }

  /// A number after `tag`, else 0.
  private mutating func optional(_ tag: Unicode.Scalar) throws(Invalid) -> UInt64 {
    take(tag) ? try base62() + 1 : 0
  }

  private mutating func identifier() throws(Invalid) -> String {
    let isPunycode = take("u")
    var length = 0
    guard position < name.count, 0x30...0x39 ~= name[position] else { throw Invalid() }
    if !take("0") {
      while position < name.count, 0x30...0x39 ~= name[position] {
        length = length * 10 + Int(name[position] - 0x30)
        position += 1
        guard length <= name.count else { throw Invalid() }
      }
    }
    _ = take("_")
    guard length <= name.count - position else { throw Invalid() }
    let text = String(decoding: name[position..<(position + length)], as: UTF8.self)
    position += length
    return isPunycode ? "punycode{\(text)}" : text
  }

  /// Reads what stands at an earlier place of the name.
  private mutating func backReference(
    _ read: (inout V0Demangler) throws(Invalid) -> Void
  ) throws(Invalid) {
    let start = position - 1
    let target = try base62()
    guard target < UInt64(start) else { throw Invalid() }
    if isSilent { return }
    let end = position
    position = Int(target)
    try read(&self)
    position = end
  }

  // MARK: Paths

  private mutating func path(inValue: Bool) throws(Invalid) {
    try enter()
    defer { depth -= 1 }
    switch try next() {
    case UInt8(ascii: "C"):
      _ = try optional("s")
      try put(try identifier())
    case UInt8(ascii: "N"):
      let space = try next()
      try path(inValue: inValue)
      let disambiguator = try optional("s")
      let identifier = try identifier()
      if 0x41...0x5A ~= space {
        let word =
          space == UInt8(ascii: "C")
          ? "closure" : space == UInt8(ascii: "S") ? "shim" : String(UnicodeScalar(space))
        try put("::{\(word)\(identifier.isEmpty ? "" : ":\(identifier)")#\(disambiguator)}")
      } else if !identifier.isEmpty {
        try put("::\(identifier)")
      }
    case UInt8(ascii: "M"), UInt8(ascii: "X"):
      let hasTrait = name[position - 1] == UInt8(ascii: "X")
      _ = try optional("s")
      let wasSilent = isSilent
      isSilent = true
      try path(inValue: false)
      isSilent = wasSilent
      try qualified(hasTrait: hasTrait)
    case UInt8(ascii: "Y"): try qualified(hasTrait: true)
    case UInt8(ascii: "I"):
      try path(inValue: inValue)
      try put(inValue ? "::<" : "<")
      try list { demangler throws(Invalid) in try demangler.genericArgument() }
      try put(">")
    case UInt8(ascii: "B"):
      try backReference { demangler throws(Invalid) in try demangler.path(inValue: inValue) }
    default: throw Invalid()
    }
  }

  private mutating func qualified(hasTrait: Bool) throws(Invalid) {
    try put("<")
    try type()
    if hasTrait {
      try put(" as ")
      try path(inValue: false)
    }
    try put(">")
  }

  /// Up to the `E` that ends it.
  private mutating func list(
    _ read: (inout V0Demangler) throws(Invalid) -> Void
  ) throws(Invalid) {
    var isFirst = true
    while !take("E") {
      if !isFirst { try put(", ") }
      isFirst = false
      try read(&self)
    }
  }

  private mutating func genericArgument() throws(Invalid) {
    if take("L") {
      try lifetime(try base62())
    } else if take("K") {
      try constant()
    } else {
      try type()
    }
  }

  private mutating func lifetime(_ index: UInt64) throws(Invalid) {
    guard index > 0 else { return try put("'_") }
    guard index <= boundLifetimes else { throw Invalid() }
    let number = boundLifetimes - index
    try put(number < 26 ? "'\(UnicodeScalar(UInt8(97 + number)))" : "'_\(number)")
  }

  // MARK: Types

  private static let basicTypes: [UInt8: String] = [
    0x62: "bool", 0x63: "char", 0x65: "str", 0x75: "()", 0x61: "i8", 0x73: "i16", 0x6C: "i32",
    0x78: "i64", 0x6E: "i128", 0x69: "isize", 0x68: "u8", 0x74: "u16", 0x6D: "u32", 0x79: "u64",
    0x6F: "u128", 0x6A: "usize", 0x66: "f32", 0x64: "f64", 0x7A: "!", 0x70: "_", 0x76: "...",
  ]

  private mutating func type() throws(Invalid) {
    try enter()
    defer { depth -= 1 }
    let tag = try next()
    if let basic = Self.basicTypes[tag] { return try put(basic) }
    switch tag {
    case UInt8(ascii: "R"), UInt8(ascii: "Q"):
      try put("&")
      if take("L") {
        let index = try base62()
        if index > 0 {
          try lifetime(index)
          try put(" ")
        }
      }
      if tag == UInt8(ascii: "Q") { try put("mut ") }
      try type()
    case UInt8(ascii: "P"), UInt8(ascii: "O"):
      try put(tag == UInt8(ascii: "P") ? "*const " : "*mut ")
      try type()
    case UInt8(ascii: "A"), UInt8(ascii: "S"):
      try put("[")
      try type()
      if tag == UInt8(ascii: "A") {
        try put("; ")
        try constant()
      }
      try put("]")
    case UInt8(ascii: "T"):
      try put("(")
      var count = 0
      try list { demangler throws(Invalid) in
        count += 1
        try demangler.type()
      }
      try put(count == 1 ? ",)" : ")")
    case UInt8(ascii: "F"):
      try binder { demangler throws(Invalid) in try demangler.functionSignature() }
    case UInt8(ascii: "D"):
      try put("dyn ")
      try binder { demangler throws(Invalid) in try demangler.dynamicBounds() }
      guard take("L") else { throw Invalid() }
      let index = try base62()
      if index > 0 {
        try put(" + ")
        try lifetime(index)
      }
    case UInt8(ascii: "B"):
      try backReference { demangler throws(Invalid) in try demangler.type() }
    default:
      position -= 1
      try path(inValue: false)
    }
  }

  private mutating func binder(
    _ read: (inout V0Demangler) throws(Invalid) -> Void
  ) throws(Invalid) {
    let count = try optional("G")
    guard count <= 32 else { throw Invalid() }
    let before = boundLifetimes
    boundLifetimes += count
    if count > 0 {
      try put("for<")
      for index in 0..<count {
        if index > 0 { try put(", ") }
        try lifetime(count - index)
      }
      try put("> ")
    }
    try read(&self)
    boundLifetimes = before
  }

  private mutating func functionSignature() throws(Invalid) {
    if take("U") { try put("unsafe ") }
    if take("K") {
      let abi = take("C") ? "C" : try identifier()
      try put("extern \"\(abi)\" ")
    }
    try put("fn(")
    try list { demangler throws(Invalid) in try demangler.type() }
    try put(")")
    if take("u") { return }
    try put(" -> ")
    try type()
  }

  private mutating func dynamicBounds() throws(Invalid) {
    var isFirst = true
    while !take("E") {
      if !isFirst { try put(" + ") }
      isFirst = false
      try path(inValue: false)
      while take("p") {
        try put("<\(try identifier()) = ")
        try type()
        try put(">")
      }
    }
  }

  // MARK: Constants

  private mutating func constant() throws(Invalid) {
    try enter()
    defer { depth -= 1 }
    let tag = try next()
    switch tag {
    case UInt8(ascii: "p"): try put("_")
    case UInt8(ascii: "B"):
      try backReference { demangler throws(Invalid) in try demangler.constant() }
    case UInt8(ascii: "R"), UInt8(ascii: "Q"):
      if tag == UInt8(ascii: "R"), take("e") {
        let digits = try hexadecimalDigits()
        return try put("\"…\(digits.count / 2) bytes\"")
      }
      try put(tag == UInt8(ascii: "R") ? "&" : "&mut ")
      try constant()
    case UInt8(ascii: "A"), UInt8(ascii: "T"):
      try put(tag == UInt8(ascii: "A") ? "[" : "(")
      try list { demangler throws(Invalid) in try demangler.constant() }
      try put(tag == UInt8(ascii: "A") ? "]" : ")")
    case UInt8(ascii: "V"): try variant()
    default:
      guard Self.basicTypes[tag] != nil else { throw Invalid() }
      let isNegative = take("n")
      let digits = try hexadecimalDigits()
      guard let value = UInt64(digits.isEmpty ? "0" : digits, radix: 16) else {
        return try put("0x\(digits)")
      }
      switch tag {
      case UInt8(ascii: "b"): try put(value == 0 ? "false" : "true")
      case UInt8(ascii: "c"):
        try put("'\\u{\(String(value, radix: 16))}'")
      default: try put((isNegative ? "-" : "") + String(value))
      }
    }
  }

  private mutating func variant() throws(Invalid) {
    let shape = try next()
    try path(inValue: true)
    switch shape {
    case UInt8(ascii: "U"): break
    case UInt8(ascii: "T"):
      try put("(")
      try list { demangler throws(Invalid) in try demangler.constant() }
      try put(")")
    case UInt8(ascii: "S"):
      try put(" { ")
      try list { demangler throws(Invalid) in
        _ = try demangler.optional("s")
        try demangler.put("\(try demangler.identifier()): ")
        try demangler.constant()
      }
      try put(" }")
    default: throw Invalid()
    }
  }

  private mutating func hexadecimalDigits() throws(Invalid) -> String {
    let start = position
    while !take("_") {
      let byte = try next()
      guard 0x30...0x39 ~= byte || 0x61...0x66 ~= byte else { throw Invalid() }
    }
    return String(decoding: name[start..<(position - 1)], as: UTF8.self)
  }
}
