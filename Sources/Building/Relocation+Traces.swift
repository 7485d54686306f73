internal import Planning
internal import Sandboxing

/// What was seen in a leg, with the paths of leg A: all of this room speaks of those.
extension Relocation {
  func restored(_ trace: ProcessTrace) -> ProcessTrace {
    guard moves else { return trace }
    return ProcessTrace(
      processes: trace.processes.map { process in
        ProcessTrace.Process(
          pid: process.pid, executable: restored(process.executable),
          arguments: process.arguments.map { restored($0) },
          environment: process.environment.mapValues { restored($0) },
          libraries: process.libraries.map { restored($0) },
          hasMoreLibraries: process.hasMoreLibraries)
      })
  }

  func restored(_ denial: Denial) -> Denial {
    guard moves else { return denial }
    return Denial(
      category: denial.category, call: restored(denial.call), error: denial.error,
      caller: restored(denial.caller))
  }

  func restored(_ observation: Observation) -> Observation {
    guard moves else { return observation }
    return Observation(
      kind: observation.kind, path: restored(observation.path),
      arguments: observation.arguments.map { restored($0) }, exists: observation.exists,
      pid: observation.pid, caller: observation.caller.map { restored($0) })
  }

  func restored(_ announcement: Announcement) -> Announcement {
    guard moves else { return announcement }
    return Announcement(
      arguments: announcement.arguments.map { restored($0) },
      environment: announcement.environment.mapValues { restored($0) },
      isTruncated: announcement.isTruncated)
  }
}
