internal import Hashing
internal import Reading

extension Verification {
  /// SBOMs, each of which has to be about one of the artifacts and to agree with it and with what is
  /// signed.
  mutating func judge(_ bills: [Material]) {
    var covered: [Artifact] = []
    for material in bills {
      do throws(Objection) {
        let comparison = try BillComparison(material, self)
        for artifact in comparison.artifacts { try comparison.check(artifact, self) }
        covered += comparison.artifacts
        ask(.sbom, material.place, .some(nil))
      } catch {
        ask(.sbom, material.place, .some(error))
      }
    }
    let isRequired = policy?.contents.requiresSBOM == true
    for artifact in artifacts where !covered.contains(artifact) {
      if isRequired {
        ask(.sbom, artifact.name, .some(Objection(.noSBOM, "")))
      } else if bills.isEmpty {
        ask(.sbom, artifact.name, nil)
      }
    }
  }
}

/// An SBOM beside the artifacts that it is about.
private struct BillComparison {
  private let bill: PublishedBill
  private let digest: Digest
  /// Of those that are verified.
  let artifacts: [Verification.Artifact]
  /// Whether it is about one file, not about all that a build made.
  private let isOfOne: Bool

  init(_ material: Material, _ verification: Verification) throws(Objection) {
    let bill: PublishedBill
    do throws(PublishedBillError) {
      bill = try PublishedBill(parsing: material.bytes, file: material.place)
    } catch {
      throw Objection(error)
    }
    self.bill = bill
    digest = material.digest
    let subject = bill.subject
    if subject.hasWeakDigestsOnly { throw Objection(.sbomWeakDigest, subject.name) }
    isOfOne = subject.digest != nil
    let named = subject.digest.map { [$0] } ?? bill.parts.compactMap { bill.components[$0].digest }
    artifacts = verification.artifacts.filter { named.contains($0.digest) }
    guard artifacts.isEmpty else { return }
    guard isOfOne else { throw Objection(.sbomWithoutDigest, subject.name) }
    throw Objection(.sbomOtherArtifact, "\(subject.name) \(named[0])")
  }

  func check(
    _ artifact: Verification.Artifact, _ verification: Verification
  ) throws(Objection) {
    let known = KnownContents.all(of: artifact, in: verification.attestations(of: artifact))
    guard !known.isEmpty else { throw Objection(.noProvenance, "\(artifact.digest)") }
    let listed = known.flatMap(\.provenance.byproducts).filter {
      $0.name?.hasPrefix("sbom/") ?? false
    }
    let isListed = listed.contains { $0.digest("sha256")?.isExactly(digest.hex) ?? false }
    guard listed.isEmpty || isListed else {
      throw Objection(.sbomNotListed, "its digest is \(digest)")
    }
    var (needed, list): ([String], DependencyList?) = ([], nil)
    if case .program(let names, let packages) = artifact.contents {
      (needed, list) = (names, packages)
    }
    for contents in known {
      let crates = try check(contents, list, isListed: isListed)
      try compare(crates, with: contents)
      if let list { try compare(crates, with: list, isExact: contents.provenance.isAuditable) }
    }
    try checkLibraries(needed)
  }

  /// A crate as the SBOM lists it.
  private struct Crate {
    var isLinked: Bool
    /// In the words of auditable-serde; nil where that is not known.
    var source: String?
  }

  // MARK: Provenance

  /// Holds every package against provenance; returns the crates.
  private func check(
    _ known: KnownContents, _ list: DependencyList?, isListed: Bool
  ) throws(Objection) -> [CrateName: Crate] {
    var crates: [CrateName: Crate] = [:]
    var files = [bill.subject]
    for (position, component) in bill.components.enumerated() {
      if !isOfOne, bill.parts.contains(position),
        let digest = component.digest, known.artifacts.contains(digest)
      {
        files.append(component)
        continue
      }
      // A part of a crate, such as a target, is not listed elsewhere.
      guard let url = component.url, !url.contains("#") else { continue }
      guard url.hasPrefix("pkg:cargo/") else {
        try checkPackage(component, url, known)
        continue
      }
      let name = try self.name(component, url)
      let source = try checkCrate(component, url, name, known, list, isListed: isListed)
      let other = crates[name]
      crates[name] = Crate(
        isLinked: component.isLinked || other?.isLinked == true, source: other?.source ?? source)
    }
    for file in files {
      guard let url = file.url else { continue }
      guard url.hasPrefix("pkg:cargo/") else { throw Objection(.sbomUnknown, url) }
      let isCrate = bill.components.contains { component in
        component.url?.isExactly(url) == true && component.version == file.version
          && component.digest != file.digest
      }
      // Where the artifact stands for its crate, that is one more.
      if !isCrate { crates[try name(file, url)] = Crate(isLinked: true, source: nil) }
    }
    return crates
  }

  private func name(
    _ component: PublishedBill.Component, _ url: String
  ) throws(Objection) -> CrateName {
    guard let version = component.version,
      PackageURL.names(url, type: "cargo", name: component.name, version: version)
    else {
      throw Objection(
        .sbomMalformed, "\(component.name) \(component.version ?? "") is called \(url)")
    }
    return CrateName(component.name, version)
  }

  /// Returns where the crate is from.
  private func checkCrate(
    _ component: PublishedBill.Component, _ url: String, _ name: CrateName,
    _ known: KnownContents, _ list: DependencyList?, isListed: Bool
  ) throws(Objection) -> String? {
    if let dependency = known.dependency(url) {
      try checkDigest(component, dependency)
      return dependency.crateSource
    }
    let foreign = known.foreign(name)
    // Two of one name and version, from different places, cannot be told apart in Cargo's own names.
    if foreign.count > 1, !url.contains("?"), component.digest == nil { return nil }
    // The project's own, which provenance does not list one by one.
    let isOwn =
      foreign.isEmpty && !url.contains("?")
      && (isListed || known.everBuilt?.contains(name) == true
        || list?.packages.contains {
          $0.source.isExactly("local") && CrateName($0.name, $0.version) == name
        } == true)
    guard isOwn else { throw Objection(.sbomUnknown, url) }
    guard component.digest == nil else { throw Objection(.sbomDigest, "\(url) has none") }
    return "local"
  }

  /// A package of the rootfs, or the library that comes with the compiler.
  private func checkPackage(
    _ component: PublishedBill.Component, _ url: String, _ known: KnownContents
  ) throws(Objection) {
    let version = component.version ?? ""
    if url.hasPrefix("pkg:generic/") {
      let library = PackageURL.generic(
        name: "rust-std", version: known.provenance.toolchainVersion)
      guard url.isExactly(library) else { throw Objection(.sbomUnknown, url) }
      guard PackageURL.names(url, type: "generic", name: component.name, version: version) else {
        throw Objection(.sbomMalformed, "\(component.name) \(version) is called \(url)")
      }
      return
    }
    guard let dependency = known.dependency(url) else { throw Objection(.sbomUnknown, url) }
    guard PackageURL.names(url, type: "deb/debian", name: component.name, version: version) else {
      throw Objection(.sbomMalformed, "\(component.name) \(version) is called \(url)")
    }
    try checkDigest(component, dependency)
  }

  private func checkDigest(
    _ component: PublishedBill.Component, _ dependency: ResourceDescriptor
  ) throws(Objection) {
    guard component.digest?.hex == dependency.archive else {
      let found = component.digest?.description ?? "none"
      throw Objection(
        .sbomDigest,
        "\(dependency.uri ?? ""): \(found), expected \(dependency.archive ?? "none")")
    }
  }

  // MARK: Crates

  private func compare(
    _ crates: [CrateName: Crate], with known: KnownContents
  ) throws(Objection) {
    if let everBuilt = known.everBuilt,
      let name = crates.keys.filter({ !everBuilt.contains($0) }).min()
    {
      throw Objection(.sbomNotBuilt, name.words)
    }
    guard let built = known.built else { return }
    for (name, isLinked) in built.sorted(by: { $0.key < $1.key }) {
      guard let crate = crates[name] else { throw Objection(.sbomMissing, name.words) }
      if isOfOne, crate.isLinked != isLinked { throw Objection(.sbomRole, name.words) }
    }
    if isOfOne, let name = crates.keys.filter({ built[$0] == nil }).min() {
      throw Objection(.sbomNotBuilt, name.words)
    }
  }

  private func compare(
    _ crates: [CrateName: Crate], with list: DependencyList, isExact: Bool
  ) throws(Objection) {
    var listed: [CrateName: (isLinked: Bool, sources: [String])] = [:]
    for package in list.packages {
      let name = CrateName(package.name, package.version)
      let other = listed[name]
      listed[name] = (
        other?.isLinked == true || !package.isBuild, (other?.sources ?? []) + [package.source]
      )
    }
    func differs(_ name: CrateName, _ how: String) -> Objection {
      Objection(.sbomDependencyList, "\(name.words): \(how)")
    }
    for (name, crate) in crates.sorted(by: { $0.key < $1.key }) {
      guard let package = listed[name] else {
        if isOfOne { throw differs(name, "only in the SBOM") }
        continue
      }
      if let source = crate.source, !package.sources.contains(where: { $0.isExactly(source) }) {
        throw differs(
          name, "from \(source), in the artifact from \(package.sources.joined(separator: ", "))")
      }
      if isExact, isOfOne, crate.isLinked != package.isLinked {
        throw differs(name, "in one of them it only took part in the build")
      }
    }
    // Lists that are made of cargo's metadata have more than was built.
    guard isExact else { return }
    if let name = listed.keys.filter({ crates[$0] == nil }).min() {
      throw differs(name, "only in the artifact")
    }
  }

  // MARK: Libraries

  /// Where the SBOM knows what the linker did, or says that it is complete, it has to name each library.
  private func checkLibraries(_ needed: [String]) throws(Objection) {
    guard bill.isComplete || bill.components.contains(where: \.isFromLinker) else { return }
    for library in needed {
      // The linker opens what the name is a link to, such as libz.so.1.2.13.
      let isThere = bill.components.contains { component in
        component.url == nil
          && (component.name.isExactly(library)
            || component.name.utf8.starts(with: "\(library).".utf8))
      }
      guard isThere else { throw Objection(.sbomLibrary, library) }
    }
  }
}

extension Objection {
  fileprivate init(_ error: PublishedBillError) {
    let code: Code =
      switch error.kind {
      case .unreadable: .sbomUnreadable
      case .unknownForm: .sbomUnknownForm
      case .malformed: .sbomMalformed
      case .twice: .sbomTwice
      case .dangling: .sbomDangling
      case .loop: .sbomLoop
      }
    self.init(code, error.detail)
  }
}
