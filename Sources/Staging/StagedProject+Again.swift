import Hashing
import Linux
import Planning
import Reading
import Storing

extension StagedProject {
  /// Looks at a source that was staged before, and at its crates, as if they were staged now: what
  /// can be found out from them is found out, what only their origin knew is as recorded.
  ///
  /// `archives` gets the lock and gives the folder of crate archives to check by. No symlink may lead
  /// out of the trees.
  static func stageAgain(
    _ recorded: RecordedPlan, source: String, vendors: [(path: String, tree: Tree)],
    patches: [Manifest.Patch], notice: (Notice) -> Void,
    archives: (CargoLock) throws(StagingError) -> String
  ) throws(StagingError) -> StagedProject {
    let root = try doing("looking for \(source)", try FileSystem.realPath(source))
    let folder = LexicalPath.join(root, recorded.source.projectPath)
    let location = try ProjectLocation.find(folder, within: root)
    try SourceRoot(folder: root, isTracked: false).check(location)
    let bytes = try doing(
      "reading \(location.lockFile)", try FileSystem.read(location.lockFile))
    let lock = try reading(try CargoLock(parsing: bytes, file: location.lockFile))
    // What stands outside the source said where the crates were, and they are here.
    let configuration = Configuration(
      staged: try Configuration.read(
        project: location.folder, root: root, tree: root, cargoHome: nil, isAlone: true
      ).staged, outside: [], outsideNames: [])
    try configuration.refuseHindrances()
    let survey = CrateSurvey(
      lock: lock, replacement: SourceReplacement(configuration), vendor: nil,
      archives: try CrateArchives([try archives(lock)], cache: nil, fetched: nil), patches: patches)
    var notices: [Notice] = []
    func tell(_ text: Notice) {
      notices.append(text)
      notice(text)
    }
    let crates = try survey.crates(in: vendors, notice: tell)
    // The recorded number holds wherever it can: a leg gets the first so many CPUs.
    let cpus = Machine.allowedCPUs.count
    if cpus < recorded.cpuCount { tell(.fewerCPUs(plan: recorded.cpuCount, machine: cpus)) }
    return StagedProject(
      location: location, sourceRoot: root, source: recorded.source, revision: nil,
      vendors: recorded.vendors.enumerated().map { index, vendor in
        VendorInput(
          digest: vendor.digest, mountPath: Vendoring.mountPath(index),
          cargoSettings: vendor.cargoSettings.filter { $0.hasPrefix("source.") })
      },
      crates: crates, cargoLockDigest: Digest.hashing(bytes), cargoLock: lock,
      configurations: configuration.staged.map(\.config),
      toolchainFile: try ToolchainPin.find(project: location.folder, root: root, tree: root),
      notices: notices, hazards: [])
  }
}

extension CrateSurvey {
  /// Looks at every package in folders that hold all of them.
  func crates(
    in vendors: [(path: String, tree: Tree)], notice: (Notice) -> Void
  ) throws(StagingError) -> [CrateInput] {
    var folders: [VendorFolder] = []
    for (index, vendor) in vendors.enumerated() {
      folders.append(
        try VendorFolder(
          path: vendor.path, shownPath: KitPart.tree(.vendor(index + 1)).name, tree: vendor.tree))
    }
    var crates: [CrateInput] = []
    for package in lock.packages {
      guard package.source != .path else {
        crates.append(CrateVerdict(package, level: .path).input)
        continue
      }
      let folder = folders.first { $0.package(package) != nil }
      let group = Group(
        folder: folder?.shownPath, registry: nil, name: nil, file: nil, packages: [package])
      guard let folder else {
        throw .vendorRejected(
          folder: "the kit", findings: [CrateFinding(crate: package.title, fact: .missing)],
          count: 1)
      }
      for verdict in try verdicts(group, in: folder, notice: notice) {
        guard verdict.findings.isEmpty else {
          throw .vendorRejected(
            folder: folder.shownPath, findings: Array(verdict.findings.prefix(10)),
            count: verdict.findings.count)
        }
        crates.append(verdict.input)
      }
    }
    return crates
  }
}
