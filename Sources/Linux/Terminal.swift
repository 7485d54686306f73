private import CLinux
private import Glibc

/// A pseudo-terminal (pty(7)).
public final class Terminal: Sendable {
  /// The side that sees what programs print.
  public let master: Descriptor
  /// The number of the side that programs use.
  public let slave: Int32

  public init() throws(SystemError) {
    var ends: (master: Int32, slave: Int32) = (-1, -1)
    guard unsafe lx_open_terminal(&ends.master, &ends.slave) == 0 else {
      throw .current("opening a pseudo-terminal")
    }
    master = Descriptor(owning: ends.master)
    slave = ends.slave
  }

  /// Gives the programs' side up, so that the master notices when the last program is gone.
  public func closeSlave() {
    close(slave)
  }

  public func copySize(from stream: StandardStream) {
    lx_copy_window_size(stream.rawValue, master.raw)
  }
}

/// A terminal that passes every key on as it is (cfmakeraw(3)), until restored.
public struct RawMode {
  private let stream: StandardStream
  private let original: termios

  public init(_ stream: StandardStream) throws(SystemError) {
    self.stream = stream
    var settings = termios()
    guard unsafe tcgetattr(stream.rawValue, &settings) == 0 else {
      throw .current("reading the terminal's settings")
    }
    original = settings
    unsafe cfmakeraw(&settings)
    guard unsafe tcsetattr(stream.rawValue, TCSANOW, &settings) == 0 else {
      throw .current("changing the terminal's settings")
    }
  }

  public func restore() {
    var settings = original
    unsafe tcsetattr(stream.rawValue, TCSANOW, &settings)
  }
}
