import Hashing
import Linux

/// Foreign crates made for a test: archives, vendor folders and the lock that names them.
extension Scratch {
  static let cratesIO = "registry+https://github.com/rust-lang/crates.io-index"

  /// Writes `crates/NAME-VERSION.crate`, made by Python's tarfile like cargo makes it, and gives
  /// its digest.
  @discardableResult
  func archive(
    _ name: String, _ version: String, more: String = "", folder: String = "crates"
  ) throws -> Digest {
    let file = "\(path)/\(folder)/\(name)-\(version).crate"
    try FileSystem.makeDirectories("\(path)/\(folder)")
    let script = """
      import gzip, io, tarfile
      buffer = io.BytesIO()
      tar = tarfile.TarFile(fileobj=buffer, mode='w', format=tarfile.GNU_FORMAT)
      top = '\(name)-\(version)'
      def add(name, data=b'', mode=0o644, link=None):
          info = tarfile.TarInfo(top + '/' + name)
          info.mode, info.size = mode, len(data)
          if link: info.type, info.linkname = tarfile.SYMTYPE, link
          tar.addfile(info, io.BytesIO(data))
      add('Cargo.toml', b'[package]\\nname = "\(name)"\\nversion = "\(version)"\\n')
      add('src/lib.rs', b'pub fn f() {}\\n')
      \(more)
      tar.close()
      open('\(file)', 'wb').write(gzip.compress(buffer.getvalue(), mtime=0))
      """
    try Command(["python3", "-I", "-c", script], environment: Self.environment, timeout: 30)
      .runChecked()
    return Digest.hashing(try FileSystem.read(file))
  }

  /// Writes a folder as `cargo vendor` makes it; with no checksum, for a git package.
  func vendored(
    _ name: String, _ version: String, checksum: Digest?, in folder: String,
    more: [(String, String)] = []
  ) throws {
    let files =
      [
        ("Cargo.toml", "[package]\nname = \"\(name)\"\nversion = \"\(version)\"\n"),
        ("src/lib.rs", "pub fn f() {}\n"),
      ] + more
    var listed: [String] = []
    for (path, text) in files {
      try write(text, to: "\(folder)/\(path)")
      listed.append("\"\(path)\":\"\(Digest.hashing(text).hex)\"")
    }
    let package = checksum.map { "\"\($0.hex)\"" } ?? "null"
    try write(
      "{\"files\":{\(listed.joined(separator: ","))},\"package\":\(package)}",
      to: "\(folder)/.cargo-checksum.json")
  }

  struct Locked {
    let name: String
    let version: String
    var source = Scratch.cratesIO
    var checksum: Digest?
  }

  /// A project whose lock names the crates.
  func project(_ folder: String, _ crates: [Locked], config: String? = nil) throws {
    try package("p", in: folder)
    var lock =
      "version = 3\n\n[[package]]\nname = \"p\"\nversion = \"0.1.0\"\ndependencies = ["
      + crates.map { "\"\($0.name) \($0.version) (\($0.source))\", " }.joined() + "]\n"
    var dependencies = "[dependencies]\n"
    for (index, crate) in crates.enumerated() {
      lock += "\n[[package]]\nname = \"\(crate.name)\"\nversion = \"\(crate.version)\"\n"
      lock += "source = \"\(crate.source)\"\n"
      if let checksum = crate.checksum { lock += "checksum = \"\(checksum.hex)\"\n" }
      dependencies += "d\(index) = { package = \"\(crate.name)\", "
      if crate.source.hasPrefix("git+") {
        let url = crate.source.dropFirst(4).prefix { $0 != "?" && $0 != "#" }
        dependencies += "git = \"\(url)\""
        if crate.source.contains("?branch=") { dependencies += ", branch = \"ma/in\"" }
        dependencies += " }\n"
      } else if crate.source != Self.cratesIO {
        dependencies += "version = \"=\(crate.version)\", registry-index = "
        dependencies +=
          "\"\(crate.source.hasPrefix("registry+") ? String(crate.source.dropFirst(9)) : crate.source)\" }\n"
      } else {
        dependencies += "version = \"=\(crate.version)\" }\n"
      }
    }
    try package("p", in: folder, more: dependencies)
    try write(lock, to: "\(folder)/Cargo.lock")
    if let config { try write(config, to: "\(folder)/.cargo/config.toml") }
  }
}
