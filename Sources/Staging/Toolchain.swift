import Linux
public import Planning
public import Reading
public import Storing

/// A Rust toolchain for a build, from a folder of its own or from the rootfs.
public struct Toolchain: Sendable, Equatable {
  /// In the store; nil for the rootfs's toolchain.
  public let tree: StoredTree?
  /// Such as `1.96.0`; nil where no file says it, so that rustc must be asked, in the sandbox.
  public let version: String?
  /// Sorted.
  public let components: [String]
  /// Absolute path inside the sandbox.
  public let cargo: String
  /// Absolute path inside the sandbox.
  public let rustc: String

  /// The input of a plan. `version` is the one that rustc gave for itself where no file says it.
  public func input(version: String) -> ToolchainInput {
    ToolchainInput(
      digest: tree?.digest, version: self.version ?? version, components: components,
      cargo: cargo, rustc: rustc)
  }

  /// Folders of a toolchain that no build reads, which are most of its size: left out of the store,
  /// so the digest does not cover them and the sandbox does not have them.
  public static let leftOut = ["share/doc", "share/man"]

  /// What rustup and Rust's installer note for themselves. It is left out too: the same components
  /// then make the same tree, however they were installed.
  private static func isNote(_ path: String) -> Bool {
    let folder = "lib/rustlib/"
    guard path.hasPrefix(folder) else { return false }
    let name = path.dropFirst(folder.count)
    return ["components", "rust-installer-version", "install.log", "uninstall.sh"].contains(name)
      || name.hasPrefix("manifest-") || name.hasPrefix("multirust-")
  }

  /// A toolchain whose tree is in the store, as it was added or locked.
  public init(_ pin: Lock.Toolchain, tree: StoredTree) {
    self.init(
      tree: tree, version: pin.version, components: pin.components,
      cargo: "\(SandboxPaths.toolchain)/bin/cargo", rustc: "\(SandboxPaths.toolchain)/bin/rustc")
  }

  private init(
    tree: StoredTree?, version: String?, components: [String], cargo: String, rustc: String
  ) {
    self.tree = tree
    self.version = version
    self.components = components
    self.cargo = cargo
    self.rustc = rustc
  }

  /// Imports a rustup toolchain, or one unpacked by Rust's own installer.
  ///
  /// Nothing in it is run: components come from `lib/rustlib/components`, the version from the
  /// channel manifest that rustup leaves, else from the name of the LLVM library.
  public static func fromRustup(
    path: String, store: Store, notice: (Notice) -> Void = { _ in }
  ) throws(StagingError) -> Toolchain {
    for program in ["bin/cargo", "bin/rustc"] where !FileSystem.exists("\(path)/\(program)") {
      throw .notAToolchain(path: path, missing: program)
    }
    let components = try self.components(of: path)
    if let components {
      if components.contains("rust-src") { notice(.rustSourceInToolchain) }
    } else {
      notice(.componentsUnknown(toolchain: path))
    }
    var version = try channelVersion(of: path)
    if version == nil { version = try libraryVersion(of: path) }
    let tree = try storing(
      try store.importTree(from: path) { path, kind in
        kind == .directory ? leftOut.contains(path) : isNote(path)
      })
    return Toolchain(
      tree: tree, version: version, components: components ?? [],
      cargo: "\(SandboxPaths.toolchain)/bin/cargo", rustc: "\(SandboxPaths.toolchain)/bin/rustc")
  }

  /// The toolchain that a rootfs brings, its version taken from the Debian package of rustc, or from
  /// the recipe where no package says it.
  public static func inRootfs(_ lock: Lock) throws(StagingError) -> Toolchain {
    if let programs = lock.recipe.toolchain, let version = programs.version {
      return Toolchain(
        tree: nil, version: version, components: [], cargo: programs.cargo, rustc: programs.rustc)
    }
    let package = lock.packages.first { $0.name == "rustc-web" || $0.name == "rustc" }
    guard let package, let programs = lock.recipe.toolchain else { throw .noRustInRootfs }
    return Toolchain(
      tree: nil, version: upstreamVersion(package.version), components: [],
      cargo: programs.cargo, rustc: programs.rustc)
  }

  /// `1.96.0+dfsg1-1~deb12u1` is Rust 1.96.0 (deb-version(7): epoch, upstream version, revision).
  static func upstreamVersion(_ debian: String) -> String {
    let withoutEpoch = debian.split(separator: ":", maxSplits: 1).last ?? ""
    return String(withoutEpoch.prefix { $0.isASCII && ($0.isNumber || $0 == ".") })
  }

  // MARK: Files of a toolchain

  /// One name a line. Rustup adds the host to all names but that of rust-src; installers have it in
  /// that of the standard library only, and so has what is returned.
  private static func components(of path: String) throws(StagingError) -> [String]? {
    let file = "\(path)/lib/rustlib/components"
    guard let bytes = try doing("reading \(file)", try FileSystem.readIfPresent(file)) else {
      return nil
    }
    let names = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
    let host = names.first { $0.hasPrefix("rustc-") }.map { "-" + $0.dropFirst("rustc-".count) }
    return names.map { name in
      guard let host, name.hasSuffix(host), !name.hasPrefix("rust-std-") else { return name }
      return String(name.dropLast(host.count))
    }
    .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// `version = "1.95.0 (59807616e 2026-04-14)"` in `[pkg.rustc]`. The file has tens of thousands
  /// of lines, written by rustup in one form, so it is not read as TOML.
  private static func channelVersion(of path: String) throws(StagingError) -> String? {
    let file = "\(path)/lib/rustlib/multirust-channel-manifest.toml"
    guard let bytes = try doing("reading \(file)", try FileSystem.readIfPresent(file)) else {
      return nil
    }
    var isInRustc = false
    let start = Array("version = \"".utf8)
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      if line.first == UInt8(ascii: "[") {
        isInRustc = line.elementsEqual("[pkg.rustc]".utf8)
      } else if isInRustc, line.starts(with: start) {
        let value = line.dropFirst(start.count).prefix { $0 != 0x20 && $0 != UInt8(ascii: "\"") }
        return version(String(decoding: value, as: UTF8.self))
      }
    }
    return nil
  }

  /// `libLLVM.so.22.1-rust-1.95.0-stable` or `libLLVM-17-rust-1.75.0-nightly.so`.
  private static func libraryVersion(of path: String) throws(StagingError) -> String? {
    guard let directory = try? Directory("\(path)/lib") else { return nil }
    for entry in try doing("reading \(path)/lib", try directory.entries())
    where entry.name.hasPrefix("libLLVM") {
      let parts = entry.name.split(separator: "-").map(String.init)
      guard let index = parts.firstIndex(of: "rust"), index + 2 < parts.count else { continue }
      let channel = parts[index + 2].split(separator: ".").first ?? ""
      let number = parts[index + 1]
      return version(channel == "stable" ? number : "\(number)-\(channel)")
    }
    return nil
  }

  /// Nil for a text that is no version.
  private static func version(_ text: String) -> String? {
    let parts = text.prefix { $0 != "-" }.split(separator: ".")
    return parts.count == 3 && parts.allSatisfy { $0.utf8.allSatisfy { (48...57).contains($0) } }
      ? text : nil
  }
}
