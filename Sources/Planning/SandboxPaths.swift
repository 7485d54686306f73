/// Where things are inside the sandbox in leg A. Fixed, because paths end up in binaries: the same for
/// every user, host and checkout. In a leg whose paths are varied all are below another root.
public enum SandboxPaths {
  public static let root = "/build"
  public static let source = "/build/src"
  public static let vendor = "/build/vendor"
  public static let cargoHome = "/build/cargo"
  public static let target = "/build/target"
  public static let toolchain = "/build/toolchain"
  public static let home = "/build/home"
  public static let temporary = "/build/tmp"
  /// Where the rustc wrapper lets linkers write down what they do; there only when that is wanted.
  public static let links = "/build/links"
  /// The rustc wrapper, which is the running program itself.
  public static let wrapper = "/build/bin/cupel-rustc"
  /// The library that moves the wall clock.
  public static let clockLibrary = "/build/bin/cupel-clock.so"
}
