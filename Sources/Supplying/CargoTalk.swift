import Failing

/// The lines that cargo says, without secrets and without what could draw on a terminal.
final class CargoTalk {
  /// The first ones.
  private(set) var lines: [String] = []
  /// From the first error on it is a message's to say more.
  private var hasFailed = false
  private var rest: [UInt8] = []
  private let secrets: Secrets
  private let say: (String) -> Void

  /// Most lines kept for a message, and most bytes of one.
  private static let mostLines = 200
  private static let longestLine = 4096

  /// `say` takes each line as it comes, until cargo reports an error.
  init(hiding secrets: Secrets, say: @escaping (String) -> Void) {
    self.secrets = secrets
    self.say = say
  }

  func take(_ bytes: ArraySlice<UInt8>) {
    for byte in bytes {
      if byte == UInt8(ascii: "\n") {
        finish()
      } else if rest.count < Self.longestLine {
        rest.append(byte)
      }
    }
  }

  /// Takes what stands without an end of line for a line.
  func finish() {
    if rest.isEmpty { return }
    let line = secrets.removed(from: String(decoding: rest, as: UTF8.self)).printableLine
    rest.removeAll(keepingCapacity: true)
    if lines.count < Self.mostLines { lines.append(line) }
    hasFailed = hasFailed || line.hasPrefix("error")
    if !hasFailed { say(line) }
  }
}
