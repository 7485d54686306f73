internal import Linux

/// A call in the words of strace(1), with the arguments that matter.
enum CallDescription {
  /// - Parameters:
  ///   - name: of the call.
  ///   - arguments: its six registers.
  ///   - caller: whose memory the arguments point to; it must be waiting for its answer.
  /// - Returns: printable ASCII of bounded length.
  static func text(name: String, arguments: [UInt64], caller: ForeignProcess) -> String {
    let parts = (CallSignature.all[name] ?? []).map { text($0, arguments, caller) }
    return "\(name)(\(parts.joined(separator: ", ")))"
  }

  private static func text(
    _ argument: CallSignature.Argument, _ arguments: [UInt64], _ caller: ForeignProcess
  ) -> String {
    switch argument {
    case .text(let index): string(arguments[index], caller)
    case .number(let index): "\(int(arguments[index]))"
    case .hexadecimal(let index): hexadecimal(arguments[index] & 0xffff_ffff)
    case .octal(let index): octal(arguments[index] & 0xffff)
    case .constant(let index, let names):
      names[arguments[index] & 0xffff_ffff] ?? "\(int(arguments[index]))"
    case .flags(let index, let names): flags(arguments[index] & 0xffff_ffff, names)
    case .openFlags(let index): openFlags(arguments[index] & 0xffff_ffff)
    case .socketType(let index): socketType(arguments[index] & 0xffff_ffff)
    case .fileMode(let index): fileMode(arguments[index] & 0xffff)
    case .address(let index, let length):
      address(bytes(ofAddressAt: arguments[index], length: arguments[length], caller))
    }
  }

  /// What the kernel would take for a socket address; at most a `struct sockaddr_storage`.
  static func bytes(
    ofAddressAt pointer: UInt64, length: UInt64, _ caller: ForeignProcess
  ) -> [UInt8] {
    let length = int(length)
    guard pointer != 0, length > 0 else { return [] }
    return caller.memory(at: pointer, count: min(Int(length), 128))
  }

  static func address(_ bytes: [UInt8]) -> String {
    guard let address = SocketAddress(bytes) else { return "?" }
    let family = CallSignature.families[UInt64(address.family)] ?? "\(address.family)"
    return address.detail.isEmpty ? family : "\(family), \(address.detail)"
  }

  private static func string(_ pointer: UInt64, _ caller: ForeignProcess) -> String {
    if pointer == 0 { return "NULL" }
    let bytes = caller.memory(at: pointer, count: 512)
    return bytes.isEmpty ? "?" : PrintableText.quoted(bytes.prefix { $0 != 0 })
  }

  /// Arguments of type int: the kernel looks at the lower half only.
  private static func int(_ argument: UInt64) -> Int32 { Int32(truncatingIfNeeded: argument) }

  private static func hexadecimal(_ value: UInt64) -> String { "0x" + String(value, radix: 16) }
  private static func octal(_ value: UInt64) -> String { "0" + String(value, radix: 8) }

  private static func flags(_ value: UInt64, _ names: [(bit: UInt64, name: String)]) -> String {
    let parts = names.filter { value & $0.bit != 0 }.map(\.name)
    return parts.isEmpty ? hexadecimal(value) : parts.joined(separator: "|")
  }

  static func openFlags(_ value: UInt64) -> String {
    let access = ["O_RDONLY", "O_WRONLY", "O_RDWR", "O_ACCMODE"][Int(value & 3)]
    let others = CallSignature.openFlags.filter { value & $0.bit != 0 }.map(\.name)
    return ([access] + others).joined(separator: "|")
  }

  private static func socketType(_ value: UInt64) -> String {
    let type = CallSignature.socketTypes[value & 0xf] ?? "\(value & 0xf)"
    return type + (value & 0x80000 != 0 ? "|SOCK_CLOEXEC" : "")
      + (value & 0x800 != 0 ? "|SOCK_NONBLOCK" : "")
  }

  private static func fileMode(_ value: UInt64) -> String {
    let permissions = octal(value & 0o7777)
    guard let type = CallSignature.fileTypes[value & 0xf000] else { return permissions }
    return "\(type)|\(permissions)"
  }
}
