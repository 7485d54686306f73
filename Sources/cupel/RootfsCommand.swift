import ArgumentParser
import Failing
import Fetching
import Hashing
import Linux
import Reading
import Reporting
import Storing

/// `cupel rootfs`.
struct RootfsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rootfs",
    abstract: "Look at rootfs trees, what they are made of and who vouches for it.",
    subcommands: [List.self, Show.self, Verify.self, Difference.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ls", abstract: "List the rootfs trees in the store.")

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
      let store = try Store.open()
      let locks = try Rootfs.locks(in: store)
      var items: [JSON] = []
      for root in try store.roots() where root.name.hasPrefix("rootfs/") {
        let name = String(root.name.dropFirst("rootfs/".count))
        let tree = StoredTree(try store.tree(root.digest))
        let lock = locks.first { $0.rootfs == root.digest && $0.recipe.name == name }
        let chain = lock.map(RootfsReport.chain)
        items.append(
          .object([
            ("recipe", .string(name)), ("tree", .string("\(root.digest)")),
            ("files", .integer(Int64(tree.fileCount))), ("bytes", .integer(tree.byteCount)),
            ("packages", lock.map { .integer(Int64($0.packages.count)) } ?? .null),
            ("chain", chain.map { .string($0) } ?? .null),
          ]))
        if !json {
          StandardStream.output.write(
            "\(root.digest)  \(name)  \(ByteCount(bytes: tree.byteCount).rounded), "
              + "\(tree.fileCount) files, \(lock?.contents ?? "no lock"), "
              + "chain: \(chain ?? "unknown")\n")
        }
      }
      if json {
        StandardStream.output.write(
          JSON.object([("schema", "cupel-rootfs-list/1"), ("rootfs", .array(items))])
            .prettyBytes())
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show",
      abstract: "Show a rootfs's packages or layers, and the chain that vouches for them.",
      discussion: """
        That of the project's cupel.lock, else the one that was last fetched for its recipe.

        Example:
          cupel rootfs show --recipe debian-bookworm-rust
        """)

    @OptionGroup var choice: LockOptions

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
      let report = RootfsReport(try choice.chosen(in: Store.open()))
      if json {
        StandardStream.output.write(report.json.prettyBytes())
      } else {
        StandardStream.output.write(report.words)
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify",
      abstract: "Hash a rootfs's tree, and the downloads it was made of, again.",
      discussion: """
        Downloads that are not kept any more are named and are no failure: the tree's digest is what
        the lock pins. Exit status: 0 all is what the lock says, 3 something is not.
        """)

    @OptionGroup var choice: LockOptions

    mutating func run() throws {
      try Interruption.watch([.interrupt, .terminate, .hangup])
      let store = try Store.open()
      let lock = try choice.chosen(in: store)
      guard let digest = try Rootfs.find(lock, in: store) else {
        throw UsageError(
          "looking for the rootfs `\(lock.recipe.name)`: it is not in the store",
          hint: "run `cupel fetch`")
      }
      _ = try store.verify(digest)
      StandardStream.output.write("\(digest)  ok\n")
      if lock.packages.isEmpty { return }
      let kept = try Rootfs.verifyDownloads(of: lock, in: store)
      StandardStream.output.write(
        "\(kept) of \(lock.packages.count) downloads ok"
          + (kept < lock.packages.count ? ", the others are not kept\n" : "\n"))
    }
  }

  struct Difference: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff",
      abstract: "Compare two cupel.lock files by packages, releases and layers.",
      discussion: """
        Raises an alarm where a version stays and its digest does not, where the archive has gone
        back in time, has two states of one date, is signed by none of the keys of before or by
        nobody any more, and where the same contents make another tree.

        Exit status: 0 nothing differs, 1 differences, 3 an alarming one.

        Example:
          git show main:cupel.lock > old.lock && cupel rootfs diff old.lock cupel.lock
        """)

    @Argument(help: "The older cupel.lock.")
    var old: String

    @Argument(help: "The newer cupel.lock.")
    var new: String

    @Flag(help: "Print JSON.")
    var json = false

    mutating func run() throws {
      let difference = RootfsDifference(from: try Self.lock(old), to: try Self.lock(new))
      let report = RootfsDifferenceReport(difference)
      if json {
        StandardStream.output.write(report.json.prettyBytes())
      } else {
        StandardStream.output.write(report.words)
      }
      if difference.isAlarming { throw Ending(.inputRejected) }
      if !difference.changes.isEmpty { throw Ending(.different) }
    }

    private static func lock(_ path: String) throws -> Lock {
      do {
        return try Lock(parsing: try FileSystem.read(path, limit: 64 << 20), file: path)
      } catch let error as SystemError {
        throw UsageError("reading the lock", cause: error, hint: "name a cupel.lock")
      }
    }
  }
}

/// Which lock is meant, where no network may be asked.
struct LockOptions: ParsableArguments {
  @Argument(help: "The project's folder.")
  var project = "."

  @Option(help: "A lock other than the project's cupel.lock.")
  var lock: String?

  @OptionGroup var environment: EnvironmentOptions

  func chosen(in store: Store) throws -> Lock {
    if environment.recipe == nil, let lock = try ProjectFiles.lock(in: project, named: lock) {
      return lock
    }
    let recipe = try environment.recipe(
      ProjectFiles.manifest(in: project), projectFolder: project)
    guard let known = try Rootfs.find(recipe, in: store) else {
      throw UsageError(
        "looking for the rootfs `\(recipe.name)`: it is not in the store",
        hint: "run `cupel fetch`")
    }
    return known.lock
  }
}
