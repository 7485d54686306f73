internal import Linux

/// The jobserver of one leg (GNU make manual, "POSIX Jobserver Interaction"): a pipe with a byte for
/// every job beyond the first that may run at once.
///
/// Each leg has a pipe of its own, so that legs cannot talk through it; the runner alone moves
/// tokens between them.
final class JobTokens: Sendable {
  private let readEnd: Descriptor
  private let writeEnd: Descriptor

  init(_ count: Int) throws(SystemError) {
    var pipe = try DescriptorPair.pipe()
    readEnd = pipe.takeFirst()
    writeEnd = pipe.takeSecond()
    try add(count)
  }

  var ends: (read: Int32, write: Int32) { (readEnd.raw, writeEnd.raw) }

  func add(_ count: Int) throws(SystemError) {
    try writeEnd.write([UInt8](repeating: UInt8(ascii: "+"), count: max(count, 0)))
  }
}
