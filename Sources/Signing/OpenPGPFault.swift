/// Why a file is no OpenPGP signature, or no keys, that can be read.
public struct OpenPGPFault: Error, Equatable, Sendable {
  public let reason: String

  init(_ reason: String) {
    self.reason = reason
  }
}
