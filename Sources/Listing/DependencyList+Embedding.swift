public import Building
public import Comparing
internal import Linux
public import Planning
public import Reading

extension DependencyList {
  /// The packages that an artifact was built from, in the order of their names.
  public init(of inventory: Inventory) {
    let packages = inventory.crates.enumerated().map { index, crate in
      Package(
        name: crate.package.name, version: crate.package.version,
        source: Self.source(crate.input), isBuild: !crate.isLinked,
        dependencies: crate.dependencies, isRoot: index == inventory.root)
    }
    self.init(packages: packages, format: 1)
  }

  /// auditable-serde's words.
  private static func source(_ input: CrateInput?) -> String {
    guard let source = input?.source else { return "local" }
    if source.hasPrefix("git+") { return "git" }
    let isCratesIO =
      source == "registry+https://github.com/rust-lang/crates.io-index"
      || source == "sparse+https://index.crates.io/"
    return isCratesIO ? "crates.io" : "registry"
  }

  /// Puts the list into the programs and `cdylib` libraries among a leg's artifacts; what is no ELF
  /// file stays as it is.
  ///
  /// It is put in behind the linker, because only then it is known what was built: the list is that
  /// of the units which the kernel showed, where cargo's metadata would list more.
  ///
  /// - Returns: those that have one now, by name, as the linker made them.
  public static func embed(
    in artifacts: [CollectedArtifact], units: UnitRecord?, crates: [CrateInput]
  ) throws(ListingError) -> [String: Artifact] {
    guard let units else { throw .unitsUnknown(task: "listing the packages of artifacts") }
    var linked: [String: Artifact] = [:]
    for artifact in artifacts {
      let kind = artifact.file.kind
      guard kind == .bin || kind == .example || kind == .cdylib else { continue }
      let before = try comparing { () throws(ComparingError) in
        try Artifact.examine(
          path: artifact.path, name: artifact.name,
          kind: Artifact.Kind(rawValue: kind.rawValue) ?? .bin, target: artifact.file.target)
      }
      do throws(ListingError) {
        guard try Inspection(artifact.path).dependencies == nil else {
          throw .badDependencyList(path: artifact.name, .alreadyThere)
        }
      } catch {
        if case .notELF = error { continue }
        throw error
      }
      let inventory = try Inventory(
        of: FinishedBuild.Artifact(
          name: artifact.name, kind: kind.rawValue, target: artifact.file.target,
          size: before.size, digest: before.digest, linked: before.digest),
        units: units.units, crates: crates, links: nil)
      var appender = try SectionAppender(artifact.path)
      let bytes = try appender.appending(section, DependencyList(of: inventory).sectionBytes)
      do throws(SystemError) {
        let permissions = try FileSystem.status(artifact.path).permissions
        try FileSystem.write(bytes, to: artifact.path)
        try FileSystem.setPermissions(artifact.path, permissions)
      } catch {
        throw .system("writing the list of packages into \(artifact.name)", error)
      }
      linked[artifact.name] = before
    }
    return linked
  }
}
