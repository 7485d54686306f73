import ArgumentParser
import Failing
import Fetching
import Linux
import Planning
import Reading
import Reporting
import Staging
import Storing

/// `cupel kit`.
struct KitCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "kit",
    abstract: "Carry everything that a rebuild needs to a machine without a network.",
    subcommands: [Export.self, Import.self, Show.self])

  /// `cupel kit export`.
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "export",
      abstract: "Write source, crates, rootfs, toolchain, lock, plan and profile into one kit.",
      discussion: """
        Takes the options of `cupel build`, plans the same build and builds nothing. The same
        inputs give the same kit, byte for byte. Its identity, the SHA-256 of its manifest.json,
        goes to standard output.

        Examples:
          cupel kit export --out app.kit
          cupel kit export --record cupel-out --out app.kit
          cupel kit export --form folder --rootfs packages --out app-kit
        """)

    @OptionGroup var options: BuildOptions

    @Option(help: "The kit to write.")
    var out: String

    @Option(help: "One file (a tar archive) or a folder: file, folder.")
    var form = KitExport.Form.file

    @Option(help: "Carry the rootfs as a tree, or as the packages of the lock: tree, packages.")
    var rootfs = RootfsForm.tree

    @Option(help: "The output folder, or record.json, of the published build of the same plan.")
    var record: String?

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let prepared = try PreparedBuild.prepare(options, output: out, notice: Talk.notice)
      let result = try prepared.exportKit(
        to: out, form: form, rootfs: rootfs, record: try record.map(readRecord))
      Talk.say(KitReport(result).words)
      StandardStream.output.write("\(result.digest)\n")
    }

    private func readRecord(_ path: String) throws -> [UInt8] {
      let file = FileSystem.isDirectory(path) ? "\(path)/record.json" : path
      do {
        return try FileSystem.read(file, limit: Int(KitPart.record.sizeLimit))
      } catch {
        throw UsageError("reading the record of the published build", cause: error)
      }
    }
  }

  /// `cupel kit import`.
  struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "import",
      abstract: "Verify a kit and put all of it into the store.",
      discussion: """
        Nothing is in the store before everything was verified. Its identity goes to standard
        output.

        Example:
          cupel kit import app.kit
        """)

    @Argument(help: "The kit: a file or a folder.")
    var kit: String

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let store = try Store.open()
      let kit = try Kit(reading: kit, store: store, notice: { Talk.notice($0.text) })
      try kit.completeRootfs(in: store)
      try kit.publish(keeping: true)
      Talk.say("plan \(kit.plan.digest)")
      StandardStream.output.write("\(kit.digest)\n")
    }
  }

  /// `cupel kit show`.
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Verify a kit's members and say what each part weighs; stores nothing.",
      discussion: """
        Example:
          cupel kit show app.kit
        """)

    @Argument(help: "The kit: a file or a folder.")
    var kit: String

    @Flag(help: "Print manifest.json as it is in the kit.")
    var manifest = false

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let folder = try ScratchFolder.make(
        in: Machine.environment("TMPDIR") ?? "/tmp", prefix: "cupel-kit")
      let members = try KitMembers(reading: kit, into: folder.path) {
        switch $0 {
        case .plan, .record, .tree: true
        default: false
        }
      }
      let text =
        manifest ? members.manifest.bytes : Array(try KitReport(members).words.utf8) + [0x0a]
      StandardStream.output.write(text)
    }
  }
}

/// How a kit carries the rootfs.
enum RootfsForm: String, CaseIterable, ExpressibleByArgument {
  case tree, packages
}

extension Kit {
  /// Lays the rootfs out where the kit carries its packages.
  borrowing func completeRootfs(in store: Store) throws {
    if let folder = try packages() { try Rootfs.assemble(lock, from: folder, in: store) }
  }
}
