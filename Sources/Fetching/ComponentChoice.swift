import Linux

/// Which components of a toolchain are wanted, for which host.
struct ComponentChoice: Sendable, Equatable {
  /// What a build needs. `rust-src` is not among them: it changes binaries.
  static let standard = ["rustc", "cargo", "rust-std"]

  /// As they were asked for: `rust-std`, or with a target, `rust-std-wasm32-unknown-unknown`.
  let names: [String]
  /// The triple of the machine that is to run the toolchain.
  let host: String

  /// The triple of this machine's Linux with glibc.
  static var thisHost: String { "\(Machine.architecture)-unknown-linux-gnu" }

  /// What an installer may call a component: some have the host in their name, some `-preview`.
  func aliases(of name: String) -> [String] {
    [name, "\(name)-\(host)", "\(name)-preview"]
  }

  /// The wanted component that an installer's folder is of; nil for one that is not wanted.
  func name(of folder: String) -> String? {
    names.first { name in aliases(of: name).contains { $0.utf8.elementsEqual(folder.utf8) } }
  }
}
