/// Bytes of a hostile program as text that is safe to show: quoted, printable ASCII, of bounded
/// length.
enum PrintableText {
  private static let most = 256

  /// `"…"` around the bytes, with those beyond printable ASCII as \xNN and an ellipsis where it was
  /// cut, as strace(1) does.
  static func quoted(_ bytes: some Collection<UInt8>, prefix: String = "") -> String {
    "\"\(prefix)" + escaped(bytes.prefix(most)) + (bytes.count > most ? "\"..." : "\"")
  }

  private static func escaped(_ bytes: some Sequence<UInt8>) -> String {
    var text = ""
    for byte in bytes {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        text += "\\" + String(UnicodeScalar(byte))
      case 0x20...0x7e: text.unicodeScalars.append(UnicodeScalar(byte))
      default:
        let digits = String(byte, radix: 16)
        text += "\\x" + (digits.count == 1 ? "0" : "") + digits
      }
    }
    return text
  }
}
