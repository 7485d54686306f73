import ArgumentParser
import Fetching
import Linux
import Reading

/// Which recipe or lock a project's environment comes from.
struct EnvironmentOptions: ParsableArguments {
  @Option(
    help:
      "A recipe's name or .toml file; by default the one in cupel.toml, else the embedded default.")
  var recipe: String?

  /// The recipe for a project whose manifest is `manifest`.
  func recipe(_ manifest: Manifest, projectFolder: String) throws -> Recipe {
    if let recipe { return try EmbeddedData.recipe(recipe) }
    guard let named = manifest.rootfs.recipe else {
      return try EmbeddedData.recipe(EmbeddedData.defaultRecipeName)
    }
    return try EmbeddedData.recipe(ProjectFiles.named(named, in: projectFolder))
  }
}

/// Files that belong to cupel in a project's folder.
enum ProjectFiles {
  /// The folder of a project that is named by its folder or its Cargo.toml.
  static func folder(of project: String) -> String {
    let (parent, name) = FileSystem.split(project)
    return name == "Cargo.toml" ? parent : project
  }

  /// A path that stands in the manifest of `folder`.
  static func path(_ path: String, in folder: String) -> String {
    path.hasPrefix("/") ? path : "\(folder)/\(path)"
  }

  /// What the manifest of `folder` names: something embedded, or a file that ends in `.toml`.
  static func named(_ name: String, in folder: String) -> String {
    name.hasSuffix(".toml") ? path(name, in: folder) : name
  }

  /// `cupel.toml`, or an empty manifest where there is none.
  static func manifest(in folder: String) throws -> Manifest {
    let path = "\(folder)/cupel.toml"
    guard let bytes = try FileSystem.readIfPresent(path) else { return Manifest() }
    return try Manifest(parsing: bytes, file: path)
  }

  /// `cupel.lock`, or another lock by path; nil where there is none and none was named.
  static func lock(in folder: String, named path: String?) throws -> Lock? {
    if let path {
      do {
        return try Lock(parsing: try FileSystem.read(path), file: path)
      } catch let error as SystemError {
        throw UsageError("reading the lock", cause: error, hint: "run `cupel lock` to make one")
      }
    }
    let path = "\(folder)/cupel.lock"
    guard let bytes = try FileSystem.readIfPresent(path) else { return nil }
    return try Lock(parsing: bytes, file: path)
  }
}
