/// Where things are inside the sandbox. Fixed, because paths end up in binaries: the same for every
/// user, host and checkout.
public enum SandboxPaths {
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
}
