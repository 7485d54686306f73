internal import Planning

/// A file that a build was asked for: what kind it is and where it lies below the target folder.
public struct ArtifactFile: Sendable, Equatable, Hashable {
  public enum Kind: String, Sendable {
    case bin, cdylib, staticlib, dylib, example
  }

  public let kind: Kind
  /// The target triple, when cargo was given one.
  public let target: String?
  /// Relative to the target folder.
  public let path: String

  /// The name below `artifacts/` of the output: the file's own, in a folder of its target when
  /// several were built, in `examples/` when it is one.
  public func outputName(severalTargets: Bool) -> String {
    let name = path.split(separator: "/").last.map(String.init) ?? path
    let inFolder = kind == .example ? "examples/\(name)" : name
    guard severalTargets, let target else { return inFolder }
    return "\(target)/\(inFolder)"
  }

  /// The files of a message that are final: programs and libraries for others than rustc, of
  /// packages of the project's own.
  static func final(in message: CargoArtifact) -> [ArtifactFile] {
    guard message.manifestPath.hasPrefix(SandboxPaths.source + "/"), !message.isTest else {
      return []
    }
    return message.files.compactMap { file in
      guard file.hasPrefix(SandboxPaths.target + "/") else { return nil }
      let path = String(file.dropFirst(SandboxPaths.target.count + 1))
      guard let kind = kind(of: path, message) else { return nil }
      return ArtifactFile(kind: kind, target: triple(of: path), path: path)
    }
  }

  private static func kind(of path: String, _ message: CargoArtifact) -> Kind? {
    if message.kinds.contains("custom-build") || message.kinds.contains("proc-macro") { return nil }
    if message.kinds.contains("example") { return .example }
    if message.kinds.contains("bin") { return .bin }
    if path.hasSuffix(".rlib") || path.hasSuffix(".rmeta") { return nil }
    if path.hasSuffix(".a") { return message.crateTypes.contains("staticlib") ? .staticlib : nil }
    if message.crateTypes.contains("cdylib") { return .cdylib }
    if message.crateTypes.contains("dylib") { return .dylib }
    return nil
  }

  /// `x86_64-unknown-linux-gnu/release/rg` was built for a triple, `release/rg` and
  /// `release/deps/libx.so` for the host.
  private static func triple(of path: String) -> String? {
    let parts = path.split(separator: "/")
    let isInner = ["deps", "examples"].contains(parts.dropLast().last)
    let depth = isInner ? 4 : 3
    return parts.count >= depth ? parts.first.map(String.init) : nil
  }
}
