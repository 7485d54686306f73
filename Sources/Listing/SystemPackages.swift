public import Building
internal import Comparing
internal import Hashing
internal import Linux
public import Reading
public import Storing

/// Which packages of the rootfs the files belong to that linkers opened, by the packages themselves:
/// a rootfs holds no list of who brought what. They lie among the store's downloads, and are asked
/// only where they have the SHA-256 of the lock.
public struct SystemPackages {
  private let store: Store
  private let packages: [Lock.Package]
  private let merged: [String: String]
  private let roots = ["/usr/", "/lib/", "/lib64/", "/opt/"]

  /// Most bytes of the list of one package's files.
  private static let longestList = 64 << 20

  public init(lock: Lock, store: Store) {
    self.store = store
    // Small ones first: the large ones are compilers, which are seldom linked.
    packages = lock.packages.sorted { ($0.size, $0.name) < ($1.size, $1.name) }
    var merged: [String: String] = [:]
    for link in lock.recipe.links where link.path.split(separator: "/").count == 1 {
      merged[String(link.path.dropFirst())] = link.target
    }
    self.merged = merged
  }

  /// The same links, with the package of each file of the rootfs that one is known of.
  public func named(in links: [RecordedLink]) throws(ListingError) -> [RecordedLink] {
    var wanted: Set<[UInt8]> = []
    // What came with rustc is known as such, and its package is the largest of all.
    for input in links.flatMap(\.inputs)
    where isOfRootfs(input.path) && !input.path.contains("/rustlib/") {
      wanted.insert(Array(input.path.utf8))
    }
    var owners: [[UInt8]: RecordedLink.SystemPackage] = [:]
    for package in ordered(for: wanted) {
      if owners.count == wanted.count { break }
      for path in try files(of: package) where wanted.contains(path) && owners[path] == nil {
        owners[path] = .init(name: package.name, version: package.version)
      }
    }
    return links.map { link in
      var link = link
      for index in link.inputs.indices {
        link.inputs[index].package = owners[Array(link.inputs[index].path.utf8)]
      }
      return link
    }
  }

  /// Those first that every link has something of, and whose names are those of libraries: to list a
  /// package's files is to unpack it.
  private func ordered(for wanted: Set<[UInt8]>) -> [Lock.Package] {
    var stems: Set<String> = ["libc6", "libgcc"]
    for path in wanted {
      let file = path[(path.lastIndex(of: UInt8(ascii: "/")).map { $0 + 1 } ?? 0)...]
      let stem = file.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "_") }
      if stem.count > 3, stem.starts(with: "lib".utf8) {
        stems.insert(String(decoding: stem, as: UTF8.self))
      }
    }
    let isLikely = { (package: Lock.Package) in stems.contains { package.name.hasPrefix($0) } }
    return packages.filter(isLikely) + packages.filter { !isLikely($0) }
  }

  private func isOfRootfs(_ path: String) -> Bool { roots.contains { path.hasPrefix($0) } }

  /// Absolute paths as they are in the rootfs; empty where the package is not at hand.
  private func files(of package: Lock.Package) throws(ListingError) -> [[UInt8]] {
    let path = "\(store.path)/downloads/\(package.sha256.hex).deb"
    guard FileSystem.exists(path), try digest(of: path) == package.sha256 else { return [] }
    let output: Command.Output
    do throws(CommandError) {
      output = try Command(
        ["dpkg-deb", "--contents", path],
        environment: [("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LC_ALL", "C.UTF-8")],
        timeout: 300, outputLimit: Self.longestList
      ).run()
    } catch {
      return []
    }
    guard output.status == 0 else { return [] }
    var files: [[UInt8]] = []
    for line in output.standardOutput.split(separator: UInt8(ascii: "\n")) {
      // `-rw-r--r-- root/root  1234 2022-11-05 15:50 ./usr/lib/x86_64-linux-gnu/libz.so.1.2.13`
      let fields = line.split(separator: 0x20, maxSplits: 5, omittingEmptySubsequences: true)
      guard fields.count == 6, line.first == UInt8(ascii: "-"), fields[5].starts(with: "./".utf8)
      else { continue }
      files.append(installed(String(decoding: fields[5].dropFirst(2), as: UTF8.self)))
    }
    return files
  }

  /// Where the rootfs has a package's file: below the new names of a merged /usr.
  private func installed(_ path: String) -> [UInt8] {
    let parts = path.split(separator: "/", maxSplits: 1)
    guard parts.count == 2, let target = merged[String(parts[0])] else {
      return Array("/\(path)".utf8)
    }
    return Array("/\(target)/\(parts[1])".utf8)
  }

  private func digest(of path: String) throws(ListingError) -> Digest {
    try comparing { () throws(ComparingError) in try Region(OpenFile(path)).digest() }
  }
}
