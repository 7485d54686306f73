/// Where the bytes stop being UTF-8 (Unicode 15, table 3-7), or nil when all of them are.
func firstInvalidUTF8(in bytes: [UInt8]) -> Int? {
  if bytes.allSatisfy({ $0 < 0x80 }) || String(validating: bytes, as: UTF8.self) != nil {
    return nil
  }
  var parser = Unicode.UTF8.ForwardParser()
  var iterator = bytes.makeIterator()
  var offset = 0
  while true {
    switch parser.parseScalar(from: &iterator) {
    case .valid(let scalar): offset += scalar.count
    case .error: return offset
    case .emptyInput: return nil
    }
  }
}

/// The text of bytes that are known to be valid UTF-8.
func text(_ bytes: some Sequence<UInt8>) -> String {
  String(decoding: Array(bytes), as: UTF8.self)
}

/// How a byte is shown in a message: printable ASCII as itself, everything else as its number.
func shown(_ byte: UInt8?) -> String {
  guard let byte else { return "the end of the file" }
  switch byte {
  case UInt8(ascii: "\n"): return "the end of the line"
  case 0x21...0x7E: return "'\(Character(UnicodeScalar(byte)))'"
  default: return "byte 0x" + hexadecimal(UInt32(byte), digits: 2)
  }
}

/// Lower-case hexadecimal, padded with zeros.
func hexadecimal(_ value: UInt32, digits: Int) -> String {
  let text = String(value, radix: 16)
  return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
}

/// The value of a hexadecimal digit of either case.
func hexadecimalDigit(_ byte: UInt8) -> UInt32? {
  switch byte {
  case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt32(byte - UInt8(ascii: "0"))
  case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt32(byte - UInt8(ascii: "a")) + 10
  case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt32(byte - UInt8(ascii: "A")) + 10
  default: nil
  }
}
