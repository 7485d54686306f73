import Attesting
import Hashing
import Linux
import Reading
import Signing
import Testing

/// A private folder with the output of a build, and keys.
struct Scene: ~Copyable {
  static let home = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")

  let path: String
  let key: SigningKey
  let other: SigningKey

  init() throws {
    let keys = (try SigningKey.generate(.ed25519), try SigningKey.generate(.p256))
    let path = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    try Self.write(to: "\(path)/out")
    self.path = path
    (key, other) = keys
  }

  deinit { try? FileSystem.removeTree(path) }

  var output: String { "\(path)/out" }

  static func data(_ name: String) throws -> JSON {
    try JSON(parsing: FileSystem.read("\(home)/Data/\(name)"), file: name)
  }

  /// Writes an output folder whose files agree, unless `record` or `plan` make them disagree after
  /// the digests were set.
  func write(
    artifact: String = "the artifact\n", plan change: (inout JSON) -> Void = { _ in },
    record changeRecord: (inout JSON) -> Void = { _ in }
  ) throws {
    try Self.write(to: output, artifact: artifact, plan: change, record: changeRecord)
  }

  private static func write(
    to output: String, artifact: String = "the artifact\n",
    plan change: (inout JSON) -> Void = { _ in },
    record changeRecord: (inout JSON) -> Void = { _ in }
  ) throws {
    var plan = try data("plan.json")
    var record = try data("record.json")
    let lockText = try FileSystem.read("\(home)/Data/cupel.lock")
    let lock = try Lock(parsing: lockText, file: "cupel.lock")
    plan.set(["inputs", "rootfs", "lock"], .string(lock.rootfsDigest.description))
    change(&plan)
    record.set(["plan"], .string(Digest.hashing(try plan.canonicalBytes()).description))
    record.set(["artifacts", "0", "digest"], .string(Digest.hashing(artifact).description))
    changeRecord(&record)
    try FileSystem.removeTree(output)
    for folder in ["artifacts", "logs"] { try FileSystem.makeDirectories("\(output)/\(folder)") }
    try FileSystem.write(Array(artifact.utf8), to: "\(output)/artifacts/app")
    try FileSystem.write(Array("Compiling app\n".utf8), to: "\(output)/logs/A.log")
    try FileSystem.write(plan.prettyBytes(), to: "\(output)/plan.json")
    try FileSystem.write(record.prettyBytes(), to: "\(output)/record.json")
    try FileSystem.write(lockText, to: "\(output)/cupel.lock")
  }

  func build() throws -> CheckedOutput { try CheckedOutput(reading: output) }

  var artifact: Verification.Artifact {
    get throws {
      let bytes = try FileSystem.read("\(output)/artifacts/app")
      return Verification.Artifact(name: "app", digest: Digest.hashing(bytes))
    }
  }

  static let provenance = Provenance(
    builder: "https://example.org/builders/1", sourceURI: "git+https://example.org/app",
    invocation: "run-7")

  /// Provenance, reproducibility and runtime trace.
  func statements() throws -> [Statement] {
    let build = try build()
    return [
      try Self.provenance.statement(of: build), try Reproducibility.statement(of: build),
      try RuntimeTrace.statement(of: build, builder: Self.provenance.builder),
    ]
  }

  func sign(
    _ payload: [UInt8], type: String = Statement.payloadType, place: String = "a.json",
    with keys: [SigningKey]? = nil
  ) throws -> Material {
    let envelope = try Envelope(signing: payload, payloadType: type, with: keys ?? [key])
    return Material(place: place, bytes: envelope.jsonBytes)
  }

  func materials(with key: SigningKey? = nil) throws -> [Material] {
    try statements().enumerated().map {
      try sign($0.element.bytes(), place: "\($0.offset).json", with: [key ?? self.key])
    }
  }

  static let time = UTCTime(seconds: 1_800_000_000)

  func verify(
    _ materials: [Material], policy: String? = nil, keys: [VerificationKey]? = nil,
    artifacts: [Verification.Artifact]? = nil
  ) throws -> Verification {
    Verification(
      artifacts: try artifacts ?? [artifact], materials: materials,
      keys: keys ?? [key.verificationKey],
      policy: try policy.map {
        try VerificationPolicy(parsing: Array("schema = 1\n\($0)".utf8), file: "policy.toml")
      }, time: Self.time)
  }

  /// The codes of what stands against it, sorted.
  func codes(_ materials: [Material], policy: String? = nil) throws -> [String] {
    try verify(materials, policy: policy).objections.map(\.code.rawValue).sorted()
  }
}

extension JSON {
  /// Sets, or with nil removes, what a path of keys and positions leads to.
  mutating func set(_ path: [String], _ value: JSON?) {
    guard let first = path.first else {
      self = value ?? .null
      return
    }
    switch self {
    case .object(var object):
      if path.count == 1 {
        object[first] = value
      } else {
        var inner = object[first] ?? .object([])
        inner.set(Array(path.dropFirst()), value)
        object[first] = inner
      }
      self = .object(object)
    case .array(var items):
      guard let index = Int(first) else { return }
      if path.count == 1 {
        if let value, index < items.count {
          items[index] = value
        } else if let value {
          items.append(value)
        } else {
          items.remove(at: index)
        }
      } else {
        items[index].set(Array(path.dropFirst()), value)
      }
      self = .array(items)
    default: break
    }
  }
}
