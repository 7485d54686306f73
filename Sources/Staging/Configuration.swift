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
  /// All files that are there and that the build does not see, readable or not.
  let outsideNames: [String]

  var all: [File] { staged + outside }

  /// Reads those that apply to a cargo that runs in `project`, a folder of the source root `root`,
  /// whose staged copy is `tree`. A root that is `isAlone` has nothing to do with what is above it.
  static func read(
    project: String, root: String, tree: String, cargoHome: String?, isAlone: Bool = false
  ) throws(StagingError) -> Configuration {
    var staged: [File] = []
    var outside: [File] = []
    var names: [String] = []
    for folder in LexicalPath.upward(from: project, to: isAlone ? root : "/") {
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
      readOutside(cargo, seenFrom: folder, &outside, &names)
    }
    if let cargoHome {
      readOutside(cargoHome, seenFrom: LexicalPath.parent(of: cargoHome), &outside, &names)
    }
    return Configuration(staged: staged, outside: outside, outsideNames: names)
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
    _ cargo: String, seenFrom folder: String, _ files: inout [File], _ names: inout [String]
  ) {
    guard let name = name(in: cargo) else { return }
    let path = "\(cargo)/\(name)"
    names.append(path)
    guard let bytes = try? FileSystem.read(path), let file = try? parse(bytes, path, in: folder)
    else { return }
    files.append(file)
  }

  /// Refuses what cannot work in the sandbox.
  func refuseHindrances() throws(StagingError) {
    for file in staged where !file.config.hindrances.isEmpty {
      throw .hindrances(file.config.hindrances, file: file.config.file)
    }
  }
}
