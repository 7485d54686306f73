import Linux
import Reading

/// Cargo's secrets among the files of a source: they would be in the store, in the sandbox and in
/// whatever is made from the source.
enum SourceSecrets {
  /// Bytes of a file that is looked into.
  private static let limit = 1 << 20

  /// Refuses files of `paths`, relative to the folder `tree`, that cargo keeps tokens in. The folder
  /// may be called anything (CARGO_HOME), so that the file's name and what is in it decide.
  static func refuse(_ paths: [String], in tree: String) throws(StagingError) {
    for path in paths {
      let parts = LexicalPath.components(path)
      let isCredentials: Bool
      switch parts.last {
      case "credentials", "credentials.toml": isCredentials = true
      case "config", "config.toml": isCredentials = false
      default: continue
      }
      if isCredentials, parts.dropLast().last == ".cargo" { throw .secretInSource(path: path, nil) }
      guard let status = try? FileSystem.linkStatus("\(tree)/\(path)"), status.kind == .regular,
        let bytes = try? FileSystem.read("\(tree)/\(path)", limit: limit),
        let config = try? CargoConfig(parsing: bytes, file: path),
        let secret = config.hindrances.first(where: \.isSecret)
      else { continue }
      throw .secretInSource(path: path, secret)
    }
  }
}
