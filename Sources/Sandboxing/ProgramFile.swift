internal import Linux

/// A file that a process is about to execute, looked at from outside.
struct ProgramFile {
  /// Where the kernel will say that it is.
  let path: String
  let linkage: PreloadReach.Linkage

  /// Interpreters of scripts that may be scripts themselves (execve(2), "Interpreter scripts").
  private static let mostInterpreters = 4
  private static let headSize = 4096

  /// Nil where there is nothing at `path` that the kernel would execute.
  init?(at path: [UInt8], in caller: ForeignProcess) {
    var path = path
    for _ in 0...Self.mostInterpreters {
      guard let found = try? caller.find(path), let status = try? FileSystem.status(of: found),
        status.kind == .regular, status.isExecutable,
        let name = ForeignProcess(Machine.processID).link("fd/\(found.raw)"),
        let file = try? FileSystem.open("/proc/self/fd/\(found.raw)")
      else { return nil }
      let head = Self.bytes(of: file, at: 0, count: Self.headSize)
      if let interpreter = Self.interpreter(head) {
        path = interpreter
      } else if let linkage = Self.linkage(head, of: file) {
        self.path = String(decoding: name, as: UTF8.self)
        self.linkage = linkage
        return
      } else {
        return nil
      }
    }
    return nil
  }

  /// The program that the first line of a script names.
  private static func interpreter(_ head: [UInt8]) -> [UInt8]? {
    guard head.starts(with: "#!".utf8) else { return nil }
    let line = head.dropFirst(2).prefix { $0 != UInt8(ascii: "\n") && $0 != 0 }
    let blanks: [UInt8] = [UInt8(ascii: " "), UInt8(ascii: "\t")]
    let word = line.drop { blanks.contains($0) }.prefix { !blanks.contains($0) }
    return word.first == UInt8(ascii: "/") ? Array(word) : nil
  }

  /// Whether one of the program headers names a loader, and which (elf(5), PT_INTERP).
  private static func linkage(
    _ head: [UInt8], of file: borrowing Descriptor
  ) -> PreloadReach.Linkage? {
    guard head.count >= 64, head.starts(with: [0x7f, 0x45, 0x4c, 0x46]) else { return nil }
    // 64 bits, the lower byte first: another machine's loader is not ours.
    guard head[4] == 2, head[5] == 1 else { return .otherLoader }
    let size = Int(number(head, at: 54, size: 2))
    let count = Int(number(head, at: 56, size: 2))
    guard size >= 56, let offset = Int64(exactly: number(head, at: 32, size: 8)) else { return nil }
    let headers = bytes(of: file, at: offset, count: min(size * count, 65536))
    for start in stride(from: 0, to: headers.count - 55, by: size)
    where number(headers, at: start, size: 4) == 3 {
      guard let place = Int64(exactly: number(headers, at: start + 8, size: 8)) else { return nil }
      let loader = bytes(of: file, at: place, count: 256).prefix { $0 != 0 }
      let name = loader.split(separator: UInt8(ascii: "/")).last ?? []
      return name.starts(with: "ld-linux".utf8) ? .glibc : .otherLoader
    }
    return PreloadReach.Linkage.none
  }

  private static func number(_ bytes: [UInt8], at offset: Int, size: Int) -> UInt64 {
    bytes[offset..<offset + size].reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// Fewer where the file is shorter.
  private static func bytes(
    of file: borrowing Descriptor, at offset: Int64, count: Int
  ) -> [UInt8] {
    var buffer = [UInt8](repeating: 0, count: count)
    let read = (try? file.read(at: offset, into: &buffer, count: count)) ?? 0
    return Array(buffer[..<read])
  }
}
