internal import Hashing
internal import Reading

extension RecordedPlan {
  /// The plan that was written down, made of nothing but what it says itself. Whether it is the same
  /// one, `firstDifference` tells.
  ///
  /// - Parameters:
  ///   - file: for messages.
  ///   - isOnce: whether leg A is all that is wanted.
  /// - Returns: the plan.
  /// - Throws: `ReadingError` where a member is missing; `PlanningError` where it asks for what no plan
  ///   may.
  public func plan(file: String, isOnce: Bool = false) throws -> Plan {
    func digest(_ path: String...) throws(ReadingError) -> Digest {
      let found = path.reduce(Optional(json)) { $0?[$1] }
      guard let digest = (found?.stringValue).flatMap({ Digest(prefixed: $0) }) else {
        throw ReadingError(
          file: file, position: nil, role: .input,
          fact: .missingKey(path.last ?? "", table: path.dropLast().joined(separator: ".")))
      }
      return digest
    }
    return try Plan(
      inputs: Inputs(
        source: source, vendors: vendors, cargoLock: digest("inputs", "cargoLock"),
        rootfs: RootfsInput(
          digest: rootfs, recipe: json["inputs"]?["rootfs"]?["recipe"]?.stringValue ?? "",
          lock: digest("inputs", "rootfs", "lock")),
        toolchain: toolchain),
      request: request, profile: digest("sandboxProfile", "digest"), profileName: profileName,
      cpuCount: cpuCount, jobs: jobs, variations: isOnce ? nil : variations, seed: seed,
      legCount: max(legCount, 2), configuredEnvironment: configuredEnvironment)
  }

  /// What the project's own configuration set: it stands behind the flags that every plan has.
  private var configuredEnvironment: [EnvironmentVariable] {
    let own = PathRemapping.cFlags(.none).joined(separator: " ") + " "
    return (json["legs"]?[0]?["environment"]?.arrayValue ?? []).compactMap { entry in
      guard let name = entry["name"]?.stringValue, ["CFLAGS", "CXXFLAGS"].contains(name),
        let value = entry["value"]?.stringValue, value.hasPrefix(own)
      else { return nil }
      return EnvironmentVariable(name, String(value.dropFirst(own.count)))
    }
  }
}
