import ArgumentParser
import Failing
import Hashing
import Linux
import Reading
import Storing

/// `cupel store`.
struct StoreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "store",
    abstract: "Look after the store of trees.",
    discussion:
      "The store is the folder CUPEL_STORE, else cupel in XDG_DATA_HOME or ~/.local/share.",
    subcommands: [List.self, Verify.self, Collect.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ls", abstract: "List the trees, most recently used first.")

    mutating func run() throws {
      let entries = try Store.open().list().sorted { $0.lastUsed > $1.lastUsed }
      for entry in entries {
        let size = "\(entry.tree.byteCount) bytes"
        StandardStream.output.write(
          "\(entry.tree.digest)  \(entry.tree.fileCount) files  \(size)  "
            + "\(entry.roots.joined(separator: " "))\n")
      }
    }
  }

  struct Verify: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "verify", abstract: "Hash trees again and compare with their names.")

    @Argument(help: "Digests, as sha256:HEX; all trees by default.")
    var digests: [String] = []

    @Flag(help: "Remove damaged trees, unless they are in use, so that they can be made again.")
    var remove = false

    mutating func run() throws {
      let store = try Store.open()
      var chosen = try store.digests()
      if !digests.isEmpty {
        chosen = []
        for text in digests {
          guard let digest = Digest(prefixed: text) else {
            throw UsageError(
              "reading the digest `\(text)`", hint: "write sha256: and 64 hex digits")
          }
          chosen.append(digest)
        }
      }
      var damage: StoringError?
      for digest in chosen {
        do throws(StoringError) {
          try store.verify(digest)
          StandardStream.output.write("\(digest)  ok\n")
        } catch {
          guard error.exitCode == .inputRejected else { throw error }
          let isRemoved = remove ? try store.remove(digest) : false
          let word = isRemoved ? "damaged, removed" : remove ? "damaged, in use" : "damaged"
          StandardStream.output.write("\(digest)  \(word)\n")
          damage = damage ?? error
        }
      }
      if let damage { throw damage }
    }
  }

  struct Collect: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "gc",
      abstract: "Remove trees that no fetched rootfs names and no run uses.")

    mutating func run() throws {
      let collected = try Store.open().collectGarbage()
      let size = collected.trees.reduce(0) { $0 + $1.byteCount }
      StandardStream.output.write(
        "removed \(collected.trees.count) trees, \(ByteCount(bytes: size).rounded), and "
          + "\(collected.draftCount) abandoned drafts\n")
    }
  }
}
