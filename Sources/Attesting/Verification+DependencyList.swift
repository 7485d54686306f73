internal import Reading

extension Verification {
  /// The list of packages in an artifact, against what was resolved and built; without being asked,
  /// where there is one.
  mutating func judgeDependencyList(of artifact: Artifact) {
    let isRequired = policy?.contents.requiresDependencyList == true
    let absent: Objection?? = isRequired ? .some(Objection(.noDependencyList, "")) : nil
    switch artifact.contents {
    case nil, .unknown: ask(.dependencyList, artifact.name, absent)
    case .broken(let words):
      ask(.dependencyList, artifact.name, .some(Objection(.artifactUnreadable, words)))
    case .unreadableList(let words):
      ask(.dependencyList, artifact.name, .some(Objection(.dependencyListUnreadable, words)))
    case .program(_, nil): ask(.dependencyList, artifact.name, absent)
    case .program(_, let list?):
      let known = KnownContents.all(of: artifact, in: attestations(of: artifact))
      // Without provenance there is nothing to compare with, which is refused already.
      guard !known.isEmpty else { return ask(.dependencyList, artifact.name, nil) }
      do throws(Objection) {
        for contents in known { try contents.check(list) }
        ask(.dependencyList, artifact.name, .some(nil))
      } catch {
        ask(.dependencyList, artifact.name, .some(error))
      }
    }
  }
}

extension KnownContents {
  fileprivate func check(_ list: DependencyList) throws(Objection) {
    var roles: [CrateName: Bool] = [:]
    var seen: Set<[UInt8]> = []
    for package in list.packages {
      let name = CrateName(package.name, package.version)
      guard seen.insert(Array("\(name.words) \(package.source)".utf8)).inserted else {
        throw Objection(.dependencyListTwice, "\(name.words) from \(package.source)")
      }
      let sources = foreign(name).map(\.crateSource)
      let isKnown =
        package.source.isExactly("local")
        ? sources.isEmpty : sources.contains { $0.isExactly(package.source) }
      guard isKnown else {
        let found = sources.isEmpty ? "nowhere else" : sources.joined(separator: ", ")
        throw Objection(
          .dependencyListUnknown,
          "\(name.words) from \(package.source), provenance has it from \(found)")
      }
      roles[name] = roles[name] == true || !package.isBuild
    }
    // What cargo-auditable or the project itself puts in lists more than what was built.
    guard provenance.isAuditable else { return }
    if let everBuilt, let name = roles.keys.filter({ !everBuilt.contains($0) }).min() {
      throw Objection(.dependencyListNotBuilt, name.words)
    }
    guard let built else { return }
    for (name, isLinked) in built.sorted(by: { $0.key < $1.key }) {
      guard let role = roles[name] else { throw Objection(.dependencyListMissing, name.words) }
      guard role == isLinked else { throw Objection(.dependencyListRole, name.words) }
    }
    if let name = roles.keys.filter({ built[$0] == nil }).min() {
      throw Objection(.dependencyListNotBuilt, name.words)
    }
  }
}
