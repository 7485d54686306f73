import Failing
import Fetching
import Hashing
import Linux
import Reading
import Storing
import Testing

@Suite struct FetchTests {
  @Test(.timeLimit(.minutes(5))) func aRootfsIsWhatPackagesAndRecipeSay() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let lock = try makeLock([mirror.add("plain"), mirror.add("other")])
    #expect(try Rootfs.find(lock, in: store) == nil)
    let stored = try Rootfs.fetch(lock: lock, store: store, mirrors: [mirror.uri()])

    let root = store.path(of: stored.digest)
    let far = "usr/share/" + String(repeating: "long/", count: 40) + "name"
    let files = try store.tree(stored.digest).allFiles()
    #expect(
      files.map { $0.path + ($0.file.isExecutable ? "*" : "") }.sorted()
        == [
          "etc/hosts", "usr/bin/other*", "usr/bin/script*", "usr/bin/tool*", "usr/bin/twin*",
          "usr/lib/libx.so", far, "usr/share/gr\u{fc}\u{df}e two\nlines",
        ].sorted())
    #expect(try FileSystem.read("\(root)/usr/lib/libx.so").count == 200_000)
    #expect(try FileSystem.read("\(root)/usr/bin/twin") == Array("#!/bin/sh\n".utf8))
    #expect(try FileSystem.linkStatus("\(root)/usr/bin/tool").permissions == 0o555)
    #expect(try FileSystem.linkStatus("\(root)/usr/share/empty").permissions == 0o755)
    #expect(try Directory(root).readSymlink("bin") == "usr/bin")
    #expect(try Directory("\(root)/usr/bin").readSymlink("alias") == "tool")
    #expect(try Directory("\(root)/usr/bin").readSymlink("cc") == "tool")
    #expect(try Directory("\(root)/usr/share").readSymlink("far") == far)
    #expect(FileSystem.isDirectory("\(root)/var/tmp"))
    #expect(!FileSystem.exists("\(root)/usr/share/doc"))

    #expect(try store.root("rootfs/small") == stored.digest)
    let known = try #require(try Rootfs.find(lock.recipe, in: store))
    #expect(known.digest == stored.digest)
    #expect(known.lock.rootfs == stored.digest)
    #expect(known.lock.packages == lock.packages)

    let before = try mirror.requests().count
    #expect(try Rootfs.fetch(lock: known.lock, store: store, mirrors: []) == stored)
    #expect(try Rootfs.fetch(lock: lock, store: store, mirrors: [mirror.uri()]) == stored)
    #expect(try mirror.requests().count == before, "what is in the store is not fetched again")
  }

  @Test(.timeLimit(.minutes(5)), arguments: ["altered", "truncated"])
  func aWrongFileIsRefusedByBothDigests(behaviour: String) throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let package = try mirror.add("plain")
    do {
      _ = try Rootfs.fetch(
        lock: makeLock([package]), store: store, mirrors: [mirror.uri(behaviour)])
      Issue.record("a wrong file was accepted")
    } catch FetchingError.mismatch(let filename, let expected, let actual) {
      #expect(filename == package.filename)
      #expect(expected == package.sha256)
      #expect(actual != expected)
      #expect(
        FetchingError.mismatch(filename: "x", expected: expected, actual: actual).exitCode
          == .inputRejected)
    }
    #expect(try store.digests().isEmpty)
    #expect(try store.root("rootfs/small") == nil)
    let left = try Directory("\(store.path)/downloads").entries().map(\.name)
    #expect(left == ["lock", "partial"])
    #expect(try Directory("\(store.path)/downloads/partial").entries().isEmpty)
  }

  @Test(.timeLimit(.minutes(5))) func aMissingFileIsNamedWithAptsWords() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let packages = [try mirror.add("plain"), try mirror.add("other")]
    do {
      _ = try Rootfs.fetch(
        lock: makeLock(packages), store: store, mirrors: [mirror.uri("missing")])
      Issue.record("a missing file was found")
    } catch FetchingError.unavailable(let filename, let words) {
      #expect(packages.map(\.filename).contains(filename))
      #expect(words.contains("404"))
    }
  }

  @Test(.timeLimit(.minutes(5)), arguments: ["altered", "truncated", "missing"])
  func theNextMirrorStepsIn(behaviour: String) throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let lock = try makeLock([mirror.add("plain"), mirror.add("other")])
    let stored = try Rootfs.fetch(
      lock: lock, store: store, mirrors: [mirror.uri(behaviour), mirror.uri()])
    #expect(stored.fileCount == 8)
    #expect(try mirror.requests().contains { $0.hasPrefix("/good/") })
  }

  @Test(.timeLimit(.minutes(5))) func aDownloadGoesOnWhereItStopped() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let package = try mirror.add("plain")
    let half = Array(try mirror.contents(of: package).prefix(100_000))
    try FileSystem.makeDirectories("\(store.path)/downloads/partial")
    let partial = "\(store.path)/downloads/partial/\(package.sha256.hex)"
    try FileSystem.write(half, to: partial)
    try Directory("\(store.path)/downloads/partial").setTimes(
      package.sha256.hex, seconds: 1_153_704_088)
    _ = try Rootfs.fetch(lock: makeLock([package]), store: store, mirrors: [mirror.uri()])
    #expect(try mirror.requests() == ["/good/pool/plain_1%2b2%7e3_all.deb 100000"])
  }

  @Test(.timeLimit(.minutes(5))) func aConnectionThatBreaksIsTakenUpAgain() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let package = try mirror.add("plain")
    _ = try Rootfs.fetch(lock: makeLock([package]), store: store, mirrors: [mirror.uri("cut")])
    let starts = try mirror.requests().map { $0.split(separator: " ").last }
    #expect(starts.first == "0")
    #expect(starts.count == 2 && starts[1] != "0")
  }

  @Test(.timeLimit(.minutes(5))) func aDamagedPartOfADownloadDoesNotSpoilIt() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let package = try mirror.add("plain")
    try FileSystem.makeDirectories("\(store.path)/downloads/partial")
    try FileSystem.write(
      [UInt8](repeating: 1, count: 1000),
      to: "\(store.path)/downloads/partial/\(package.sha256.hex)")
    let stored = try Rootfs.fetch(
      lock: makeLock([package]), store: store, mirrors: [mirror.uri()])
    #expect(stored.fileCount == 7)
  }

  @Test(.timeLimit(.minutes(5))) func packagesAreCheckedEachTimeTheyAreUsed() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let package = try mirror.add("plain")
    let downloads = "\(scratch.path)/downloads"
    let lock = try makeLock([package])
    let first = try Rootfs.fetch(
      lock: lock, store: Store.open(path: "\(scratch.path)/one"), mirrors: [mirror.uri()],
      downloads: downloads)
    var bytes = try mirror.contents(of: package)
    bytes[bytes.count - 1] ^= 1
    try FileSystem.write(bytes, to: "\(downloads)/\(package.sha256.hex).deb")
    let second = try Rootfs.fetch(
      lock: lock, store: Store.open(path: "\(scratch.path)/two"), mirrors: [mirror.uri()],
      downloads: downloads)
    #expect(first == second)
    #expect(try mirror.requests().count == 2)
  }

  @Test(.timeLimit(.minutes(5))) func aRootfsThatComesOutDifferentIsRefused() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    var lock = try makeLock([mirror.add("plain")])
    lock.rootfs = Digest.hashing("something else")
    do {
      _ = try Rootfs.fetch(lock: lock, store: store, mirrors: [mirror.uri()])
      Issue.record("another rootfs was accepted")
    } catch FetchingError.rootfsMismatch(_, let expected, _) {
      #expect(expected == lock.rootfs)
    }
    #expect(try store.root("rootfs/small") == nil)
  }

  @Test(.timeLimit(.minutes(5))) func progressOnlyGrowsAndEndsComplete() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let lock = try makeLock([mirror.add("plain"), mirror.add("other")])
    let seen = Recorder()
    _ = try Rootfs.fetch(lock: lock, store: store, mirrors: [mirror.uri()]) { seen.add($0) }
    let total = lock.packages.reduce(0) { $0 + $1.size }
    #expect(
      seen.all.contains(
        .downloading(bytes: total, totalBytes: total, packages: 2, totalPackages: 2)))
    #expect(
      seen.all.suffix(3) == [
        .unpacking(packages: 1, totalPackages: 2), .unpacking(packages: 2, totalPackages: 2),
        .storing,
      ])
  }
}
