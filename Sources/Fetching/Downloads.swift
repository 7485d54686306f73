import Hashing
import Linux
import Reading

/// A folder of packages under the names of their digests. What has its final name was checked; what
/// is in `partial` is to be gone on with.
struct Downloads {
  private let folder: String
  /// Held as long as files may be added.
  private let packages: [Lock.Package]

  private static let parallel = 4
  /// Packages up to this size share a run of apt-helper.
  private static let batchBytes: Int64 = 2 << 20
  private static let batchFiles = 32

  init(folder: String, packages: [Lock.Package]) {
    self.folder = folder
    self.packages = packages
  }

  func path(of package: Lock.Package) -> String { "\(folder)/\(package.sha256.hex).deb" }

  /// Gets every package that is not here yet and checks all of them.
  func complete(
    mirrors: Mirrors, progress: @escaping @Sendable (RootfsProgress) -> Void
  ) throws(FetchingError) {
    let task = "preparing the downloads in \(folder)"
    try doing(task, try FileSystem.makeDirectories("\(folder)/partial", permissions: 0o700))
    let lock = try doing(task, try FileLock("\(folder)/lock", .exclusive))
    let total = packages.reduce(0) { $0 + $1.size }
    let count = packages.count
    let meter = Meter { items, bytes in
      progress(
        .downloading(bytes: bytes, totalBytes: total, packages: items, totalPackages: count))
    }
    let present = try Workers.map(packages, threads: Machine.allowedCPUs.count) {
      package throws(FetchingError) in
      let isHere = try check(package)
      if isHere { meter.add(package.size) }
      return isHere
    }
    let missing = zip(packages, present).filter { !$0.1 }.map(\.0)
    if !missing.isEmpty {
      let apt = try Apt()
      _ = try Workers.map(Self.batches(missing), threads: Self.parallel) {
        batch throws(FetchingError) in
        try get(batch, mirrors: mirrors, apt: apt, meter: meter)
      }
    }
    _ = consume lock
  }

  /// Hashes every package that is here and changes nothing; how many those are.
  func verify() throws(FetchingError) -> Int {
    let present = try Workers.map(packages, threads: Machine.allowedCPUs.count) {
      package throws(FetchingError) in
      let path = path(of: package)
      guard FileSystem.exists(path) else { return false }
      let actual = try digest(of: path)
      guard actual == package.sha256 else {
        throw FetchingError.mismatch(
          filename: package.filename, expected: package.sha256, actual: actual)
      }
      return true
    }
    return present.count { $0 }
  }

  /// Whether the package is here; a file that is not what it says is removed.
  func check(_ package: Lock.Package) throws(FetchingError) -> Bool {
    let path = path(of: package)
    guard FileSystem.exists(path) else { return false }
    if try digest(of: path) == package.sha256 { return true }
    try doing("removing \(path)", try FileSystem.remove(path))
    return false
  }

  private func digest(of path: String) throws(FetchingError) -> Digest {
    let task = "checking \(path)"
    let file = try doing(task, try FileSystem.open(path))
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var hasher = Hasher()
    while true {
      let count = try doing(task, try file.read(into: &buffer))
      if count == 0 { return hasher.finish() }
      hasher.update(buffer, count: count)
    }
  }

  /// The largest first, the small ones together.
  private static func batches(_ packages: [Lock.Package]) -> [[Lock.Package]] {
    var batches: [[Lock.Package]] = []
    var bytes: Int64 = 0
    for package in packages.sorted(by: { $0.size > $1.size }) {
      if let last = batches.last, bytes + package.size <= batchBytes, last.count < batchFiles {
        batches[batches.count - 1].append(package)
        bytes += package.size
      } else {
        batches.append([package])
        bytes = package.size
      }
    }
    return batches
  }

  /// Gets the packages of a batch from one mirror after the other.
  private func get(
    _ batch: [Lock.Package], mirrors: Mirrors, apt: borrowing Apt, meter: Meter
  ) throws(FetchingError) {
    var left = batch
    var failures: [Digest: FetchingError] = [:]
    let mirrorCount = batch.map { mirrors.uris(for: $0.suite).count }.max() ?? 0
    for index in 0..<mirrorCount {
      // What was gone on with and came out wrong is got once more from the beginning.
      for _ in 0..<2 {
        let tried = left.filter { index < mirrors.uris(for: $0.suite).count }
        if tried.isEmpty { break }
        let resumed = tried.filter { FileSystem.exists(partialPath($0)) }.map(\.sha256)
        let bytes = tried.reduce(0) { $0 + $1.size }
        let complaints = try apt.download(
          tried.map {
            let base = mirrors.uris(for: $0.suite)[index]
            return (
              base + PercentEncoding.encode($0.filename), partialPath($0), $0.sha256.hex
            )
          }, timeout: 300 + Double(bytes) / 16384)
        var again = false
        for package in tried {
          if let failure = try accept(package, complaints) {
            failures[package.sha256] = failure
            again = again || resumed.contains(package.sha256)
          } else {
            left.removeAll { $0.sha256 == package.sha256 }
            meter.add(package.size)
          }
        }
        if !again { break }
      }
    }
    if let package = left.first {
      throw failures[package.sha256]
        ?? .unavailable(filename: package.filename, words: "")
    }
  }

  private func partialPath(_ package: Lock.Package) -> String {
    "\(folder)/partial/\(package.sha256.hex)"
  }

  /// Gives a downloaded file its final name if it is the right one. One that is too short stays to
  /// be gone on with, any other is removed.
  private func accept(
    _ package: Lock.Package, _ complaints: [String]
  ) throws(FetchingError) -> FetchingError? {
    let path = partialPath(package)
    // apt-helper renames what has the wrong digest.
    for candidate in [path, "\(path).FAILED"] {
      guard let size = try? FileSystem.linkStatus(candidate).size else { continue }
      if candidate == path, size < package.size { continue }
      let actual = try digest(of: candidate)
      if actual == package.sha256, size == package.size {
        try doing(
          "keeping \(package.filename)",
          try FileSystem.rename(candidate, to: self.path(of: package)))
        return nil
      }
      try doing("removing \(candidate)", try FileSystem.remove(candidate))
      return .mismatch(filename: package.filename, expected: package.sha256, actual: actual)
    }
    let encoded = PercentEncoding.encode(package.filename)
    let words = complaints.first { $0.contains(encoded) } ?? complaints.first ?? ""
    return .unavailable(filename: package.filename, words: words)
  }
}
