internal import Reading

/// A line that cargo prints with `--message-format json` (cargo's reference, "External tools").
enum CargoMessage: Equatable {
  case artifact(CargoArtifact)
  case scriptExecuted(CargoScript)
  case buildFinished(success: Bool)
  /// A message that nothing here depends on.
  case other(reason: String)

  /// Nil for a line that is no JSON object with a `reason`: build scripts may print what they like.
  init?(line: ArraySlice<UInt8>) {
    guard line.first == UInt8(ascii: "{"),
      let json = try? JSON(parsing: Array(line), file: "cargo's messages"),
      let reason = json["reason"]?.stringValue
    else { return nil }
    switch reason {
    case "compiler-artifact":
      guard let artifact = CargoArtifact(json) else { return nil }
      self = .artifact(artifact)
    case "build-script-executed":
      guard let script = CargoScript(json) else { return nil }
      self = .scriptExecuted(script)
    case "build-finished":
      self = .buildFinished(success: json["success"]?.boolValue ?? false)
    default:
      self = .other(reason: reason)
    }
  }
}

/// What cargo says of a build script that has run.
struct CargoScript: Equatable {
  let package: CargoPackage?
  /// OUT_DIR.
  let outFolder: String

  init?(_ json: JSON) {
    guard let folder = json["out_dir"]?.stringValue else { return nil }
    package = json["package_id"]?.stringValue.flatMap { CargoPackage(id: $0) }
    outFolder = folder
  }
}

/// What cargo says of one finished target.
struct CargoArtifact: Equatable {
  /// Nil when cargo names it in a way that is not known here.
  let package: CargoPackage?
  let manifestPath: String
  /// `bin`, `lib`, `cdylib`, `custom-build`, …
  let kinds: [String]
  let crateTypes: [String]
  let name: String
  /// The crate's root; empty when cargo does not say.
  let sourcePath: String
  /// Whether it is the test harness of its target (`cargo build --tests`).
  let isTest: Bool
  /// Absolute paths inside the sandbox.
  let files: [String]

  init?(_ json: JSON) {
    guard let manifest = json["manifest_path"]?.stringValue,
      let target = json["target"], let name = target["name"]?.stringValue,
      let files = json["filenames"]?.arrayValue
    else { return nil }
    package = json["package_id"]?.stringValue.flatMap { CargoPackage(id: $0) }
    manifestPath = manifest
    kinds = target["kind"]?.arrayValue?.compactMap(\.stringValue) ?? []
    crateTypes = target["crate_types"]?.arrayValue?.compactMap(\.stringValue) ?? []
    self.name = name
    sourcePath = target["src_path"]?.stringValue ?? ""
    isTest = json["profile"]?["test"]?.boolValue ?? false
    self.files = files.compactMap(\.stringValue)
  }
}
