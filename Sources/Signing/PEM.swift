import Reading

/// DER in the textual encoding of RFC 7468: one block, nothing before and nothing behind it.
struct PEM {
  let label: String
  let der: [UInt8]

  init(label: String, der: [UInt8]) {
    self.label = label
    self.der = der
  }

  /// Nil for anything but exactly one block. Lines may end with CRLF and have any length.
  init?(parsing bytes: [UInt8]) {
    guard let text = String(validating: bytes, as: UTF8.self) else { return nil }
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }[...]
    while lines.last?.isEmpty == true { lines.removeLast() }
    let (begin, end, dashes) = ("-----BEGIN ", "-----END ", "-----")
    guard lines.count >= 3, let first = lines.popFirst(), let last = lines.popLast(),
      first.starts(with: begin.utf8), first.count > begin.utf8.count + dashes.utf8.count,
      first.suffix(dashes.utf8.count).elementsEqual(dashes.utf8)
    else { return nil }
    let label = first.dropFirst(begin.utf8.count).dropLast(dashes.utf8.count)
    guard last.elementsEqual(end.utf8 + Array(label) + dashes.utf8),
      let der = Base64.decode(Array(lines.joined()))
    else { return nil }
    self.label = String(decoding: label, as: UTF8.self)
    self.der = der
  }

  /// With lines of 64 digits.
  var bytes: [UInt8] {
    var text = "-----BEGIN \(label)-----\n"
    var rest = Base64.encode(der)[...]
    while !rest.isEmpty {
      text += rest.prefix(64) + "\n"
      rest = rest.dropFirst(64)
    }
    return Array((text + "-----END \(label)-----\n").utf8)
  }
}
