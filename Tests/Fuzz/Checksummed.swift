/// The bytes with the checksum of everything that looks like a tar header made right (POSIX.1-2017,
/// pax, "ustar Interchange Format"), for a fuzzer finds none by chance.
func checksummed(_ bytes: [UInt8]) -> [UInt8] {
  var bytes = bytes
  for start in stride(from: 0, through: bytes.count - 512, by: 512)
  where bytes[(start + 257)..<(start + 262)].elementsEqual("ustar".utf8) {
    for index in 148..<156 { bytes[start + index] = 0x20 }
    let sum = bytes[start..<(start + 512)].reduce(0) { $0 + Int($1) }
    for digit in 0..<6 {
      bytes[start + 148 + digit] = UInt8(0x30 + (sum >> (3 * (5 - digit))) & 7)
    }
    bytes[start + 154] = 0
  }
  return bytes
}
