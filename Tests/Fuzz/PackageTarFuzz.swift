// rooms: Failing CLinux Linux CCrypto Hashing Reading Signing Storing Fetching
// files: Tests/Fuzz/Checksummed.swift
// made: tar
@testable import Fetching

/// Reads any bytes as the tar stream of a Debian package: in whatever pieces it comes, it is the
/// same archive, or refused.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  for bytes in [bytes, checksummed(bytes)] {
    let whole = events(bytes, pieces: bytes.count)
    precondition(events(bytes, pieces: 7) == whole)
    precondition(events(bytes, pieces: 511) == whole)
  }
  return 0
}

/// What the reader reports, contents as their bytes; nil when the archive is refused.
private func events(_ bytes: [UInt8], pieces size: Int) -> [String]? {
  var reader = TarReader(filename: "x")
  var found: [String] = []
  var contents: [UInt8] = []
  do throws(FetchingError) {
    for start in stride(from: 0, to: bytes.count, by: max(size, 1)) {
      try reader.feed(bytes[start..<min(start + size, bytes.count)]) {
        (event) throws(FetchingError) in
        switch event {
        case .entry(let entry):
          precondition(entry.size >= 0 && !entry.path.utf8.contains(0))
          found.append("\(entry)")
        case .contents(let piece): contents += piece
        case .endOfFile:
          found.append("\(contents)")
          contents = []
        }
      }
    }
    try reader.finish()
  } catch {
    return nil
  }
  return found
}
