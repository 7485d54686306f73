import Linux

/// A machine's architecture under its names.
struct Architecture {
  /// As Debian calls it.
  let debian: String
  /// As images call it (OCI Image Format, "Image Index": the values of Go's GOARCH).
  let image: String

  private static let known: [(machine: String, debian: String, image: String)] = [
    ("x86_64", "amd64", "amd64"), ("aarch64", "arm64", "arm64"), ("armv7l", "armhf", "arm"),
    ("i686", "i386", "386"), ("ppc64le", "ppc64el", "ppc64le"), ("riscv64", "riscv64", "riscv64"),
    ("s390x", "s390x", "s390x"),
  ]

  /// This machine's, by the kernel's name of it, which stands for itself where it has no other.
  static var current: Architecture {
    let machine = Machine.architecture
    let found = known.first { $0.machine == machine }
    return Architecture(debian: found?.debian ?? machine, image: found?.image ?? machine)
  }
}
