/// What vouches for a toolchain (docs/toolchains.md).
public enum ToolchainTrust: String, Sendable, CaseIterable {
  /// A signature by a key that was accepted when the toolchain was added.
  case signed
  /// Debian packages that apt verified when the lock of the rootfs was written.
  case aptSigned = "apt-signed"
  /// Nothing but the digest.
  case unsigned

  /// Whether `--require-signed-toolchain` lets it pass.
  public var isSigned: Bool { self != .unsigned }
}
