// rooms: Failing
// files: Sources/Staging/TarArchive.swift Sources/Staging/TreeShape.swift Sources/Staging/LexicalPath.swift Tests/Fuzz/Checksummed.swift
// made: tar

/// Reads any bytes as the tar archive of a crate; what is accepted must be a tree and nothing else.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  read(bytes)
  read(checksummed(bytes))
  return 0
}

private func read(_ bytes: [UInt8]) {
  guard let archive = try? TarArchive(parsing: bytes, top: "a-1.0.0") else { return }
  var seen: Set<[UInt8]> = []
  for entry in archive.entries {
    precondition(seen.insert(Array(entry.path.utf8)).inserted)
    for name in entry.path.utf8.split(separator: 0x2F, omittingEmptySubsequences: false) {
      let name = Array(name)
      precondition(!name.isEmpty && name != [0x2E] && name != [0x2E, 0x2E] && !name.contains(0))
    }
    switch entry.content {
    case .file(let range, _): _ = bytes[range]
    case .symlink(let target): precondition(target.utf8.first != 0x2F)
    case .folder: break
    }
  }
}
