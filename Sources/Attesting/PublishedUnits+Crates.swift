extension PublishedUnits {
  /// All crates of which anything was compiled.
  var crates: Set<CrateName> { Set(units.compactMap(\.package)) }

  /// What was built for an artifact, and whether it is linked into it; nil where the units do not say
  /// which of them made it.
  func crates(of artifact: String) -> [CrateName: Bool]? {
    guard isComplete, let maker = maker(of: artifact) else { return nil }
    // What runs during the build (macros, build scripts and all that these need) is not linked.
    var roles = [maker: true]
    var waiting = [maker]
    while let index = waiting.popLast() {
      let isLinked = roles[index] == true
      for dependency in units[index].dependencies {
        let isLinkedToo = isLinked && ["lib", "foreign-lib"].contains(units[dependency].kind)
        if let known = roles[dependency], known || !isLinkedToo { continue }
        roles[dependency] = isLinkedToo
        waiting.append(dependency)
      }
    }
    var crates: [CrateName: Bool] = [:]
    for (index, isLinked) in roles {
      guard let package = units[index].package else { continue }
      crates[package] = crates[package] == true || isLinked
    }
    return crates
  }

  /// The only unit that can have made a file of this name.
  private func maker(of artifact: String) -> Int? {
    let file = artifact.split(separator: "/").last ?? ""
    let name = (file.split(separator: ".").first.map(String.init) ?? "").replacing("-", with: "_")
    func makers(_ kind: String, _ prefix: String) -> [Int] {
      units.indices.filter {
        units[$0].kind == kind && "\(prefix)\(units[$0].crate)".isExactly(name)
          && units[$0].package != nil
      }
    }
    let programs = makers("bin", "")
    let all = programs.isEmpty ? makers("foreign-lib", "lib") : programs
    return all.count == 1 ? all[0] : nil
  }
}
