// rooms: Failing CLinux Linux CCrypto Hashing Reading Comparing
// files: Sources/Explaining/*.swift
// without: Planning Building
import Linux

private let folder = "\(Machine.environment("TMPDIR") ?? "/tmp")/pair"

/// Explains any file against a copy of it in which the first bytes of the input say what is changed.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  guard bytes.count > 16 else { return 0 }
  let first = Array(bytes.dropFirst(6))
  var second = first
  let place = (Int(bytes[0]) << 8 | Int(bytes[1])) % first.count
  for index in place..<min(first.count, place + Int(bytes[2] % 9)) { second[index] ^= bytes[3] }
  let hole = (Int(bytes[4]) << 4) % first.count
  second.removeSubrange(hole..<min(second.count, hole + Int(bytes[5] % 17)))
  try? FileSystem.makeDirectories(folder)
  try? FileSystem.write(first, to: "\(folder)/first")
  try? FileSystem.write(second, to: "\(folder)/second")
  if let explanation = try? Explanation("\(folder)/first", "\(folder)/second") {
    precondition(explanation.unexplainedBytes >= 0)
  }
  return 0
}
