import ArgumentParser
import Attesting
import Failing
import Linux
import Reading
import Reporting
import Signing

/// `cupel release`.
struct ReleaseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "release",
    abstract: "Build a tag and put all that a stranger needs to verify it into one folder.",
    discussion: """
      Examples:
        cupel release --rev v1.2.3 --key release.key
        cupel release --rev v1.2.3 --key release.key --source-uri git+https://example.org/app
        cupel release check release-v1.2.3 --key release.pub
      """,
    subcommands: [Make.self, Check.self], defaultSubcommand: Make.self)

  /// A verdict that is published only by name.
  enum Exception: String, CaseIterable, ExpressibleByArgument {
    case identicalLatent = "identical-latent"
    case different
    case notCompared = "not-compared"
  }

  /// `cupel release --rev TAG --key KEY`.
  struct Make: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "make", abstract: "Make a release (the default).",
      discussion: """
        Takes the options of `cupel build`. Exports the tag from git, builds it twice, and makes a new
        folder, as a whole or not at all: artifacts, bills of materials, signed statements, record,
        checksums with their signatures, the kit to build it again, and RELEASE.md, which tells a
        stranger how to verify all of it (docs/releasing.md).

        Nothing is released unless both builds gave the same bytes, or --even-if names what else they
        may show; RELEASE.md then says so. The key is opened when no process of the build is left.
        No network is used without --fetch.

        Exit status: 0 released, 1 the builds differ, 2 usage, 3 an input failed verification, 4 the
        build failed, 6 refused: changes that are not committed, attempts at the network, or another
        verdict than `identical`.

        Examples:
          cupel release --rev v1.2.3 --key release.key
          cupel release --rev v1.2.3 --key release.key --fetch --require-signed-tag \\
            --builder-id https://example.org/builders/1 --source-uri git+https://example.org/app
          cupel release --rev v1.2.3 --key release.key --ssh-key ~/.ssh/id_ed25519.pub
        """)

    @OptionGroup var options: BuildOptions

    @Option(help: "The folder to make (default: release-TAG). It must not be there.")
    var out: String?

    @Flag(help: "Get what is missing first, as `cupel fetch --rev` does; needs the network.")
    var fetch = false

    @Option(help: "A verdict to publish, if it should be that and not `identical`. Repeatable.")
    var evenIf: [Exception] = []

    @OptionGroup(title: "Key") var key: SigningKeyOptions
    @OptionGroup(title: "Statements") var provenance: ProvenanceOptions
    @OptionGroup(title: "More signatures") var more: MoreSignatures

    @Option(help: .hidden)
    var staging: String?

    func validate() throws {
      try key.requireKey()
      if out?.isEmpty == true { throw ValidationError("--out must name a folder") }
      guard let tag = options.inputs.revision.rev else {
        throw ValidationError("Name the tag to release: --rev v1.2.3")
      }
      guard Checksums.isPlain(tag) else {
        throw ValidationError(
          "The tag stands in commands for strangers: it must be letters, digits and -._+=@,/")
      }
      for (name, uri) in [
        ("--builder-id", provenance.builderId), ("--source-uri", provenance.sourceUri ?? "a:b"),
      ] where !ReleasePage.isPlainURI(uri) {
        throw ValidationError(
          "\(name) stands in files for strangers: it must have no quotes, brackets or spaces")
      }
    }

    mutating func run() throws {
      let stop = try Interruption.watch([.interrupt, .terminate, .hangup])
      if let staging { return try ReleaseBuild(self, into: staging).run(stop: stop) }
      let target = try ReleaseTarget(out ?? "release-\(tag.replacing("/", with: "-"))")
      try key.checkReadiness()
      let otherKeys = try more.find()
      let build = try target.makeScratch()
      try self.build(into: build.path)
      // Every process of the build is gone: only now the keys are opened.
      let made = try target.makeScratch()
      let verdict = try ReleaseAssembly(
        tag: tag, build: build.path, provenance: provenance.provenance, keys: key.load(),
        otherKeys: otherKeys
      ).make(in: made.path)
      _ = consume build
      try target.publish(made)
      StandardStream.output.write("\(target.path)\n")
      if verdict == Exception.different.rawValue { throw Ending(.different) }
    }

    /// Never nil once validated.
    var tag: String { options.inputs.revision.rev ?? "" }

    /// Builds in a process of its own, which sees the same command line, and of the environment all but
    /// what holds a key or a passphrase. When this returns, it and everything that it started are gone.
    private func build(into staging: String) throws {
      var arguments = CommandLine.arguments.dropFirst(2)
      if arguments.first == "make" { arguments.removeFirst() }
      let result = try OwnProcess.run(
        ["release", "make", "--staging", staging] + arguments,
        withholding: key.secretVariables, isHeard: true)
      guard result.status == 0 else { throw Ending(status: result.status) }
    }
  }
}

/// Signatures of SHA256SUMS by keys that other programs hold.
struct MoreSignatures: ParsableArguments {
  @Option(help: "Sign SHA256SUMS with this key of gpg, too (--local-user).")
  var gpgKey: String?

  @Option(
    help: "Sign SHA256SUMS with this SSH key, too: its file, or the public one of an agent's.")
  var sshKey: String?

  /// The keys that these are. Fails where one is not there. Reads no secret.
  func find() throws -> OtherKeys {
    let openPGP = try gpgKey.map { try OpenPGPSignature.fingerprint(of: $0) }
    if let sshKey, !FileSystem.exists(sshKey) {
      throw UsageError("looking for the SSH key \(sshKey.printable): there is no such file")
    }
    return OtherKeys(openPGP: openPGP, ssh: sshKey)
  }
}

/// Keys that other programs hold.
struct OtherKeys {
  /// The primary key, by which gpg is asked for all that follows.
  let openPGP: KeyFingerprint?
  /// The file of an SSH key, or the public one of an agent's.
  let ssh: String?
}

/// Where a release goes: beside it is made what appears there by one rename.
struct ReleaseTarget: ~Copyable {
  let path: String
  private let parent: Directory
  private let name: String

  /// Refuses a name that is taken, whatever has it.
  init(_ path: String) throws {
    var path = path
    while path.utf8.count > 1, path.hasSuffix("/") { path.removeLast() }
    let (folder, name) = FileSystem.split(path)
    guard ![".", ".."].contains(name), !FileSystem.exists(path) else { throw Self.taken(path) }
    try FileSystem.makeDirectories(folder)
    try ScratchFolder.removeAbandoned(in: folder, prefix: ".\(name).new")
    parent = try Directory(folder)
    self.path = path
    self.name = name
  }

  borrowing func makeScratch() throws -> ScratchFolder {
    try ScratchFolder.make(in: parent.path, prefix: ".\(name).new")
  }

  borrowing func publish(_ made: borrowing ScratchFolder) throws {
    try FileSystem.setPermissions(made.path, 0o755)
    try FileSystem.synchronizeAll(of: parent)
    do throws(SystemError) {
      try made.publish(to: parent, as: name, replacing: false)
    } catch {
      throw error.isAlreadyThere ? Self.taken(path) : error as any Error
    }
  }

  private static func taken(_ path: String) -> UsageError {
    UsageError(
      "making the release \(path.printable): it is there already",
      hint: "name another folder with --out, or remove this one yourself")
  }
}
