import Linux
import Reading

/// Cargo's configuration files for a project, in cargo's order (the Cargo book, "Configuration",
/// "Hierarchical structure").
struct Configuration {
  /// A file and the folder that its relative paths are seen from: the one that holds `.cargo`.
  struct File {
    let config: CargoConfig
    let folder: String
  }

  /// Those of the staged source, which the build sees; nearest first.
  let staged: [File]
  /// Others, which may only say where the vendored crates are; nearest first.
  let outside: [File]

  var all: [File] { staged + outside }

  /// - Parameters:
  ///   - project: the folder cargo will run in.
  ///   - root: the source root on disk.
  ///   - tree: the staged source in the store.
  ///   - cargoHome: the user's folder of cargo settings, if any.
  static func read(
    project: String, root: String, tree: String, cargoHome: String?, notice: (Notice) -> Void
  ) throws(StagingError) -> Configuration {
    var staged: [File] = []
    var outside: [File] = []
    for folder in LexicalPath.upward(from: project) {
      let cargo = LexicalPath.join(folder, ".cargo")
      if let relative = LexicalPath.relative(cargo, to: root) {
        if let name = name(in: "\(tree)/\(relative)") {
          let bytes = try doing(
            "reading \(cargo)/\(name)", try FileSystem.read("\(tree)/\(relative)/\(name)"))
          staged.append(try parse(bytes, "\(cargo)/\(name)", in: folder))
          continue
        }
      } else if let cargoHome, cargoHome.utf8.elementsEqual(cargo.utf8) {
        continue
      }
      if let file = readOutside(cargo, seenFrom: folder, notice) { outside.append(file) }
    }
    if let cargoHome {
      let folder = LexicalPath.parent(of: cargoHome)
      if let file = readOutside(cargoHome, seenFrom: folder, notice) { outside.append(file) }
    }
    return Configuration(staged: staged, outside: outside)
  }

  /// The old name comes before the new one where both exist.
  private static func name(in folder: String) -> String? {
    for name in ["config", "config.toml"] where FileSystem.exists("\(folder)/\(name)") {
      return name
    }
    return nil
  }

  private static func parse(
    _ bytes: [UInt8], _ file: String, in folder: String
  ) throws(StagingError) -> File {
    File(config: try reading(try CargoConfig(parsing: bytes, file: file)), folder: folder)
  }

  /// A file that the build will not see. One that cannot be read says nothing.
  private static func readOutside(
    _ cargo: String, seenFrom folder: String, _ notice: (Notice) -> Void
  ) -> File? {
    guard let name = name(in: cargo) else { return nil }
    let file = "\(cargo)/\(name)"
    guard let bytes = try? FileSystem.read(file), let parsed = try? parse(bytes, file, in: folder),
      !parsed.config.sources.isEmpty
    else {
      notice(.configurationNotUsed(file: file))
      return nil
    }
    return parsed
  }

  /// Refuses what cannot work in the sandbox.
  func refuseHindrances() throws(StagingError) {
    for file in staged where !file.config.hindrances.isEmpty {
      throw .hindrances(file.config.hindrances, file: file.config.file)
    }
  }
}
