public import Hashing
internal import Reading
public import Signing

/// A link of in-toto (in-toto specification 1.0, 4.3.4): that a step of a layout made these products of
/// these materials. Layouts compare links for equality, so it holds only what every builder of
/// the same has in common.
public struct InTotoLink: Sendable {
  /// The step of the layout.
  public let step: String
  /// The payload of an envelope: canonical JSON (RFC 8785).
  public let bytes: [UInt8]

  /// Whether a step can have this name, which the file's name begins with.
  public static func isStep(_ name: String) -> Bool {
    (1...64).contains(name.utf8.count) && !name.hasPrefix(".") && !name.hasPrefix("-")
      && name.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"),
          UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }

  /// The link of a build whose legs, if there are several, made the same.
  ///
  /// `files` are those of the source, by paths in it, where they are to be named one by one.
  public init(
    step: String, of build: CheckedOutput, files: [(path: String, digest: Digest)] = []
  ) throws(AttestingError) {
    let verdict: String
    let json: JSON
    do throws(Malformation) {
      let record = try Members(build.record, path: "record")
      verdict = try record.member("verdict").string("kind")
      json = try Self.json(step, build, files, verdict)
    } catch {
      throw .malformed(file: "the output of the build", error)
    }
    guard verdict != "different" else { throw .notReproduced }
    self.step = step
    do throws(ReadingError) {
      bytes = try json.canonicalBytes()
    } catch {
      throw .unreadable(error)
    }
  }

  private static func json(
    _ step: String, _ build: CheckedOutput, _ files: [(path: String, digest: Digest)],
    _ verdict: String
  ) throws(Malformation) -> JSON {
    let legs = try Members(build.plan, path: "plan").members("legs")
    return .object([
      ("_type", "link"),
      ("name", .string(step)),
      ("materials", try materials(build, files)),
      (
        "products",
        .object(build.artifacts.map { ($0.name, .object([("sha256", .string($0.digest.hex))])) })
      ),
      (
        "byproducts",
        .object([
          ("return-value", 0), ("verdict", .string(verdict)),
          ("plan", .string(build.planDigest.description)),
        ])
      ),
      ("command", .array(try legs.first?.strings("command").map { .string($0) } ?? [])),
      ("environment", .object([])),
    ])
  }

  /// What the provenance names, each by one digest: MATCH asks for equal sets of them, and how many
  /// are known can differ. What only a commit names is part of the source's tree.
  private static func materials(
    _ build: CheckedOutput, _ files: [(path: String, digest: Digest)]
  ) throws(Malformation) -> JSON {
    var materials = JSON.Object()
    for dependency in try Provenance().dependencies(of: build) {
      let algorithms = ["sha256", ResourceDescriptor.treeAlgorithm]
      let algorithm = algorithms.first { dependency.digest($0) != nil }
      guard let name = dependency.name ?? dependency.uri, let algorithm,
        let value = dependency.digest(algorithm)
      else { continue }
      let digest = JSON.object([(algorithm, .string(value))])
      guard materials[name] == nil || materials[name] == digest else {
        throw Malformation(
          path: "materials: \(name)", kind: .contradiction("another material of that name"))
      }
      materials[name] = digest
    }
    for file in files {
      // No dependency's name has a slash there, and no path is in a tree twice.
      materials.append(
        newKey: "source/\(file.path)", .object([("sha256", .string(file.digest.hex))]))
    }
    return .object(materials)
  }

  /// An envelope with one signature, by which the key has the name that in-toto looks for.
  public func signed(with key: SigningKey) throws(SigningError) -> Envelope {
    var envelope = Envelope(payloadType: Statement.payloadType, payload: bytes, signatures: [])
    try envelope.sign(with: key, as: key.verificationKey.inTotoKeyID)
    return envelope
  }

  /// What in-toto looks for the link of a key under.
  public func fileName(of key: VerificationKey) -> String {
    "\(step).\(key.inTotoKeyID.prefix(8)).link"
  }
}
