public import Hashing
public import Reading

/// A plan.json that was written down, taken apart into what a plan is made of, so that the plan can
/// be made again and compared.
public struct RecordedPlan: Sendable {
  public let json: JSON
  public let source: SourceInput
  public let vendors: [VendorInput]
  public let toolchain: ToolchainInput
  /// Tree digest.
  public let rootfs: Digest
  public let request: BuildRequest
  public let profileName: String
  public let cpuCount: Int
  public let jobs: Int
  /// Nil where only one leg was planned.
  public let variations: [Variation]?
  /// What leg B's values follow from; nil where they are the fixed ones.
  public let seed: UInt64?
  public let legCount: Int

  /// More CPUs or jobs than a plan may ask for.
  static let cpuLimit = 32_768

  /// Reads a plan in canonical form (docs/record.md).
  ///
  /// - Throws: `ReadingError` with role `.input`. What is read is believed only after `firstDifference`
  ///   found none.
  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    let json = try JSON(parsing: bytes, file: file, role: .input)
    let root = JSONFields(json, file: file)
    guard try root.string("schema") == "cupel-plan/1" else {
      throw root.bad("schema", "cupel-plan/1")
    }
    let inputs = try root.member("inputs")
    let source = try inputs.member("source")
    self.source = SourceInput(
      digest: try source.digest("digest"), projectPath: try source.folderPath("projectPath"),
      commit: try source.optionalString("commit"), isDirty: try source.bool("dirty"),
      epoch: try source.integer("sourceDateEpoch"),
      epochOrigin: try source.word("sourceDateEpochOrigin"))
    var vendors: [VendorInput] = []
    for vendor in try inputs.few("vendors") {
      vendors.append(
        VendorInput(
          digest: try vendor.digest("digest"), mountPath: try vendor.string("mountPath"),
          cargoSettings: try vendor.strings("cargoSettings")))
    }
    self.vendors = vendors
    rootfs = try inputs.member("rootfs").digest("digest")
    let toolchain = try inputs.member("toolchain")
    self.toolchain = ToolchainInput(
      digest: toolchain.json["digest"]?.isNull == true ? nil : try toolchain.digest("digest"),
      version: try toolchain.string("version"), components: try toolchain.strings("components"),
      cargo: try toolchain.string("cargo"), rustc: try toolchain.string("rustc"))
    request = try Self.request(root.member("request"))
    profileName = try root.member("sandboxProfile").string("name")
    let legs = try root.few("legs")
    guard let first = legs.first, legs.count <= Plan.mostLegs else {
      throw root.bad("legs", "one to \(Plan.mostLegs) legs")
    }
    legCount = legs.count
    let conditions = try first.member("conditions")
    cpuCount = try conditions.number("cpuCount", limit: Self.cpuLimit)
    jobs = try conditions.number("jobs", limit: Self.cpuLimit)
    if legs.count > 1 {
      var variations: [Variation] = []
      for name in try legs[1].strings("variations") {
        guard let variation = Variation(rawValue: name) else {
          throw legs[1].bad("variations", "names of variations")
        }
        variations.append(variation)
      }
      self.variations = variations
      seed = try legs[1].optionalSeed("seed")
    } else {
      variations = nil
      seed = nil
    }
    self.json = json
  }

  private static func request(_ fields: JSONFields) throws(ReadingError) -> BuildRequest {
    BuildRequest(
      profile: try fields.string("profile"), targets: try fields.strings("targets"),
      packages: try fields.strings("packages"), bins: try fields.strings("bins"),
      features: try fields.strings("features"), allFeatures: try fields.bool("allFeatures"),
      noDefaultFeatures: try fields.bool("noDefaultFeatures"),
      workspace: try fields.bool("workspace"),
      auditable: fields.json["auditable"] == nil ? false : try fields.bool("auditable"),
      cargoArguments: try fields.strings("cargoArguments"))
  }

  /// The first ingredient that is another one in `plan`, such as `inputs.cargoLock`, with both
  /// values; nil when the plans are the same.
  public func firstDifference(
    from plan: Plan
  ) -> (ingredient: String, recorded: String, made: String)? {
    Self.difference(json, plan.json, at: "")
  }

  private static func difference(
    _ recorded: JSON?, _ made: JSON?, at path: String
  ) -> (ingredient: String, recorded: String, made: String)? {
    switch (recorded, made) {
    case (.object(let left)?, .object(let right)?):
      // Ours first, in the order of the plan: what the recorded one has beside them comes last.
      let keys = right.members.map(\.key) + left.members.map(\.key)
      for key in keys {
        let inner = path.isEmpty ? key : "\(path).\(key)"
        if let found = difference(left[key], right[key], at: inner) { return found }
      }
      return nil
    case (.array(let left)?, .array(let right)?):
      for index in 0..<max(left.count, right.count) {
        let found = difference(
          index < left.count ? left[index] : nil, index < right.count ? right[index] : nil,
          at: "\(path)[\(index)]")
        if let found { return found }
      }
      return nil
    default:
      return recorded == made ? nil : (path, words(recorded), words(made))
    }
  }

  private static func words(_ json: JSON?) -> String {
    guard let json else { return "nothing" }
    let text = String(decoding: json.compactBytes(), as: UTF8.self)
    return text.utf8.count > 200 ? "\(text.prefix(200))…" : text
  }
}

extension JSONFields {
  /// Legs, folders of crates: a plan has few of each.
  fileprivate func few(_ key: String) throws(ReadingError) -> [JSONFields] {
    guard try array(key).count <= 64 else { throw bad(key, "a short array of objects") }
    return try members(key)
  }

  fileprivate func number(_ key: String, limit: Int) throws(ReadingError) -> Int {
    guard let value = Int(exactly: try integer(key)), 1...limit ~= value else {
      throw bad(key, "a number from 1 to \(limit)")
    }
    return value
  }

  fileprivate func optionalSeed(_ key: String) throws(ReadingError) -> UInt64? {
    if json[key]?.isNull == true { return nil }
    guard let value = UInt64(exactly: try integer(key)), value <= Plan.largestSeed else {
      throw bad(key, "a number from 0 to \(Plan.largestSeed), or null")
    }
    return value
  }

  /// Empty for the folder itself.
  fileprivate func folderPath(_ key: String) throws(ReadingError) -> String {
    try string(key).isEmpty ? "" : try relativePath(key)
  }
}
