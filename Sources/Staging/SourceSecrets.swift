import Linux
import Reading

/// Cargo's secrets among the files of a source: they would be in the store, in the sandbox and in
/// whatever is made from the source.
enum SourceSecrets {
  /// Bytes of a file that is looked into.
  private static let limit = 16 << 20

  /// Refuses files of `paths`, relative to the folder `tree`, that hold tokens or passwords. Cargo's
  /// own folder may be called anything (CARGO_HOME), so that a file's name and what is in it decide.
  static func refuse(_ paths: [String], in tree: String) throws(StagingError) {
    for path in paths {
      let parts = LexicalPath.components(path)
      let check: (String, [UInt8]) throws(StagingError) -> Void
      switch parts.last {
      case "Cargo.lock": check = refuseLock
      case "Cargo.toml": check = refuseManifest
      case "config", "config.toml": check = refuseConfiguration
      case "credentials", "credentials.toml":
        if parts.dropLast().last == ".cargo" { throw .secretInSource(path: path, nil) }
        check = refuseConfiguration
      default: continue
      }
      guard let status = try? FileSystem.linkStatus("\(tree)/\(path)"), status.kind == .regular,
        let bytes = try? FileSystem.read("\(tree)/\(path)", limit: limit)
      else { continue }
      try check(path, bytes)
    }
  }

  /// Files that are none of cargo's, or malformed, are no matter here.
  private static func refuseConfiguration(
    _ path: String, _ bytes: [UInt8]
  ) throws(StagingError) {
    guard let config = try? CargoConfig(parsing: bytes, file: path),
      let secret = config.hindrances.first(where: \.isSecret)
    else { return }
    throw .secretInSource(path: path, secret)
  }

  private static func refuseLock(_ path: String, _ bytes: [UInt8]) throws(StagingError) {
    do throws(ReadingError) {
      _ = try CargoLock(parsing: bytes, file: path)
    } catch {
      if case .credentialsInURL = error.fact { throw .reading(error) }
    }
  }

  private static func refuseManifest(_ path: String, _ bytes: [UInt8]) throws(StagingError) {
    guard let manifest = try? CargoManifest(parsing: bytes, file: path) else { return }
    try reading(CargoLock.Manifest(file: path, contents: manifest).refuseCredentials())
  }
}
