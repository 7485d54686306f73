/// What gpgv says of a file's signatures (GnuPG, doc/DETAILS, "Format of the --status-fd output").
struct SignatureStatus {
  /// Fingerprints of the primary keys of good signatures, each once.
  private(set) var signers: [String] = []
  /// Whether the text is not what was signed, or there is more than one text.
  private(set) var isBroken = false
  /// The statuses of signatures that are not good.
  private(set) var words = ""

  /// MD5, SHA-1 and RIPEMD-160 (RFC 9580, section 9.5), which apt does not trust either.
  private static let weakHashes = ["1", "2", "3"]

  init(_ text: String) {
    var isGood = false
    var textCount = 0
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: " ")
      guard fields.count >= 2, fields[0] == "[GNUPG:]" else { continue }
      switch fields[1] {
      case "NEWSIG": isGood = false
      case "GOODSIG": isGood = true
      case "PLAINTEXT": textCount += 1
      case "VALIDSIG":
        // Of a key that has expired or was revoked there is a VALIDSIG too, without a GOODSIG.
        guard isGood, fields.count >= 12, !Self.weakHashes.contains(String(fields[9])) else {
          continue
        }
        let key = String(fields[11])
        if !signers.contains(key) { signers.append(key) }
      case "BADSIG":
        isBroken = true
        words = String(line.dropFirst(9))
      case "ERRSIG", "EXPSIG", "EXPKEYSIG", "REVKEYSIG", "NODATA", "FAILURE":
        words = String(line.dropFirst(9))
      default: break
      }
    }
    if textCount != 1 { isBroken = true }
  }
}
