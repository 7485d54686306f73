internal import Linux

/// The opening of a file by open(2), openat(2), openat2(2) or creat(2), as far as it matters here.
struct FileOpening {
  /// The descriptor of the folder that a relative path starts from; nil is the working folder.
  private let folder: Int32?
  private let pointer: UInt64
  let flags: UInt64

  init(name: String, arguments: [UInt64], caller: ForeignProcess) {
    switch name {
    case "openat", "openat2":
      folder = CallPath.folder(arguments[0])
      pointer = arguments[1]
      // openat2 keeps them at the start of a `struct open_how`.
      flags = name == "openat" ? arguments[2] : caller.words(at: arguments[2], count: 1).first ?? 0
    default:
      folder = nil
      pointer = arguments[0]
      flags = name == "creat" ? 0x241 : arguments[1]  // O_WRONLY | O_CREAT | O_TRUNC (creat(2))
    }
  }

  /// The path, absolute inside; nil where it cannot be read.
  func path(_ caller: ForeignProcess) -> [UInt8]? {
    CallPath.absolute(at: pointer, from: folder, caller)
  }

  var isForWriting: Bool {
    UInt32(truncatingIfNeeded: flags) & WatchedCall.writingFlags != 0 && !isPathOnly
  }
  var creates: Bool { flags & 0x40 != 0 }
  var isExclusive: Bool { creates && flags & 0x80 != 0 }
  var isTemporary: Bool { flags & 0x40_0000 != 0 }
  /// O_PATH gives no way to read or write, whatever the other flags.
  var isPathOnly: Bool { flags & 0x20_0000 != 0 }
}
