private import CLinux
private import Glibc

/// A question on the terminal whose answer is not shown.
public enum HiddenLine {
  /// Asks on the process's controlling terminal, wherever its standard streams lead.
  ///
  /// - Parameters:
  ///   - question: written as it is.
  ///   - limit: most bytes of an answer; more fail with EFBIG.
  /// - Returns: the line, without its end.
  /// - Throws: `SystemError` where there is no terminal.
  public static func ask(_ question: String, limit: Int) throws(SystemError) -> [UInt8] {
    let raw = unsafe lx_open("/dev/tty", O_RDWR | O_CLOEXEC, 0)
    guard raw >= 0 else { throw .current("opening /dev/tty") }
    let terminal = Descriptor(owning: raw)
    var settings = termios()
    guard unsafe tcgetattr(raw, &settings) == 0 else {
      throw .current("reading the terminal's settings")
    }
    var original = settings
    settings.c_lflag &= ~tcflag_t(ECHO)
    guard unsafe tcsetattr(raw, TCSAFLUSH, &settings) == 0 else {
      throw .current("changing the terminal's settings")
    }
    defer { unsafe tcsetattr(raw, TCSAFLUSH, &original) }
    try terminal.write(question)
    var line: [UInt8] = []
    line.reserveCapacity(limit)
    var byte: [UInt8] = [0]
    while true {
      while try !Poll.waitReadable(raw, milliseconds: 200) {
        try Interruption.check("reading from the terminal")
      }
      guard try terminal.read(into: &byte) == 1, byte[0] != UInt8(ascii: "\n") else { break }
      line.append(byte[0])
      if line.count > limit { throw SystemError("reading from the terminal", code: EFBIG) }
    }
    try terminal.write("\n")
    return line
  }
}
