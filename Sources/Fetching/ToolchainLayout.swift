import Linux
import Reading
import Storing

/// Makes a toolchain's folder of what installers hold, without running anything of theirs.
struct ToolchainLayout {
  /// Of rustc.
  let version: String
  /// Folders of the components that were installed, sorted.
  let components: [String]

  /// Folders of a toolchain that no build reads, which are most of its size.
  static let leftOut = ["share/doc", "share/man"]

  /// Fills `target`, an empty folder. `archives` are files by path and name.
  init(
    of archives: [(path: String, name: String)], choice: ComponentChoice, store: Store,
    in target: String
  ) throws(ToolchainError) {
    let unpacked = try ToolchainError.storing(try store.draft())
    var installers: [InstallerArchive] = []
    for (number, archive) in archives.enumerated() {
      installers.append(
        try InstallerArchive(
          unpacking: archive.path, name: archive.name, choice: choice,
          into: "\(unpacked.path)/\(number)"))
    }
    var installed: [String] = []
    var versions: [(component: String, version: String)] = []
    for name in choice.names {
      var found: [(number: Int, folder: String)] = []
      for (number, installer) in installers.enumerated() {
        for folder in installer.components where choice.name(of: folder) == name {
          found.append((number, folder))
        }
      }
      guard let (number, folder) = found.first else {
        throw .componentMissing(name, offered: installers.flatMap(\.components))
      }
      guard found.count == 1 else {
        throw .componentTwice(name, archives: found.map { installers[$0.number].name })
      }
      try Self.install(folder, from: "\(unpacked.path)/\(number)/\(folder)", into: target)
      installed.append(folder)
      versions.append((folder, installers[number].version))
    }
    for program in ["bin/rustc", "bin/cargo"]
    where (try? FileSystem.linkStatus("\(target)/\(program)"))?.kind != .regular {
      throw .incomplete(missing: program)
    }
    guard let rustc = versions.first(where: { $0.component == "rustc" })?.version else {
      throw .incomplete(missing: "rustc")
    }
    // cargo and the other tools have versions of their own.
    for (component, version) in versions
    where version != rustc && (component.hasPrefix("rust-std") || component == "rust-src") {
      throw .versionsDiffer(component: component, version: version, rustc: rustc)
    }
    version = rustc
    components = installed.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Moves what the component's `manifest.in` lists.
  private static func install(
    _ component: String, from source: String, into target: String
  ) throws(ToolchainError) {
    let file = "\(source)/manifest.in"
    guard
      let bytes = try ToolchainError.doing(
        "reading \(component)/manifest.in", try FileSystem.readIfPresent(file))
    else { throw .listedFileMissing(component: component, path: "manifest.in") }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let text = String(decoding: line, as: UTF8.self)
      let parts = text.split(separator: ":", maxSplits: 1)
      let kinds: [Substring: FileStatus.Kind] = ["file": .regular, "dir": .directory]
      guard parts.count == 2, let kind = kinds[parts[0]], text.utf8.elementsEqual(line),
        let components = InstalledPath.components(parts[1])
      else { throw .badManifestLine(component: component, line: index + 1, text: text) }
      let path = components.joined(separator: "/")
      guard (try? FileSystem.linkStatus("\(source)/\(path)"))?.kind == kind else {
        throw .listedFileMissing(component: component, path: path)
      }
      if Self.isLeftOut(path) { continue }
      try move(path, of: component, from: source, to: target)
    }
  }

  private static func move(
    _ path: String, of component: String, from source: String, to target: String
  ) throws(ToolchainError) {
    do throws(SystemError) {
      try FileSystem.makeDirectories(FileSystem.split("\(target)/\(path)").parent)
      try Directory(source).rename(path, to: Directory(target), as: path, .onlyNew)
    } catch {
      if error.isAlreadyThere || error.isBlocked {
        throw .inTheWay(component: component, path: path)
      }
      throw .system("installing \(component)", error)
    }
  }

  private static func isLeftOut(_ path: String) -> Bool {
    leftOut.contains { path == $0 || path.hasPrefix("\($0)/") }
  }
}
