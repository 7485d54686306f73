import Linux
public import Reading

/// What of a crate runs while others are built, and what it brings in that is no Rust.
public struct CrateTraits: Sendable, Equatable {
  public let hasBuildScript: Bool
  public let isProcMacro: Bool
  /// `package.links`: a native library.
  public let links: String?

  /// From a manifest and the names beside it: a build.rs is one unless the manifest says no.
  init(_ manifest: CargoManifest, hasBuildFile: Bool) {
    hasBuildScript =
      manifest.buildScript != nil || (hasBuildFile && !manifest.hasNoBuildScript)
    isProcMacro = manifest.library?.isProcMacro ?? false
    links = manifest.links
  }

  /// Looks crates up in archives and in a vendor folder.
  public struct Source {
    private let archives: CrateArchives
    private let folder: VendorFolder?

    /// `crates` are folders of archives, `cargoHome` is cargo's own folder.
    public init(
      crates: [String], vendor: String?, cargoHome: String?
    ) throws(StagingError) {
      archives = try CrateArchives(
        crates, cache: cargoHome.map { "\($0)/registry/cache" }, fetched: nil)
      folder = try vendor.map { (path) throws(StagingError) in try VendorFolder(onDisk: path) }
    }

    /// Nil where neither has the crate.
    public func traits(of package: CargoLock.Package) throws(StagingError) -> CrateTraits? {
      if let checksum = package.checksum,
        case .archive(let archive) = try archives.find(
          package, checksum: checksum, notice: { _ in }),
        let file = archive.files[Array("Cargo.toml".utf8)]
      {
        let manifest = try reading(
          CargoManifest(parsing: archive.contents(file), file: "\(archive.path)!/Cargo.toml"))
        return CrateTraits(
          manifest, hasBuildFile: archive.files[Array("build.rs".utf8)] != nil)
      }
      guard let folder, let copy = folder.package(package) else { return nil }
      let path = "\(folder.shownPath)/\(copy.folder)/Cargo.toml"
      let bytes = try folder.read("Cargo.toml", of: copy)
      return CrateTraits(
        try reading(CargoManifest(parsing: bytes, file: path)),
        hasBuildFile: copy.files[Array("build.rs".utf8)] != nil)
    }
  }
}
