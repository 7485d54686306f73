internal import Linux

/// Tells all legs to stop: a descriptor that becomes readable, and stays so.
final class StopSignal: Sendable {
  private let readEnd: Descriptor
  private let writeEnd: Descriptor

  init() throws(BuildingError) {
    do {
      var pipe = try DescriptorPair.pipe()
      readEnd = pipe.takeFirst()
      writeEnd = pipe.takeSecond()
    } catch {
      throw .system("preparing the build", error)
    }
  }

  var descriptor: Int32 { readEnd.raw }

  func raise() {
    try? writeEnd.write([1])
  }
}
