public import Building
internal import Planning
public import Reading
internal import Sandboxing

extension LegResult {
  /// Lines of `observed/LEG.jsonl`, whose schema docs/observation.md describes; nil when nothing
  /// was to be observed.
  public var observationLines: [JSON]? {
    observations.map { $0.map(line) + sandboxLines }
  }

  /// What rustc or a build script wrote down itself.
  private func line(_ observation: UnitObservation) -> JSON {
    line(
      unit: [
        ("package", observation.package.map { .string($0.name) } ?? .null),
        ("version", observation.package.map { .string($0.version) } ?? .null),
        ("step", .string(observation.step.rawValue)),
        ("target", .string(observation.target)),
        ("triple", observation.triple.map { .string($0) } ?? .null),
      ], source: "build",
      evidence: observation.package == nil ? .none : .claimed,
      [
        ("read", .array(observation.read.map(Self.file))),
        ("written", .array(observation.written.map(Self.file))),
        (
          "environment",
          .array(
            observation.environment.map { variable in
              .object([
                ("name", .string(variable.name)),
                ("value", variable.value.map { .string($0) } ?? .null),
              ])
            })
        ),
        ("truncated", .bool(observation.isTruncated)),
      ])
  }

  /// What the sandbox saw and refused, a line for each unit.
  private var sandboxLines: [JSON] {
    var units = activities.map(\.unit)
    for denial in denials.listed where !units.contains(denial.unit) { units.append(denial.unit) }
    return units.map { unit in
      let activity = activities.first { $0.unit == unit }
      let own = denials.listed.filter { $0.unit == unit }
      let package = unit.packages.count == 1 ? unit.packages.first : nil
      let isTruncated =
        denials.unlisted > 0 || unlistedObservations > 0 || activity?.isTruncated == true
      return line(
        unit: [
          ("package", package.map { .string($0.name) } ?? .null),
          ("version", package.map { .string($0.version) } ?? .null),
          ("step", .string(unit.step.rawValue)),
          ("target", unit.compiling.map { .string($0) } ?? .null),
          ("triple", .null),
        ], source: "sandbox", evidence: unit.evidence,
        [
          ("read", .array((activity?.read ?? []).map(Self.file))),
          ("written", .array((activity?.written ?? []).map(Self.file))),
          ("programs", .array((activity?.programs ?? []).map(Self.file))),
          (
            "sockets",
            .array(
              own.filter { $0.denial.category == .network }.map { .string($0.denial.call) })
          ),
          ("denials", .array(own.map { .object($0.members) })),
          ("truncated", .bool(isTruncated)),
        ])
    }
  }

  /// Every member is always there; null is what this source does not know.
  private func line(
    unit: [(String, JSON)], source: String, evidence: Unit.Evidence, _ known: [(String, JSON)]
  ) -> JSON {
    .object(
      [
        ("schema", "cupel-observation/1"), ("leg", .string(leg)), ("unit", .object(unit)),
        ("source", .string(source)), ("evidence", .string(evidence.rawValue)),
        ("read", .null), ("written", .null), ("environment", .null), ("programs", .null),
        ("sockets", .null), ("denials", .null), ("truncated", false),
      ] + known)
  }

  private static func file(_ path: String) -> JSON {
    .object([("path", .string(path)), ("class", .string(FileClass(path).rawValue))])
  }
}

/// Where a file of the sandbox comes from, or what it is for.
enum FileClass: String, CaseIterable {
  case source, vendor, toolchain, rootfs, target, temporary, home, other

  init(_ path: String) {
    // A path with `..` in it is somewhere else than it seems.
    guard path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
      self = .other
      return
    }
    // Folders of other legs have something behind a hyphen: `/build/home-varied`.
    let folders: [(String, FileClass)] = [
      (SandboxPaths.source, .source), (SandboxPaths.vendor, .vendor),
      (SandboxPaths.toolchain, .toolchain), (SandboxPaths.target, .target),
      (SandboxPaths.cargoHome, .home), (SandboxPaths.home, .home),
      (SandboxPaths.temporary, .temporary), ("/build", .other),
    ]
    let place = folders.first { folder, _ in
      path.hasPrefix(folder + "/")
        || path.hasPrefix(folder + "-") && path.dropFirst(folder.count).contains("/")
    }
    self = place?.1 ?? .rootfs
  }
}
