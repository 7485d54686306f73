internal import Linux
internal import Planning

/// Reads what cargo, rustc and build scripts left in a target folder about what they depended on
/// (cargo's layout: `[TRIPLE/]PROFILE/{deps,examples,build/PACKAGE-HASH}`). Everything in it may have
/// been written by a hostile build: it is read beneath the folder, and bounded.
final class TargetFolderReader {
  private let target: Directory
  private let session: CargoSession
  /// Where cargo ran: the folder that relative paths start at.
  private let directory: String
  private let relocation: Relocation
  private var observations: [UnitObservation] = []

  private static let mostUnits = 16384
  private static let longestFile = 4 << 20
  /// Bytes that may still be read.
  private var room = 256 << 20
  private static let deepest = 16

  init(
    _ target: consuming Directory, session: CargoSession, directory: String,
    relocation: Relocation = .none
  ) {
    self.target = target
    self.session = session
    self.relocation = relocation
    self.directory = relocation.restored(directory)
  }

  /// Observations in the order of package, step and target.
  func read() -> [UnitObservation] {
    for folder in folders(".") {
      if entries("\(folder)/deps") != nil {
        readProfile(folder, triple: nil)
      } else {
        for inner in folders(folder) { readProfile("\(folder)/\(inner)", triple: folder) }
      }
    }
    return observations.sorted { $0.key.lexicographicallyPrecedes($1.key) }
  }

  private func readProfile(_ profile: String, triple: String?) {
    for folder in ["deps", "examples"] {
      for name in files("\(profile)/\(folder)") {
        readDepInfo("\(profile)/\(folder)/\(name)", triple)
      }
    }
    for name in folders("\(profile)/build") {
      let folder = "\(profile)/build/\(name)"
      for file in files(folder) { readDepInfo("\(folder)/\(file)", triple) }
      readScript(folder, triple)
    }
  }

  // MARK: rustc

  private func readDepInfo(_ path: String, _ triple: String?) {
    guard path.hasSuffix(".d"), let bytes = contents(path) else { return }
    let info = DepInfo(bytes)
    let name = path.split(separator: "/").last?.dropLast(2) ?? ""
    let crate = name.lastIndex(of: "-").map { name[..<$0] } ?? name
    let read = info.inputs.map(absolute)
    let artifact = session.made.last { artifact in
      artifact.name.replacing("-", with: "_") == crate && read.contains(artifact.sourcePath)
    }
    // Beside its dep-info in deps/, rustc's, cargo leaves one of its own in examples/, without hash.
    guard !info.inputs.isEmpty, artifact != nil || path.contains("/deps/") else { return }
    add(
      UnitObservation(
        step: .rustc, package: artifact?.package, target: artifact?.name ?? String(crate),
        triple: triple, read: read,
        written: info.outputs.map(absolute).filter { !$0.hasSuffix(".d") },
        environment: info.environment.map { .init(name: $0.name, value: $0.value) }))
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") ? path : "\(directory)/\(path)"
  }

  // MARK: Build scripts

  private func readScript(_ folder: String, _ triple: String?) {
    let outFolder = "\(SandboxPaths.target)/\(folder)/out"
    guard let script = session.executedScripts.last(where: { $0.outFolder == outFolder }),
      let bytes = contents("\(folder)/output")
    else { return }
    let output = ScriptOutput(bytes)
    let manifest = session.made.last { $0.package == script.package }?.manifestPath
    let packageFolder = manifest.map { FileSystem.split($0).parent } ?? directory
    var written: [String] = []
    list("\(folder)/out", into: &written, depth: 0)
    add(
      UnitObservation(
        step: .buildScript, package: script.package, target: "build-script", triple: triple,
        read: output.inputs.map { $0.hasPrefix("/") ? $0 : "\(packageFolder)/\($0)" },
        written: written,
        environment: output.environment.map { .init(name: $0, value: nil) }))
  }

  private func list(_ folder: String, into paths: inout [String], depth: Int) {
    guard depth < Self.deepest, paths.count <= UnitObservation.longestList else { return }
    for entry in entries(folder) ?? [] {
      let path = "\(folder)/\(entry.name)"
      if entry.kind == .directory {
        list(path, into: &paths, depth: depth + 1)
      } else {
        paths.append("\(SandboxPaths.target)/\(path)")
      }
    }
  }

  // MARK: Files

  private func add(_ observation: UnitObservation) {
    if observations.count < Self.mostUnits { observations.append(observation) }
  }

  private func contents(_ path: String) -> [UInt8]? {
    guard observations.count < Self.mostUnits, room > 0 else { return nil }
    do throws(SystemError) {
      let file = try target.openBeneath(path)
      guard try FileSystem.status(of: file).kind == .regular else { return nil }
      let bytes = try file.readToEnd(limit: min(Self.longestFile, room))
      room -= bytes.count
      return relocation.restored(bytes)
    } catch {
      return nil
    }
  }

  /// Sorted; nil for what is no folder or holds names that are not UTF-8.
  private func entries(_ path: String) -> [Directory.Entry]? {
    do throws(SystemError) {
      let folder = Directory(try target.openBeneath(path), path: path)
      return try folder.entries()
    } catch {
      return nil
    }
  }

  private func folders(_ path: String) -> [String] {
    (entries(path) ?? []).filter { $0.kind == .directory }.map(\.name)
  }

  private func files(_ path: String) -> [String] {
    (entries(path) ?? []).filter { $0.kind == .regular }.map(\.name)
  }
}
