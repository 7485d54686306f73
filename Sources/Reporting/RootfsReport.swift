public import Reading

/// What a lock says of a rootfs, for people and for machines.
public struct RootfsReport: Sendable {
  private let lock: Lock

  public init(_ lock: Lock) {
    self.lock = lock
  }

  /// How far the packages can be traced: `signed`, `image` or `none`.
  public static func chain(of lock: Lock) -> String {
    lock.image != nil ? "image" : lock.releases.isEmpty ? "none" : "signed"
  }

  public var words: String {
    var lines = [
      "recipe  \(lock.recipe.name)  \(lock.recipe.digest)",
      "tree    \(lock.rootfs.map { "\($0)" } ?? "not pinned")  \(lock.architecture)",
    ]
    if let image = lock.image {
      lines += ["image   \(image.manifest)"] + image.layers.map { "layer   \($0)" }
    } else if lock.releases.isEmpty {
      lines.append("chain   none: the lock does not say who vouches for its packages")
    }
    for release in lock.releases {
      let until = release.validUntil.map { ", valid until \($0.text)" } ?? ""
      let snapshot = release.snapshot.map { ", snapshot \($0.snapshotName)" } ?? ""
      lines += [
        "", "\(release.suite) (\(release.codename)) of \(release.date.text)\(until)\(snapshot)",
        "  InRelease  \(release.sha256)",
      ]
      lines += release.signers.map { "  signed by  \($0)" }
      lines += release.indexes.map { "  \($0.name)  \($0.sha256)" }
    }
    if !lock.packages.isEmpty { lines.append("") }
    let width = lock.packages.map(\.name.count).max() ?? 0
    for package in lock.packages {
      let name = package.name + String(repeating: " ", count: width - package.name.count)
      lines.append("\(name)  \(package.version)  \(package.suite)  \(package.sha256)")
    }
    if !lock.packages.isEmpty {
      let (count, size) = (lock.packages.count, lock.packages.reduce(0) { $0 + $1.size })
      lines.append(
        "\(count) \(count == 1 ? "package" : "packages"), \(ByteCount(bytes: size).rounded)")
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// Documented in docs/recipes.md.
  public var json: JSON {
    .object([
      ("schema", "cupel-rootfs/1"),
      (
        "recipe",
        .object([
          ("name", .string(lock.recipe.name)), ("digest", .string("\(lock.recipe.digest)")),
        ])
      ),
      ("architecture", .string(lock.architecture)),
      ("tree", lock.rootfs.map { .string("\($0)") } ?? .null),
      ("chain", .string(Self.chain(of: lock))),
      ("releases", .array(lock.releases.map(Self.json))),
      (
        "image",
        lock.image.map { image in
          .object([
            ("manifest", .string("\(image.manifest)")),
            ("layers", .array(image.layers.map { .string("\($0)") })),
          ])
        } ?? .null
      ),
      ("packages", .array(lock.packages.map(Self.json))),
    ])
  }

  private static func json(_ release: Lock.Release) -> JSON {
    .object([
      ("suite", .string(release.suite)), ("codename", .string(release.codename)),
      ("date", .string(release.date.text)),
      ("validUntil", release.validUntil.map { .string($0.text) } ?? .null),
      ("snapshot", release.snapshot.map { .string($0.snapshotName) } ?? .null),
      ("digest", .string("\(release.sha256)")),
      ("signedBy", .array(release.signers.map { .string($0) })),
      (
        "indexes",
        .array(
          release.indexes.map {
            .object([("name", .string($0.name)), ("digest", .string("\($0.sha256)"))])
          })
      ),
    ])
  }

  private static func json(_ package: Lock.Package) -> JSON {
    .object([
      ("name", .string(package.name)), ("version", .string(package.version)),
      ("architecture", .string(package.architecture)), ("size", .integer(package.size)),
      ("digest", .string("\(package.sha256)")), ("filename", .string(package.filename)),
      ("suite", .string(package.suite)),
      ("index", package.index.map { .string($0) } ?? .null),
    ])
  }
}
