// rooms: Failing CLinux CChild CSeccomp CCap Linux CCrypto Hashing Reading Storing Planning Sandboxing Comparing Building Explaining
// seeds: Tests/ReportingTests/Golden/*.json Tests/PlanningTests/Golden/*.json
// made: units
import Building
import Explaining
import Planning
import Reading

/// Reads any bytes as record.json, as its list of units and as plan.json. Units that are accepted can
/// be compared with themselves, with none, and with others of the same graph.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  if let plan = try? RecordedPlan(parsing: bytes, file: "input"),
    let made = try? plan.plan(file: "input")
  {
    _ = plan.firstDifference(from: made)
  }
  guard let json = try? JSON(parsing: bytes, file: "input") else { return 0 }
  if let record = try? PublishedRecord(json, file: "input") {
    let names = Set(record.artifacts.map { Array($0.name.utf8) })
    precondition(names.count == record.artifacts.count)
    precondition(names.allSatisfy { $0.first != UInt8(ascii: "/") })
  }
  // A list of units may be the whole input, which then is found sooner.
  for list in [json, json["units"]].compactMap({ $0 }) {
    if let record = try? UnitRecord(recorded: list, file: "input") { compare(record) }
  }
  return 0
}

private func compare(_ record: UnitRecord) {
  let units = record.units
  for (index, unit) in units.enumerated() {
    precondition(unit.dependencies.allSatisfy { units.indices.contains($0) && $0 != index })
  }
  precondition(Blame(record, record).findings.isEmpty)
  let others = units.enumerated().map { index, unit in
    RecordedUnit(
      package: unit.package, kind: unit.kind, crate: unit.crate, hash: unit.hash,
      platform: unit.platform, dependencies: unit.dependencies,
      outputs: index % 2 == 0 ? [] : unit.outputs)
  }
  for other in [UnitRecord(units: []), UnitRecord(units: others)] {
    for blame in [Blame(record, other), Blame(other, record)] {
      for (index, finding) in blame.findings.enumerated() {
        // What explains a difference is named before it, and is one.
        guard case .propagated(let roots) = finding.state else { continue }
        precondition(roots.allSatisfy { $0 < index } && !roots.isEmpty)
      }
      precondition(blame.beginnings.allSatisfy(blame.findings.indices.contains))
    }
  }
}
