import Building
import Comparing
import Failing
import Linux
import Planning
import Reading
import Reporting
import Staging
import Storing

/// The part of a release that has sandboxes and no key, in a process of its own: the build of the tag,
/// its bills of materials and its kit.
struct ReleaseBuild {
  /// What it leaves in its folder.
  enum Product: String {
    /// The output of the build (docs/record.md).
    case output = "out"
    case kit = "rebuild.kit"
    /// The verdict in the words of the report.
    case words = "verdict.txt"
    /// The kit's identity.
    case identity = "kit.txt"

    func path(in folder: String) -> String { "\(folder)/\(rawValue)" }
  }

  private let command: ReleaseCommand.Make
  private let folder: String

  init(_ command: ReleaseCommand.Make, into folder: String) {
    self.command = command
    self.folder = folder
  }

  func run(stop: Int32) throws {
    let options = command.options
    let store = try Store.open()
    guard
      let revision = try options.inputs.revision.export(
        project: options.project, into: store, notice: Talk.notice)
    else { throw UsageError("releasing a commit: none is named") }
    guard revision.namedTag != nil else {
      throw UsageError(
        "releasing \(command.tag): it is no tag", hint: "name a tag, and make it with `git tag -s`")
    }
    try revision.refuseChanges()
    let manifest = try Optional(revision).reading {
      try ProjectFiles.manifest(in: revision.project)
    }
    if options.inputs.requireSignedTag || manifest.source.requireSignedTag == true {
      try revision.requireSignedTag()
    }
    if command.fetch { try fetchInputs() }
    let output = Product.output.path(in: folder)
    let prepared = try Optional(revision).reading {
      try PreparedBuild.prepare(options, revision, output: output, store, notice: Talk.notice)
    }
    if prepared.plan.legs.count == 1 { try refuse(.notCompared) }
    try FileSystem.makeDirectory(output)
    let progress = BuildProgress(format: .human, isVerbose: false)
    defer { progress.clear() }
    let report = try ProjectBuild(prepared: prepared, options: options, listsMaterials: true)
      .run(into: output, named: output, progress, stop: stop)
    StandardStream.error.write(report.words)
    if let refusal = report.refusal { throw RefusedRelease(refusal: refusal) }
    switch report.verdict {
    case .identical: break
    case .identicalButLatent: try refuse(.identicalLatent)
    case .different: try refuse(.different)
    case .notCompared: try refuse(.notCompared)
    }
    try ReleaseFiles.check(artifacts: report.artifacts.map(\.name))
    let kit = try prepared.exportKit(
      to: Product.kit.path(in: folder),
      record: try FileSystem.read("\(output)/record.json"))
    for (product, text) in [(Product.words, report.words), (.identity, "\(kit.digest)")] {
      try FileSystem.write(Array(text.utf8), to: product.path(in: folder))
    }
  }

  private func fetchInputs() throws {
    let inputs = command.options.inputs
    var words = ["fetch", command.options.project, "--rev", command.tag]
    if inputs.revision.exportIgnore { words.append("--export-ignore") }
    for (name, value) in [
      ("--root", inputs.root), ("--vendor", inputs.vendor), ("--lock", inputs.lock),
      ("--recipe", inputs.environment.recipe), ("--toolchain", inputs.toolchain),
    ] {
      if let value { words += [name, value] }
    }
    for folder in inputs.crates { words += ["--crates", folder] }
    // This process has no secrets any more.
    let result = try OwnProcess.run(words, withholding: [], isHeard: true)
    guard result.status == 0 else { throw Ending(status: result.status) }
  }

  /// Fails unless the user named this verdict.
  private func refuse(_ verdict: ReleaseCommand.Exception) throws {
    if !command.evenIf.contains(verdict) {
      throw UnpublishedVerdict(verdict: verdict, tag: command.tag)
    }
  }
}

/// The builds showed something else than what a release is to say.
struct UnpublishedVerdict: Failure {
  let verdict: ReleaseCommand.Exception
  let tag: String

  var message: String {
    "releasing \(tag): the verdict is `\(verdict.rawValue)`, and only `identical` is published"
  }
  var hint: String? {
    "run `cupel build --rev \(tag)` to see why, or publish it with --even-if \(verdict.rawValue), "
      + "which RELEASE.md will say"
  }
  var exitCode: Failing.ExitCode { verdict == .different ? .different : .policyRefused }
}

/// The build tried what the policy forbids.
struct RefusedRelease: Failure {
  let refusal: Refusal

  var message: String { "releasing what was built: \(refusal.words())" }
  var hint: String? { "nothing was released; \(refusal.remedy)" }
  var exitCode: Failing.ExitCode { .policyRefused }
}
