public import Hashing
public import Reading

extension Plan {
  /// The SHA-256 of the plan's canonical JSON (RFC 8785): the identity of the build.
  public var digest: Digest {
    guard let bytes = try? json.canonicalBytes() else {
      preconditionFailure("a plan holds no fractions")
    }
    return Digest.hashing(bytes)
  }

  /// Documented in docs/record.md.
  public var json: JSON {
    .object([
      ("schema", "cupel-plan/1"),
      ("inputs", inputs.json),
      ("request", request.json),
      (
        "sandboxProfile",
        .object([("name", .string(profileName)), ("digest", .string(profile.description))])
      ),
      (
        "pathRemapping",
        .array(
          PathRemapping.standard.map {
            .object([("from", .string($0.from)), ("to", .string($0.to))])
          })
      ),
      ("legs", .array(legs.map(\.json))),
    ])
  }
}

extension Inputs {
  var json: JSON {
    .object([
      (
        "source",
        .object([
          ("digest", .string(source.digest.description)),
          ("projectPath", .string(source.projectPath)),
          ("commit", source.commit.map { .string($0) } ?? .null),
          ("dirty", .bool(source.isDirty)),
          ("sourceDateEpoch", .integer(source.epoch)),
          ("sourceDateEpochOrigin", .string(source.epochOrigin.rawValue)),
        ])
      ),
      ("cargoLock", .string(cargoLock.description)),
      (
        "vendors",
        .array(
          vendors.map {
            .object([
              ("digest", .string($0.digest.description)),
              ("mountPath", .string($0.mountPath)),
              ("cargoSettings", .array($0.cargoSettings.map { .string($0) })),
            ])
          })
      ),
      (
        "rootfs",
        .object([
          ("digest", .string(rootfs.digest.description)),
          ("recipe", .string(rootfs.recipe)),
          ("lock", .string(rootfs.lock.description)),
        ])
      ),
      (
        "toolchain",
        .object([
          ("digest", toolchain.digest.map { .string($0.description) } ?? .null),
          ("version", .string(toolchain.version)),
          ("components", .array(toolchain.components.map { .string($0) })),
          ("cargo", .string(toolchain.cargo)),
          ("rustc", .string(toolchain.rustc)),
        ])
      ),
    ])
  }
}

extension BuildRequest {
  var json: JSON {
    func list(_ values: [String]) -> JSON { .array(values.map { .string($0) }) }
    // Only where it is asked for, so that plans from before it was known are the same still.
    let auditable: [(String, JSON)] = auditable ? [("auditable", true)] : []
    return .object(
      auditable + [
        ("profile", .string(profile)),
        ("targets", list(targets)),
        ("packages", list(packages)),
        ("bins", list(bins)),
        ("features", list(features)),
        ("allFeatures", .bool(allFeatures)),
        ("noDefaultFeatures", .bool(noDefaultFeatures)),
        ("workspace", .bool(workspace)),
        ("cargoArguments", list(cargoArguments)),
      ])
  }
}

extension Plan.Leg {
  public var json: JSON {
    .object([
      ("name", .string(name)),
      ("variations", .array(variations.map { .string($0.rawValue) })),
      ("seed", seed.map { .integer(Int64(bitPattern: $0)) } ?? .null),
      ("conditions", conditions.json),
      ("clockLibrary", clockLibrary?.json ?? .null),
      ("directory", .string(directory)),
      ("command", .array(command.map { .string($0) })),
      (
        "environment",
        .array(
          environment.map {
            .object([("name", .string($0.name)), ("value", .string($0.value))])
          })
      ),
    ])
  }
}

extension Conditions {
  var json: JSON {
    .object([
      ("hostname", .string(hostname)),
      ("domain", .string(domain)),
      ("userName", .string(userName)),
      ("uid", .integer(Int64(uid))),
      ("gid", .integer(Int64(gid))),
      ("timezone", .string(timezone)),
      ("locale", .string(locale)),
      ("umask", .string("0" + String(umask, radix: 8))),
      ("cpuCount", .integer(Int64(cpuCount))),
      ("jobs", .integer(Int64(jobs))),
      ("reversesListings", .bool(reversesListings)),
      ("listingSeed", listingSeed.map { .integer(Int64(bitPattern: $0)) } ?? .null),
      ("randomizesAddresses", .bool(randomizesAddresses)),
      ("randomSeed", .integer(Int64(bitPattern: randomSeed))),
      ("reportsOldKernel", .bool(reportsOldKernel)),
      ("clockOffset", .integer(clockOffset)),
      ("home", .string(home)),
      ("temporary", .string(temporary)),
      ("sourceTime", sourceTime.map { .integer($0) } ?? .null),
      ("niceness", .integer(Int64(niceness))),
      ("root", .string(root)),
    ])
  }
}
