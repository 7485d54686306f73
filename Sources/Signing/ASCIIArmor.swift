import Reading

/// OpenPGP data written as text (RFC 9580, 6).
enum ASCIIArmor {
  static func isArmored(_ bytes: [UInt8]) -> Bool { bytes.starts(with: "-----BEGIN PGP ".utf8) }

  /// The data of the one block in `bytes`, whose title must be `title`, such as `SIGNATURE`.
  static func decode(_ bytes: [UInt8], title: String) throws(OpenPGPFault) -> [UInt8] {
    var lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)[...]
      .map { $0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0 }[...]
    guard lines.first?.elementsEqual("-----BEGIN PGP \(title)-----".utf8) == true else {
      throw OpenPGPFault("it does not begin with \"-----BEGIN PGP \(title)-----\"")
    }
    // Headers such as `Version: …`, then an empty line.
    lines = lines.dropFirst().drop { !$0.isEmpty }.dropFirst()
    var data: [UInt8] = []
    var sum: [UInt8]?
    while let line = lines.popFirst() {
      if line.elementsEqual("-----END PGP \(title)-----".utf8) {
        guard lines.allSatisfy(\.isEmpty) else {
          throw OpenPGPFault("there is something behind its end")
        }
        if let sum, sum != checksum(data) { throw OpenPGPFault("its checksum is wrong") }
        return data
      }
      if line.first == UInt8(ascii: "=") {
        sum = try base64(line.dropFirst())
      } else if sum == nil {
        data += try base64(line)
      } else {
        throw OpenPGPFault("there is data behind its checksum")
      }
    }
    throw OpenPGPFault("its end is missing")
  }

  /// One line of base64 (RFC 4648, 4).
  private static func base64(_ line: ArraySlice<UInt8>) throws(OpenPGPFault) -> [UInt8] {
    guard let bytes = Base64.decode(line) else { throw OpenPGPFault("a line is not base64") }
    return bytes
  }

  /// CRC-24 with the generator 0x864CFB (RFC 9580, 6.1.1).
  private static func checksum(_ bytes: [UInt8]) -> [UInt8] {
    var crc: UInt32 = 0xB7_04CE
    for byte in bytes {
      crc ^= UInt32(byte) << 16
      for _ in 0..<8 {
        crc <<= 1
        if crc & 0x100_0000 != 0 { crc ^= 0x186_4CFB }
      }
    }
    return [16, 8, 0].map { UInt8(truncatingIfNeeded: crc >> $0) }
  }
}
