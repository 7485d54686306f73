public import Hashing
internal import Linux
public import Reading

/// What `cupel build` left in an output folder (docs/record.md), read back and compared with itself:
/// nothing is said of a file whose bytes were not read here.
public struct CheckedOutput: Sendable {
  /// A file that the build wrote beside the artifacts.
  public struct Document: Sendable, Equatable {
    /// Relative to the output folder.
    public let name: String
    public let digest: Digest
  }

  public let record: JSON
  public let plan: JSON
  /// SHA-256 of the plan's canonical form.
  public let planDigest: Digest
  public let lock: Lock
  /// Tree digest of the source.
  public let source: Digest
  /// Leg A's artifacts, in the order of the record.
  public let artifacts: [Statement.Subject]
  /// The record and logs, and what was observed, sorted by name.
  public let documents: [Document]

  private static let documentLimit = 256 << 20
  /// Folders whose files are named beside the artifacts, where they are there.
  private static let documentFolders = ["logs", "observed", "sbom"]

  /// Reads and checks an output folder.
  public init(reading folder: String) throws(AttestingError) {
    let recordBytes = try Self.read("\(folder)/record.json")
    let planBytes = try Self.read("\(folder)/plan.json")
    let lockBytes = try Self.read("\(folder)/cupel.lock")
    let planDigest: Digest
    do throws(ReadingError) {
      record = try JSON(parsing: recordBytes, file: "\(folder)/record.json", role: .input)
      plan = try JSON(parsing: planBytes, file: "\(folder)/plan.json", role: .input)
      lock = try Lock(parsing: lockBytes, file: "\(folder)/cupel.lock")
      planDigest = Digest.hashing(try plan.canonicalBytes())
      artifacts = try PublishedRecord(record, file: "\(folder)/record.json").artifacts.map {
        Statement.Subject(name: $0.name, digest: $0.digest)
      }
    } catch {
      throw .unreadable(error)
    }
    self.planDigest = planDigest
    do throws(Malformation) {
      let inputs = try Members(plan, path: "plan").member("inputs")
      source = try inputs.member("source").digest("digest")
    } catch {
      throw .malformed(file: "\(folder)/plan.json", error)
    }
    var documents = [Document(name: "record.json", digest: Digest.hashing(recordBytes))]
    let place = try Self.doing("opening \(folder)") { () throws(SystemError) in
      try Directory(folder)
    }
    for name in Self.documentFolders where FileSystem.exists("\(folder)/\(name)") {
      documents += try Self.files(below: name, in: place)
    }
    self.documents = documents.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
    if artifacts.isEmpty { throw .noArtifacts }
    try compare(with: Self.files(below: "artifacts", in: place))
    let contradiction: AttestingError?
    do throws(Malformation) {
      contradiction = try self.contradiction()
    } catch {
      throw .malformed(file: "the output of the build", error)
    }
    if let contradiction { throw contradiction }
  }

  // MARK: Reading

  private static func read(_ path: String) throws(AttestingError) -> [UInt8] {
    try doing("reading \(path)") { () throws(SystemError) in
      try FileSystem.read(path, limit: documentLimit)
    }
  }

  private static func doing<Value: ~Copyable>(
    _ operation: String, _ body: () throws(SystemError) -> Value
  ) throws(AttestingError) -> Value {
    do throws(SystemError) {
      return try body()
    } catch {
      throw .system(operation, error)
    }
  }

  /// Every file below a folder, hashed; anything but files and folders is refused.
  private static func files(
    below name: String, in place: borrowing Directory
  ) throws(AttestingError) -> [Document] {
    let entries: [Directory.Entry]
    do throws(SystemError) {
      entries = try Directory(place.openBeneath(name), path: name).entries()
    } catch {
      throw .system("listing \(name)", error)
    }
    var files: [Document] = []
    for entry in entries {
      let path = "\(name)/\(entry.name)"
      switch entry.kind {
      case .directory: files += try self.files(below: path, in: place)
      case .regular:
        do throws(SystemError) {
          files.append(Document(name: path, digest: try hash(place.openBeneath(path))))
        } catch {
          throw .system("reading \(path)", error)
        }
      default: throw .notPlain(path)
      }
    }
    return files
  }

  private static func hash(_ file: consuming Descriptor) throws(SystemError) -> Digest {
    var hasher = Hasher()
    var buffer = [UInt8](repeating: 0, count: 1 << 20)
    while true {
      let count = try file.read(into: &buffer)
      if count == 0 { return hasher.finish() }
      hasher.update(buffer, count: count)
    }
  }

  // MARK: Comparing

  /// The files of the folder with the record: the same names, the same bytes.
  private func compare(with files: [Document]) throws(AttestingError) {
    for artifact in artifacts {
      let path = "artifacts/\(artifact.name)"
      guard let file = files.first(where: { $0.name.isExactly(path) }) else {
        throw .disagreement(path, with: "record.json", about: "whether it is there")
      }
      guard file.digest == artifact.digest else {
        throw .changed(path, recorded: artifact.digest, found: file.digest)
      }
    }
    for file in files
    where !artifacts.contains(where: { "artifacts/\($0.name)".isExactly(file.name) }) {
      throw .notRecorded(file.name)
    }
  }

  /// What the record, the plan and the lock say of each other; nil where they agree.
  private func contradiction() throws(Malformation) -> AttestingError? {
    let record = try Members(record, path: "record")
    let plan = try Members(plan, path: "plan")
    let inputs = try plan.member("inputs")
    guard try record.digest("plan") == planDigest else {
      return .changed("plan.json", recorded: try record.digest("plan"), found: planDigest)
    }
    let rootfs = try inputs.member("rootfs")
    guard try rootfs.digest("lock") == lock.rootfsDigest else {
      return .changed("cupel.lock", recorded: try rootfs.digest("lock"), found: lock.rootfsDigest)
    }
    let (used, planned) = (try record.member("toolchain"), try inputs.member("toolchain"))
    let (usedDigest, plannedDigest) =
      (try used.optionalDigest("digest"), try planned.optionalDigest("digest"))
    guard usedDigest == plannedDigest,
      try used.string("version").isExactly(planned.string("version"))
    else { return .disagreement("record.json", with: "plan.json", about: "the toolchain") }
    let (ran, legs) = (try record.members("legs"), try plan.members("legs"))
    guard ran.count == legs.count, !ran.isEmpty else {
      return .disagreement("record.json", with: "plan.json", about: "the number of legs")
    }
    var varied: Set<String> = []
    for (result, leg) in zip(ran, legs) {
      let variations = try leg.strings("variations")
      guard try result.string("name").isExactly(leg.string("name")),
        try result.strings("variations") == variations
      else { return .disagreement("record.json", with: "plan.json", about: "a leg") }
      varied.formUnion(variations)
    }
    return try contradictoryVerdict(record, legs: ran.count, varied: varied)
  }

  /// The verdict must follow from what the record says of the artifacts and the legs.
  private func contradictoryVerdict(
    _ record: Members, legs: Int, varied: Set<String>
  ) throws(Malformation) -> AttestingError? {
    let verdict = try record.member("verdict")
    let kind = try verdict.string("kind")
    let results = try record.members("artifacts").map { $0.object["result"]?.stringValue }
    let areIdentical = results.allSatisfy { $0 == "identical" }
    let claimed = verdict.has("variations") ? try verdict.strings("variations") : []
    let follows =
      switch kind {
      case "identical", "identical-latent":
        legs > 1 && areIdentical && varied.isSuperset(of: claimed)
      case "different": legs > 1 && !areIdentical
      case "not-compared": legs == 1
      default: false
      }
    return follows
      ? nil : .disagreement("the verdict", with: "the rest of record.json", about: kind)
  }
}
