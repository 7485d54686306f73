internal import Linux
public import Planning
internal import Sandboxing

/// What is needed of a built leg to run its units again, each alone: how cargo started them, and the
/// target folder, which lives in memory until this goes away.
public final class LegRemains: Sendable {
  public let leg: Plan.Leg
  let target: Directory
  let launches: [Launch]

  init(leg: Plan.Leg, target: consuming Directory, launches: [Launch]) {
    self.leg = leg
    self.target = target
    self.launches = launches
  }

  /// How cargo started a unit; nil where that was not seen. Of several the first counts: a program of
  /// the build's own can imitate a start only later (docs/units.md).
  func launch(of unit: RecordedUnit) -> Launch? {
    guard unit.kind != .buildScriptRun else {
      return launches.first { launch in
        guard let folder = launch.variable("OUT_DIR").flatMap(Invocation.belowTarget),
          launch.program != SandboxPaths.wrapper
        else { return false }
        return unit.outFolder.map { $0.utf8.elementsEqual(folder.utf8) } ?? false
      }
    }
    return launches.first { launch in
      guard launch.program == SandboxPaths.wrapper, let invocation = launch.invocation else {
        return false
      }
      return invocation.crate == unit.crate && invocation.suffix == unit.hash
        && invocation.kind == unit.kind && invocation.platform == unit.platform
        && invocation.package == unit.package
    }
  }
}

extension RecordedUnit {
  /// OUT_DIR of a build script's run, relative to the target folder.
  var outFolder: String? {
    guard kind == .buildScriptRun,
      let output = outputs.first(where: { $0.name.hasSuffix("/\(hash)/output") })
    else { return nil }
    return String(output.name.dropLast("output".utf8.count)) + "out"
  }
}

extension Launch {
  /// The value of a variable; getenv(3) takes the first of several.
  func variable(_ name: String) -> String? {
    environment.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.utf8.count + 1)) }
  }

  /// What rustc is asked for.
  var invocation: Invocation? {
    var variables: [String: String] = [:]
    for name in Attribution.interest(.none).environment { variables[name] = variable(name) }
    return Invocation(Announcement(arguments: arguments, environment: variables))
  }
}
