import Hashing
import Linux
import Planning
import Reading
import Sandboxing
public import Staging
import Storing

/// Archives of crates got by the pinned cargo, checked against Cargo.lock and kept in the store.
///
/// Resolution, protocols and registries are cargo's own. What it brought is believed only where its
/// SHA-256 is the one in Cargo.lock.
public struct CrateSupply: Sendable {
  /// How many archives are new in the store, and their bytes.
  public let count: Int
  public let byteCount: Int64

  /// Gets what `order` lacks. `say` takes what cargo does as it does it, with no secret in it.
  ///
  /// - Throws: `.missing` with all that could not be had, when what could is kept already.
  public static func run(
    _ order: CrateOrder, on host: SupplyHost, tokens: [RegistryToken],
    say: @escaping (String) -> Void
  ) throws(SupplyingError) -> CrateSupply {
    let project = try staging(try order.stageManifests(into: host.store))
    let lease = try storing(
      try host.store.lease(
        [project.digest, host.rootfs] + (host.toolchain.digest.map { [$0] } ?? [])))
    let fetch = FetchSandbox(
      order: order, project: project, host: host, tokens: tokens, network: HostNetwork.find())
    let said = CargoTalk(hiding: fetch.secrets, say: say)
    let outcome: Outcome
    let collection: Collection
    do {
      var talk = try DescriptorPair.pipe()
      let output = talk.takeFirst()
      let input = talk.takeSecond()
      let stops = host.stop.map { [$0] } ?? []
      var running = try RunningSandbox.start(
        try fetch.sandbox(), streams: .init(output: input.raw, error: input.raw), stops: stops)
      _ = consume input
      outcome = try running.wait(reading: [.output(output.raw, said.take)], stops: stops)
      said.finish()
      collection = try Collection(try running.collected(FetchSandbox.cargoHome), order, host.store)
    } catch let error as SandboxError {
      throw .sandbox(error)
    } catch let error as SystemError {
      throw .system("fetching crates", error)
    } catch let error as SupplyingError {
      throw error
    } catch {
      fatalError("an error of a type that is never thrown: \(error)")
    }
    _ = consume lease
    switch outcome.ending {
    case .interrupted: throw .interrupted
    case .timedOut: throw .timedOut(seconds: host.timeout)
    case .exited, .signalled, .outOfMemory, .killed: break
    }
    if collection.missing.isEmpty {
      return CrateSupply(count: collection.kept, byteCount: collection.byteCount)
    }
    if collection.isFull { throw .outOfSpace }
    throw .missing(
      SupplyingError.Missing(
        crates: collection.missing, kept: collection.kept, others: collection.others,
        places: order.places,
        cargo: "cargo \(host.toolchain.version) ended with status \(outcome.shellStatus)",
        words: said.lines))
  }
}

/// What cargo left in its folder, when every process of its sandbox is dead.
private struct Collection {
  private(set) var kept = 0
  private(set) var byteCount: Int64 = 0
  private(set) var missing: [CrateOrder.Item] = []
  /// Archives with a wanted name and another digest.
  private(set) var others: [(crate: String, digest: Digest)] = []
  let isFull: Bool

  /// Bytes of an archive.
  private static let limit = 256 << 20

  init(
    _ home: borrowing Directory, _ order: CrateOrder, _ store: Store
  ) throws(SupplyingError) {
    isFull = (try? FileSystem.freeSpace(of: home)).map { $0 < 64 << 10 } ?? false
    // One folder for each registry; the digest tells whose crate it is.
    var folders: [String] = []
    if let cache = try? home.directory("registry").directory("cache"),
      let entries = try? cache.entries()
    {
      for entry in entries where entry.kind == .directory { folders.append(entry.name) }
    }
    for item in order.missing {
      var isKept = false
      for folder in folders where !isKept {
        let name = "\(item.package.name)-\(item.package.version).crate"
        guard let file = try? home.openBeneath("registry/cache/\(folder)/\(name)"),
          let status = try? FileSystem.status(of: file), status.kind == .regular,
          let bytes = try? file.readToEnd(limit: Self.limit)
        else { continue }
        let digest = Digest.hashing(bytes)
        guard digest == item.checksum else {
          others.append((item.title, digest))
          continue
        }
        _ = try storing(try store.keepArchive(bytes))
        kept += 1
        byteCount += Int64(bytes.count)
        isKept = true
      }
      if !isKept { missing.append(item) }
    }
  }
}
