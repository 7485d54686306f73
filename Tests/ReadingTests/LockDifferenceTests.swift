import Testing

@testable import Reading

@Suite struct LockDifferenceTests {
  private static let one = String(repeating: "1", count: 64)
  private static let two = String(repeating: "2", count: 64)
  private static let commit = String(repeating: "a", count: 40)

  private struct Locked {
    let name: String
    let version: String
    var source: String? = LockVerificationTests.cratesIO
    var checksum: String? = LockDifferenceTests.one
  }

  private func lock(_ packages: [Locked]) throws -> CargoLock {
    var text = "version = 4\n"
    for package in packages {
      text += "[[package]]\nname = \"\(package.name)\"\nversion = \"\(package.version)\"\n"
      if let source = package.source { text += "source = \"\(source)\"\n" }
      if let checksum = package.checksum { text += "checksum = \"\(checksum)\"\n" }
    }
    return try CargoLock(parsing: bytes(text), file: "Cargo.lock")
  }

  private func changes(_ old: [Locked], _ new: [Locked]) throws -> [String] {
    LockDifference(from: try lock(old), to: try lock(new)).changes.map { change in
      let name = (change.new ?? change.old)?.name ?? ""
      let versions = [change.old?.version, change.new?.version].compactMap { $0 }
      return "\(change.word) \(name) \(versions.joined(separator: " "))"
        + (change.isAlarm ? " ALARM" : "")
    }
  }

  @Test func seesNothingWhereNothingChanged() throws {
    let lock = [Locked(name: "a", version: "1.0.0"), Locked(name: "b", version: "1.0.0")]
    #expect(try changes(lock, lock.reversed()) == [])
    // The two names of crates.io are one place.
    #expect(
      try changes(
        [Locked(name: "a", version: "1.0.0")],
        [Locked(name: "a", version: "1.0.0", source: "sparse+https://index.crates.io/")]) == [])
  }

  @Test func tellsUpdatesFromOthers() throws {
    #expect(
      try changes(
        [
          Locked(name: "a", version: "1.9.0"), Locked(name: "b", version: "2.0.0"),
          Locked(name: "c", version: "1.0.0"),
        ],
        [
          Locked(name: "a", version: "1.10.0", checksum: Self.two),
          Locked(name: "b", version: "2.0.0-rc.1", checksum: Self.two),
          Locked(name: "d", version: "0.1.0"),
        ]) == [
          "upgraded a 1.9.0 1.10.0", "downgraded b 2.0.0 2.0.0-rc.1", "removed c 1.0.0",
          "added d 0.1.0",
        ])
  }

  @Test func pairsVersionsThatAreCompatible() throws {
    #expect(
      try changes(
        [Locked(name: "a", version: "0.1.5"), Locked(name: "a", version: "0.2.1")],
        [
          Locked(name: "a", version: "0.1.6"), Locked(name: "a", version: "0.2.1"),
          Locked(name: "a", version: "0.3.0"),
        ]) == ["upgraded a 0.1.5 0.1.6", "added a 0.3.0"])
  }

  @Test func raisesAlarms() throws {
    let old = [Locked(name: "a", version: "1.0.0")]
    let git = "git+https://example.com/a"
    #expect(
      try changes(old, [Locked(name: "a", version: "1.0.0", checksum: Self.two)])
        == ["checksum-changed a 1.0.0 1.0.0 ALARM"])
    #expect(
      try changes(old, [Locked(name: "a", version: "1.0.0", checksum: nil)])
        == ["checksum-removed a 1.0.0 1.0.0 ALARM"])
    #expect(
      try changes([Locked(name: "a", version: "1.0.0", checksum: nil)], old)
        == ["checksum-added a 1.0.0 1.0.0"])
    for source in ["registry+https://evil.example/i", "\(git)#\(Self.commit)", nil] {
      #expect(
        try changes(
          old, [Locked(name: "a", version: "1.0.0", source: source, checksum: nil)])
          == ["source-changed a 1.0.0 1.0.0 ALARM"])
    }
    #expect(
      try changes(
        old, [Locked(name: "a", version: "1.0.1", source: "\(git)#\(Self.commit)", checksum: nil)])
        == ["source-changed a 1.0.0 1.0.1 ALARM"])
    #expect(
      try changes(
        [Locked(name: "a", version: "1.0.0", source: "\(git)#\(Self.commit)", checksum: nil)],
        [
          Locked(
            name: "a", version: "1.0.0",
            source: "\(git)#\(String(repeating: "b", count: 40))", checksum: nil)
        ]) == ["commit-changed a 1.0.0 1.0.0"])
  }

  /// The example of Semantic Versioning 2.0.0, section 11.
  @Test func ordersVersions() {
    let ordered = [
      "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2",
      "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0+b", "1.0.1", "1.2.0", "1.10.0", "2.0.0",
    ]
    #expect(ordered.shuffled().sorted { SemanticVersion($0)! < SemanticVersion($1)! } == ordered)
    #expect(SemanticVersion("1.0") == nil && SemanticVersion("1.0.x") == nil)
    #expect(SemanticVersion("0.1.2")!.isCompatible(with: SemanticVersion("0.1.9")!))
    #expect(!SemanticVersion("0.1.2")!.isCompatible(with: SemanticVersion("0.2.0")!))
    #expect(!SemanticVersion("0.0.1")!.isCompatible(with: SemanticVersion("0.0.2")!))
    #expect(SemanticVersion("1.0.0")!.isCompatible(with: SemanticVersion("1.9.0")!))
  }
}
