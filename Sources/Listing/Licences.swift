internal import Linux
public import Planning
internal import Reading
public import Storing

/// Reads the licences of packages where their manifests are: in the trees of the store that a build
/// uses.
public enum Licences {
  private static let longestManifest = 1 << 20
  private static let mostFolders = 65_536
  /// A folder of crates holds them side by side; members of a workspace may lie deeper.
  private static let deepest = (vendor: 1, source: 8)

  /// The same packages with the licences that their manifests declare. What cannot be read is left
  /// out: a licence decides nothing.
  public static func added(
    to crates: [CrateInput], of inputs: Inputs, in store: Store
  ) -> [CrateInput] {
    var reader = ManifestReader()
    let trees =
      inputs.vendors.map { ($0.digest, deepest.vendor) } + [(inputs.source.digest, deepest.source)]
    for (digest, levels) in trees {
      if let folder = try? Directory(store.path(of: digest)) { reader.read(folder, levels: levels) }
    }
    return crates.map { crate in
      var crate = crate
      crate.license = reader.licences[Array("\(crate.name) \(crate.version)".utf8)]
      return crate
    }
  }

  private struct ManifestReader {
    var licences: [[UInt8]: String] = [:]
    private var left = Licences.mostFolders
    /// `workspace.package` of the nearest folder above.
    private var workspace: (version: String?, license: String?) = (nil, nil)

    mutating func read(_ folder: borrowing Directory, levels: Int) {
      guard left > 0, levels >= 0 else { return }
      left -= 1
      let outer = workspace
      defer { workspace = outer }
      if let file = try? folder.open("Cargo.toml"),
        let bytes = try? file.readToEnd(limit: Licences.longestManifest),
        let manifest = try? CargoManifest(parsing: bytes, file: "Cargo.toml")
      {
        if let own = manifest.workspace { workspace = (own.version, own.license) }
        if let package = manifest.package { note(package) }
      }
      for entry in (try? folder.textEntries().entries) ?? []
      where entry.kind == .directory && entry.name != "target" && !entry.name.hasPrefix(".") {
        if let inner = try? folder.directory(entry.name) { read(inner, levels: levels - 1) }
      }
    }

    private mutating func note(_ package: CargoManifest.Package) {
      func value(_ item: CargoManifest.Inheritable?, _ inherited: String?) -> String? {
        switch item {
        case .value(let text)?: text
        case .workspace?: inherited
        case nil: nil
        }
      }
      guard let version = value(package.version, workspace.version),
        let license = value(package.license, workspace.license), license.utf8.count <= 1024
      else { return }
      let key = Array("\(package.name) \(version)".utf8)
      if licences[key] == nil { licences[key] = license }
    }
  }
}
