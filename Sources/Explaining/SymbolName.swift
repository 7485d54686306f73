/// The name of a symbol as rustc mangled it, taken apart.
///
/// Both of rustc's schemes are read (rustc book, "Symbol Mangling"); names of C and C++ are left as
/// they are.
struct SymbolName: Sendable {
  /// For people, without hashes: `alloc::vec::Vec<T>::push`.
  let shown: String
  /// The name with everything taken out that is a hash of a crate or module; two symbols that share
  /// it are the same item.
  let key: String
  /// The first crate that the name speaks of; nil for names that are not rustc's.
  let crate: String?
  /// `.llvm.123` and the like, with which LLVM renames what it makes visible to other modules.
  let moduleSuffix: String?

  init(_ bytes: some Collection<UInt8>) {
    let raw = Array(bytes)
    var name = raw[...]
    var suffix: String?
    if let dot = Self.firstRange(of: ".llvm.", in: raw) {
      name = raw[..<dot]
      suffix = Excerpt.name(raw[dot...])
    }
    moduleSuffix = suffix
    let demangled: String?
    if name.starts(with: "_ZN".utf8) {
      demangled = LegacyDemangler.demangle(name)
    } else if name.starts(with: "_R".utf8) {
      demangled = V0Demangler.demangle(name)
    } else {
      demangled = nil
    }
    if let demangled {
      shown = demangled
      key = demangled
      crate = Self.crate(of: demangled)
    } else {
      shown = Excerpt.name(name)
      key = Self.withoutHashes(name)
      crate = nil
    }
  }

  /// `anon.HASH.3`, `main.HASH-cgu.0`: sixteen or more hexadecimal digits, or what rustc makes of a
  /// module's name in base 36, become `#`.
  static func withoutHashes(_ name: some Collection<UInt8>) -> String {
    var result: [UInt8] = []
    var run: [UInt8] = []
    func isHash(_ run: [UInt8], before next: UInt8?) -> Bool {
      let isHexadecimal = run.allSatisfy {
        0x30...0x39 ~= $0 || 0x61...0x66 ~= $0
      }
      if run.count >= 16, isHexadecimal { return true }
      // `name.1a2b3c4d5e6f7g8h-cgu.0.rcgu.o`: 13 to 25 digits of base 36.
      return 12...26 ~= run.count && run.contains { 0x30...0x39 ~= $0 }
        && run.allSatisfy { 0x30...0x39 ~= $0 || 0x61...0x7A ~= $0 }
    }
    for byte in name {
      if 0x30...0x39 ~= byte || 0x61...0x7A ~= byte || 0x41...0x5A ~= byte || byte == 0x5F {
        run.append(byte)
        continue
      }
      result += isHash(run, before: byte) ? [0x23] : run
      run.removeAll(keepingCapacity: true)
      result.append(byte)
    }
    result += isHash(run, before: nil) ? [0x23] : run
    return Excerpt.name(result)
  }

  private static func firstRange(of text: StaticString, in bytes: [UInt8]) -> Int? {
    let needle = Array("\(text)".utf8)
    guard bytes.count >= needle.count else { return nil }
    for start in 0...(bytes.count - needle.count)
    where bytes[start] == needle[0] && bytes[start..<(start + needle.count)].elementsEqual(needle) {
      return start
    }
    return nil
  }

  private static func crate(of name: String) -> String? {
    let start = name.utf8.drop { !isWord($0) }
    let word = start.prefix { isWord($0) }
    return word.isEmpty ? nil : String(decoding: word, as: UTF8.self)
  }

  private static func isWord(_ byte: UInt8) -> Bool {
    0x30...0x39 ~= byte || 0x61...0x7A ~= byte || 0x41...0x5A ~= byte || byte == 0x5F
  }
}
