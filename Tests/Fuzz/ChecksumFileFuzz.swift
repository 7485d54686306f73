// rooms: Failing CCrypto Hashing Reading
// files: Sources/Staging/ChecksumFile.swift
// made: checksums
import Hashing

/// Reads any bytes as `.cargo-checksum.json`; one that is accepted must survive being written and
/// read.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard let file = ChecksumFile(parsing: bytes, file: "input") else { return 0 }
  let text = ChecksumFile.render(files: file.files, package: .hashing("x"))
  guard let read = ChecksumFile(parsing: text, file: "text") else {
    fatalError("a checksum file that cannot be read again")
  }
  precondition(sorted(read) == sorted(file))
  return 0
}

private func sorted(_ file: ChecksumFile) -> [[UInt8]] {
  file.files.map { Array($0.path.utf8) + $0.digest.bytes }
    .sorted { $0.lexicographicallyPrecedes($1) }
}
