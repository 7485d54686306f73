internal import Planning

/// Programs and libraries that cargo said it made, by their path inside the sandbox: what tells whose
/// code a process runs.
///
/// Cargo passes on what rustc prints, and a proc macro can print through rustc, so a message can be
/// forged. But cargo announces every file before it uses it: a forger can contradict that, which makes
/// a file disputed, and announce further files of its own in another package's name.
struct AnnouncedFiles {
  enum Kind: Equatable {
    case buildScript, procMacro, other
  }

  struct File: Equatable {
    let kind: Kind
    let package: CargoPackage
    var isDisputed = false
  }

  /// Keys are bytes: a String would take canonically equivalent names for one.
  private var files: [[UInt8]: File] = [:]
  /// Far more than the largest builds have; a flood of forged messages must not fill the memory.
  private static let most = 1 << 16

  mutating func take(_ artifact: CargoArtifact) {
    guard let package = artifact.package else { return }
    let kind: Kind =
      artifact.kinds.contains("custom-build")
      ? .buildScript : artifact.kinds.contains("proc-macro") ? .procMacro : .other
    for path in artifact.files where kind == .buildScript || path.hasSuffix(".so") {
      add(File(kind: kind, package: package), at: path)
    }
  }

  private mutating func add(_ file: File, at path: String) {
    let key = Array(path.utf8)
    if let known = files[key] {
      if known.kind != file.kind || known.package != file.package { files[key]?.isDisputed = true }
    } else if files.count < Self.most {
      files[key] = file
    }
  }

  /// The build script that cargo made at this path. Its folder must agree: cargo names it after the
  /// package.
  func buildScript(at path: String) -> File? {
    guard var file = files[Array(path.utf8)], file.kind == .buildScript else { return nil }
    let isInItsFolder = path.split(separator: "/").contains { folder in
      folder == file.package.name || folder.hasPrefix(file.package.name + "-")
    }
    if !isInItsFolder { file.isDisputed = true }
    return file
  }

  /// The library that cargo made at this path. A proc macro of the project's own is announced under
  /// the name without its hash, `release/libx.so`, and mapped as `release/deps/libx-HASH.so`.
  func library(at path: String) -> File? {
    if let file = files[Array(path.utf8)] { return file }
    var parts = path.split(separator: "/", omittingEmptySubsequences: false)
    guard let name = parts.popLast(), name.hasSuffix(".so"), parts.popLast() == "deps",
      let hyphen = name.lastIndex(of: "-")
    else { return nil }
    let unhashed = (parts + [name[..<hyphen] + ".so"]).joined(separator: "/")
    return files[Array(unhashed.utf8)]
  }
}
