import Hashing
import Linux
import Reading

/// From each package that apt chose to the signed file that vouches for it: the package's digest
/// stands in a list of packages, whose digest stands in a Release file, which keys of the keyring
/// have signed. apt has checked all of it; this repeats it, so that a lock can say what was found.
struct ReleaseChain {
  private struct Link {
    let index: AptIndex
    let digest: Digest
    let list: PackageList
  }

  private let releases: [ReleaseFile]
  private let links: [Link]
  private let snapshot: UTCTime?

  private static let indexLimit = 1 << 30

  init(
    of debs: [Deb], _ indexes: [AptIndex], suites: [String], keyring: Keyring, snapshot: UTCTime?
  ) throws(FetchingError) {
    let folder = try doing(
      "making a folder for signed files", try TemporaryFolder(prefix: "cupel-release"))
    let names = Set(debs.map(\.name))
    var releases: [ReleaseFile] = []
    var links: [Link] = []
    for suite in suites {
      for index in indexes where index.suite == suite {
        if releases.last?.suite != suite {
          let release = try ReleaseFile(
            suite: suite, path: index.releasePath, keyring: keyring, folder: folder.path)
          if let snapshot, release.date > snapshot {
            throw .archive(.afterSnapshot(suite: suite, date: release.date, snapshot: snapshot))
          }
          releases.append(release)
        }
        let bytes = try doing(
          "reading \(index.name) of \(suite)",
          try FileSystem.read(index.path, limit: Self.indexLimit))
        let digest = Digest.hashing(bytes)
        try releases[releases.count - 1].check(index, digest)
        links.append(Link(index: index, digest: digest, list: PackageList(bytes, of: names)))
      }
    }
    self.releases = releases
    self.links = links
    self.snapshot = snapshot
  }

  /// The package as a lock has it, of the first suite that lists it.
  func package(_ deb: Deb) throws(FetchingError) -> Lock.Package {
    let title = "\(deb.name) \(deb.version)"
    var found: (link: Link, entry: PackageList.Entry)?
    for link in links {
      for entry in link.list.entries[deb.name] ?? []
      where entry.version == deb.version && entry.architecture == deb.architecture {
        guard let first = found?.entry else {
          found = (link, entry)
          continue
        }
        if first.sha256 != entry.sha256 {
          throw .archive(
            .ambiguous(package: title, first: first.sha256, second: entry.sha256))
        }
      }
    }
    guard let (link, entry) = found, entry.sha256 == deb.sha256, entry.size == deb.size,
      let uri = PercentEncoding.decode(deb.uri), uri.hasSuffix("/\(entry.filename)")
    else { throw .archive(.untraceable(package: title)) }
    return Lock.Package(
      name: deb.name, version: deb.version, architecture: deb.architecture, size: deb.size,
      sha256: deb.sha256, filename: entry.filename, suite: link.index.suite, index: link.index.name)
  }

  /// The releases as a lock has them.
  var locked: [Lock.Release] {
    releases.map { release in
      Lock.Release(
        suite: release.suite, codename: release.codename, date: release.date,
        validUntil: release.validUntil, snapshot: snapshot, sha256: release.digest,
        signers: release.signers,
        indexes: links.filter { $0.index.suite == release.suite }
          .map { Lock.Release.Index(name: $0.index.name, sha256: $0.digest) })
    }
  }

  /// Fails where a lock knows a later state of a suite, or another one of the same time: a signature
  /// does not keep a mirror from serving what was signed long ago.
  static func check(
    _ releases: [Lock.Release], replace previous: [Lock.Release]
  ) throws(FetchingError) {
    for release in releases where release.snapshot == nil {
      guard let known = previous.first(where: { $0.suite == release.suite }) else { continue }
      if release.date < known.date {
        throw .archive(.older(suite: release.suite, date: release.date, known: known.date))
      }
      if release.isFork(of: known) {
        throw .archive(.forked(suite: release.suite, date: release.date))
      }
    }
  }
}
