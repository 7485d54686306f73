import Reading

/// What gpgv says of a file's signatures (GnuPG, doc/DETAILS, "Format of the --status-fd output").
struct SignatureStatus {
  /// Fingerprints of the primary keys of good signatures, each once.
  private(set) var signers: [String] = []
  /// Whether the text is not what was signed, or there is more than one text.
  private(set) var isBroken = false
  /// The statuses of signatures that are not good.
  private(set) var words = ""

  init(_ text: String) {
    var isGood = false
    var textCount = 0
    for line in GnuPGStatus(text).lines {
      let arguments = line.arguments
      switch line.keyword {
      case "NEWSIG": isGood = false
      case "GOODSIG": isGood = true
      case "PLAINTEXT": textCount += 1
      case "VALIDSIG":
        // Of a key that has expired or was revoked there is a VALIDSIG too, without a GOODSIG.
        guard isGood, arguments.count >= 10, GnuPGStatus.weakHash(arguments[7]) == nil else {
          continue
        }
        let key = arguments[9]
        if !signers.contains(key) { signers.append(key) }
      case "BADSIG":
        isBroken = true
        words = Self.words(line)
      case "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "NODATA", "FAILURE":
        words = Self.words(line)
      default: break
      }
    }
    if textCount != 1 { isBroken = true }
  }

  private static func words(_ line: GnuPGStatus.Line) -> String {
    ([line.keyword] + line.arguments).joined(separator: " ")
  }
}
