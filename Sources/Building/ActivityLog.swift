internal import Sandboxing

/// Takes down what the processes of a leg are seen to do. One thread feeds it; what it keeps is
/// bounded by the sandbox, which hands out only so many observations.
final class ActivityLog {
  private struct Facts {
    // As bytes: a String would take canonically equivalent paths for one.
    var read: Set<[UInt8]> = []
    var written: Set<[UInt8]> = []
    var programs: Set<[UInt8]> = []

    mutating func add(_ other: Facts) {
      read.formUnion(other.read)
      written.formUnion(other.written)
      programs.formUnion(other.programs)
    }
  }

  private var actors: [(trace: ProcessTrace, facts: Facts)] = []
  /// Which of the actors a process number is by now.
  private var current: [Int32: Int] = [:]

  func take(_ observation: Observation) {
    if let caller = observation.caller {
      current[observation.pid] = actors.count
      actors.append((caller, Facts()))
    }
    guard let actor = current[observation.pid] else { return }
    // A file to be written is often made by the call; one to be read has to be there.
    guard observation.exists || observation.kind == .write else { return }
    let path = Array(observation.path.utf8)
    switch observation.kind {
    case .exec: actors[actor].facts.programs.insert(path)
    case .read: actors[actor].facts.read.insert(path)
    case .write: actors[actor].facts.written.insert(path)
    case .network, .denied: break  // told as denials
    }
  }

  /// Everything, by unit; in the order in which the units were first seen.
  func units(_ unit: (ProcessTrace) -> Unit) -> [UnitActivity] {
    var order: [Unit] = []
    var facts: [Unit: Facts] = [:]
    for actor in actors {
      let unit = unit(actor.trace)
      if facts[unit] == nil { order.append(unit) }
      facts[unit, default: Facts()].add(actor.facts)
    }
    return order.map { unit in
      let all = facts[unit] ?? Facts()
      let lists = [all.read, all.written, all.programs].map { paths in
        paths.sorted { $0.lexicographicallyPrecedes($1) }.prefix(UnitObservation.longestList)
          .map { String(decoding: $0, as: UTF8.self) }
      }
      return UnitActivity(
        unit: unit, read: lists[0], written: lists[1], programs: lists[2],
        isTruncated: [all.read, all.written, all.programs].contains {
          $0.count > UnitObservation.longestList
        })
    }
  }
}
