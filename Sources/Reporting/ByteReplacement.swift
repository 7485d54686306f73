extension String {
  /// Replaces a text wherever its bytes stand. `replacing` takes a sign and the accent that follows it
  /// for one, and misses what programs that look at bytes see.
  func replacingBytes(_ old: String, with new: String) -> String {
    let pattern = Array(old.utf8)
    let bytes = Array(utf8)
    guard let first = pattern.first, bytes.contains(first) else { return self }
    var replaced: [UInt8] = []
    var index = 0
    while index < bytes.count {
      if bytes[index] == first, bytes[index...].starts(with: pattern) {
        replaced += new.utf8
        index += pattern.count
      } else {
        replaced.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: replaced, as: UTF8.self)
  }
}
