internal import Linux

/// Paths that a call names by an address in its caller's memory.
enum CallPath {
  /// The argument for a folder; nil stands for the working folder (AT_FDCWD).
  static func folder(_ argument: UInt64) -> Int32? {
    let number = Int32(truncatingIfNeeded: argument)
    return number == -100 ? nil : number
  }

  /// The path, made absolute by putting the folder before it; nil where it cannot be read or is
  /// longer than the kernel takes.
  static func absolute(
    at pointer: UInt64, from folder: Int32?, _ caller: ForeignProcess
  ) -> [UInt8]? {
    let bytes = caller.memory(at: pointer, count: 4096)
    guard let end = bytes.firstIndex(of: 0) else { return nil }
    guard end == 0 || bytes[0] != UInt8(ascii: "/") else { return Array(bytes[..<end]) }
    guard let base = caller.link(folder.map { "fd/\($0)" } ?? "cwd"),
      base.first == UInt8(ascii: "/")
    else { return nil }
    return end == 0 ? base : base + [UInt8(ascii: "/")] + bytes[..<end]
  }

  /// Strings of a list that ends with a null pointer, bounded in number and length.
  static func list(at pointer: UInt64, _ caller: ForeignProcess) -> [String] {
    caller.words(at: pointer, count: ProcessReader.mostArguments).prefix { $0 != 0 }.map {
      let bytes = caller.memory(at: $0, count: ProcessReader.longestValue)
      return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}
