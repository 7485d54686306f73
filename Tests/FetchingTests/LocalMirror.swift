import Hashing
import Linux
import Reading

/// A mirror on 127.0.0.1 with packages of our own, killed and removed with its owner.
struct LocalMirror: ~Copyable {
  static let home = #filePath.split(separator: "/").dropLast().map { "/\($0)" }.joined()

  private let scratch: Scratch
  private let process: String
  private let port: String

  init() throws {
    let scratch = try Scratch()
    let path = scratch.path
    try FileSystem.makeDirectories("\(path)/good/pool")
    // It ends by itself, whatever becomes of us.
    let start = "timeout 300 python3 \"$0\" \"$1\" \"$1/port\" \"$1/log\" >/dev/null 2>&1 & echo $!"
    let process = String(
      try Command(["sh", "-c", start, "\(Self.home)/server.py", path], timeout: 20)
        .runChecked().text.dropLast())
    var port: [UInt8]?
    let deadline = Machine.monotonicSeconds + 20
    while port == nil, Machine.monotonicSeconds < deadline {
      port = try FileSystem.readIfPresent("\(path)/port")
    }
    self.scratch = scratch
    self.process = process
    self.port = String(decoding: port ?? [], as: UTF8.self)
  }

  deinit {
    _ = try? Command(["kill", process], timeout: 10).run()
  }

  /// The base URI under which the server behaves in the way named.
  func uri(_ behaviour: String = "good") -> String { "http://127.0.0.1:\(port)/\(behaviour)" }

  /// The requests so far: path and first byte.
  func requests() throws -> [String] {
    String(decoding: try FileSystem.readIfPresent("\(scratch.path)/log") ?? [], as: UTF8.self)
      .split(separator: "\n").map(String.init)
  }

  /// Puts a package on the mirror.
  func add(_ kind: String) throws -> Lock.Package {
    let filename = "pool/\(kind)_1+2~3_all.deb"
    let path = "\(scratch.path)/good/\(filename)"
    try Command(["python3", "\(Self.home)/makedeb.py", kind, path], timeout: 30).runChecked()
    let bytes = try FileSystem.read(path)
    return Lock.Package(
      name: kind, version: "1+2~3", architecture: "all", size: Int64(bytes.count),
      sha256: Digest.hashing(bytes), filename: filename, suite: "bookworm")
  }

  /// Lists the packages so far in a signed archive of one suite (makearchive.py says how), and
  /// returns the keyring.
  func publish(_ settings: String..., at place: String = "good") throws -> String {
    let keys = "\(scratch.path)/keys"
    try Command(
      [
        "python3", "\(Self.home)/makearchive.py", "\(scratch.path)/\(place)", keys,
        Self.architecture(),
      ] + settings, timeout: 60
    ).runChecked()
    return "\(keys)/keyring.gpg"
  }

  func file(_ path: String) throws -> [UInt8] {
    try FileSystem.read("\(scratch.path)/good/\(path)")
  }

  /// Of the archive's key, as gpg has it.
  func fingerprint() throws -> String {
    let output = try Command(
      ["gpg", "--homedir", "\(scratch.path)/keys", "--with-colons", "--list-keys", "archive"],
      timeout: 20
    ).runChecked().text
    let line = output.split(separator: "\n").first { $0.hasPrefix("fpr:") }
    return String(line?.split(separator: ":").last ?? "")
  }

  /// Gives what is there another name, as a snapshot has.
  func copy(to place: String) throws {
    try FileSystem.makeDirectories(FileSystem.split("\(scratch.path)/good/\(place)").parent)
    try Command(
      ["cp", "-r", "\(scratch.path)/good/.", "\(scratch.path)/copy"], timeout: 20
    ).runChecked()
    try FileSystem.rename("\(scratch.path)/copy", to: "\(scratch.path)/good/\(place)")
  }

  static func architecture() throws -> String {
    let output = try Command(["dpkg", "--print-architecture"], timeout: 20).runChecked()
    return String(output.text.dropLast())
  }

  func contents(of package: Lock.Package) throws -> [UInt8] {
    try FileSystem.read("\(scratch.path)/good/\(package.filename)")
  }
}

/// A lock over packages of our own.
func makeLock(_ packages: [Lock.Package], extra: String = "") throws -> Lock {
  let recipe = """
    schema = 1
    name = "small"
    drop = ["/usr/share/doc"]
    [debian]
    suites = ["bookworm"]
    components = ["main"]
    packages = ["plain"]
    [[link]]
    path = "/bin"
    target = "usr/bin"
    [[link]]
    path = "/lib"
    target = "usr/lib"
    [[link]]
    path = "/usr/bin/cc"
    target = "tool"
    [[file]]
    path = "/etc/hosts"
    content = "127.0.0.1 localhost\\n"
    [[file]]
    path = "/bin/script"
    content = "#!/bin/sh\\n"
    executable = true
    [[directory]]
    path = "/var/tmp"
    \(extra)
    """
  return Lock(
    recipe: try Recipe(parsing: Array(recipe.utf8), file: "small.toml"),
    architecture: try LocalMirror.architecture(), rootfs: nil, packages: packages)
}
