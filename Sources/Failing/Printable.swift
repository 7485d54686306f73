extension StringProtocol {
  /// The text as it may be shown: on one line, and without anything that would move a cursor, change
  /// a colour or turn the direction of writing. Each such character is shown as `\u{…}`.
  ///
  /// Names of files, and whatever a build prints, are chosen by others and end up on terminals.
  public var printable: String { printable(tabs: false) }

  /// The same, but with tabs as they are, for lines of a log.
  public var printableLine: String { printable(tabs: true) }

  private func printable(tabs: Bool) -> String {
    // Nearly all text is of this kind.
    if utf8.allSatisfy({ 0x20...0x7e ~= $0 }) { return String(self) }
    var shown = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      if (scalar == "\t" && tabs) || !scalar.isSteering {
        shown.append(scalar)
      } else {
        shown.append(contentsOf: "\\u{\(String(scalar.value, radix: 16))}".unicodeScalars)
      }
    }
    return String(shown)
  }
}

extension Unicode.Scalar {
  /// Whether it is no character to be seen but an order to whoever shows the text: C0 and C1 controls,
  /// separators of lines and paragraphs, and the controls of bidirectional text (UAX #9, 2).
  fileprivate var isSteering: Bool {
    switch value {
    case 0..<0x20, 0x7f...0x9f, 0x061c, 0x200e...0x200f, 0x2028...0x202e, 0x2066...0x2069: true
    default: false
    }
  }
}
