import Failing
import Hashing
import Linux
import Reading
import Storing
import Testing

@Suite struct StoreTests {
  /// Publishes a tree of one file with these contents.
  @discardableResult
  static func put(_ text: String, in store: Store) throws -> Digest {
    let draft = try store.draft()
    try FileSystem.write(Array(text.utf8), to: "\(draft.path)/file")
    return try draft.publish().digest
  }

  @Test func publishedTreesAreNormalised() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let draft = try store.draft()
    try TreeTests.makeOddFolder(draft.path)
    try FileSystem.setPermissions("\(draft.path)/a/program", 0o4711)
    try FileSystem.setPermissions("\(draft.path)/empty", 0o1777)
    try FileSystem.setPermissions("\(draft.path)/nothing", 0o600)
    let expected = try Tree(reading: draft.path).digest
    let stored = try draft.publish()
    #expect(stored.digest == expected)
    let path = store.path(of: stored.digest)
    #expect(try FileSystem.linkStatus("\(path)/a/program").permissions == 0o555)
    #expect(try FileSystem.linkStatus("\(path)/nothing").permissions == 0o444)
    #expect(try FileSystem.linkStatus("\(path)/empty").permissions == 0o755)
    for name in ["", "/a", "/a/b/large", "/loop", "/empty"] {
      #expect(try FileSystem.linkStatus(path + name).modified == 1_153_704_088)
    }
    #expect(try TreeTests.oracle(path) == stored.digest.hex)
    #expect(try store.verify(stored.digest) == stored)
    #expect(try store.tree(stored.digest).digest == stored.digest)
    #expect(try Directory("\(store.path)/drafts").entries().isEmpty)
  }

  @Test func importsCopiesAndLeavesOutWhatIsExcluded() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    try TreeTests.makeOddFolder("\(scratch.path)/source")
    let stored = try store.importTree(from: "\(scratch.path)/source")
    #expect(try stored.digest.hex == TreeTests.oracle("\(scratch.path)/source"))
    #expect(try store.importTree(from: "\(scratch.path)/source") == stored)
    let part = try store.importTree(from: "\(scratch.path)/source") { path, _ in path == "a" }
    #expect(part.fileCount == 1)
    #expect(try store.digests() == [stored.digest, part.digest].sorted())
  }

  @Test func anUnpublishedDraftGoesAway() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    do {
      let draft = try store.draft()
      try FileSystem.write([1], to: "\(draft.path)/file")
    }
    #expect(try Directory("\(store.path)/drafts").entries().isEmpty)
    #expect(try store.digests().isEmpty)
  }

  @Test func manyPublishersOfTheSameAndOfDifferentTrees() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let digests = try Workers.map(Array(0..<40), threads: 8) { index throws(any Error) in
      try Self.put("tree \(index % 4)", in: store)
    }
    #expect(try store.digests() == Set(digests).sorted())
    #expect(Set(digests).count == 4)
    for digest in Set(digests) { try store.verify(digest) }
    #expect(try Directory("\(store.path)/drafts").entries().isEmpty)
  }

  @Test func collectionAndPublicationAtTheSameTime() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    _ = try Workers.map(Array(0..<40), threads: 8) { index throws(any Error) in
      if index % 4 == 0 {
        _ = try store.collectGarbage(unusedFor: 0)
      } else {
        let digest = try Self.put("tree \(index % 3)", in: store)
        guard let lease = try? store.lease([digest]) else { return }
        _ = try store.collectGarbage(unusedFor: 0)
        try store.verify(digest)
        _ = consume lease
      }
    }
    #expect(try Directory("\(store.path)/drafts").entries().isEmpty)
  }

  @Test func draftsOfTheDeadAreRemovedAndThoseOfTheLivingAreNot() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    try FileSystem.makeDirectories("\(store.path)/drafts/draft-dead/tree/sub")
    try FileSystem.write([1], to: "\(store.path)/drafts/draft-dead/tree/sub/file")
    try FileSystem.setPermissions("\(store.path)/drafts/draft-dead/tree/sub", 0)
    let living = try store.draft()
    _ = try Store.open(path: store.path)
    #expect(!FileSystem.exists("\(store.path)/drafts/draft-dead"))
    #expect(FileSystem.exists(living.path))
    _ = try living.publish()
  }

  @Test(arguments: [
    ("printf y > file", "file is Y, in the tree it is ONE"),
    ("chmod +x file", "file is executable, in the tree it is not"),
    ("rm file", "file is missing, the tree has ONE there"),
    ("cp sub/inner sub/more", "sub/more is ONE, the tree has nothing there"),
    (
      "rm link; ln -s elsewhere link",
      "link is a symlink to elsewhere, in the tree it is a symlink to file"
    ),
    ("rm link; mkdir link", "link is a folder, in the tree it is a symlink to file"),
    ("rm -r sub; cp file sub", "sub is ONE, in the tree it is a folder"),
    ("printf y > sub/inner", "sub/inner is Y, in the tree it is ONE"),
  ])
  func tamperingIsFoundAndNamed(script: String, words: String) throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let draft = try store.draft()
    try FileSystem.makeDirectories("\(draft.path)/sub")
    try FileSystem.write([1], to: "\(draft.path)/file")
    try FileSystem.write([1], to: "\(draft.path)/sub/inner")
    try FileSystem.makeSymlink("\(draft.path)/link", to: "file")
    let digest = try draft.publish().digest
    try Command(
      ["sh", "-c", "chmod u+w file sub/inner; \(script)"], directory: store.path(of: digest),
      timeout: 10
    ).runChecked()
    for verification in StoreVerification.allCases {
      do throws(StoringError) {
        try store.verify([digest], verification)
        Issue.record("tampering was not found")
      } catch {
        var sentence = words
        for (word, digest) in [("ONE", Digest.hashing([1])), ("Y", Digest.hashing("y"))] {
          sentence = sentence.split(separator: word, omittingEmptySubsequences: false)
            .joined(separator: "\(digest)")
        }
        #expect(error.message == "verifying the tree \(digest): \(sentence)")
        #expect(error.exitCode == .inputRejected)
        #expect(error.hint?.contains("cupel store verify --remove") == true)
      }
    }
  }

  @Test func aDamagedIndexIsNotBelieved() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let digest = try Self.put("one", in: store)
    let other = try Self.put("two", in: store)
    let index = "\(store.path)/indexes/\(digest.hex)"
    let good = try FileSystem.read(index)
    for bad in [
      [], [0xff], Array(good.dropLast()), good + [0x0a],
      try FileSystem.read("\(store.path)/indexes/\(other.hex)"),
    ] as [[UInt8]] {
      try FileSystem.write(bad, to: index)
      #expect(throws: StoringError.self) { try store.tree(digest) }
    }
    try store.verify(digest)
  }

  @Test func collectionSparesWhatIsLeasedNamedOrAskedFor() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let leased = try Self.put("leased", in: store)
    let named = try Self.put("named", in: store)
    let asked = try Self.put("asked", in: store)
    let unused = try Self.put("unused", in: store)
    try store.setRoot("rootfs/some-name", to: named)
    #expect(try store.collectGarbage(keeping: [asked]).trees.isEmpty, "all were used just now")
    let lease = try store.lease([leased])
    let collected = try store.collectGarbage(keeping: [asked], unusedFor: 0)
    #expect(collected.trees.map(\.digest) == [unused])
    #expect(try store.digests() == [leased, named, asked].sorted())
    _ = consume lease
    try store.removeRoot("rootfs/some-name")
    #expect(try store.collectGarbage(unusedFor: 0).trees.count == 3)
    #expect(try Directory("\(store.path)/indexes").entries().isEmpty)
    #expect(throws: StoringError.self) { _ = try store.lease([leased]) }
  }

  @Test func aLeaseOfAnotherProcessHolds() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let digest = try Self.put("leased", in: store)
    // flock(1) stands for another run of ours; it dies with its group at the timeout.
    let ready = "\(scratch.path)/ready"
    _ = try Workers.map([true, false], threads: 2) { holds throws(any Error) in
      if holds {
        _ = try Command(
          [
            "flock", "--shared", "\(store.path)/leases/\(digest.hex)", "sh", "-c",
            "touch \(ready); while [ -e \(ready) ]; do sleep 0.05; done",
          ], timeout: 30
        ).run()
      } else {
        while !FileSystem.exists(ready) {}
        let collected = try store.collectGarbage(unusedFor: 0)
        try FileSystem.remove(ready)
        #expect(collected.trees.isEmpty)
      }
    }
    #expect(try store.collectGarbage(unusedFor: 0).trees.map(\.digest) == [digest])
  }

  @Test func listsSizesAndRoots() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let digest = try Self.put("four", in: store)
    try store.setRoot("rootfs/b", to: digest)
    try store.setRoot("a", to: digest)
    let entries = try store.list()
    #expect(entries.count == 1)
    #expect(entries[0].tree.byteCount == 4)
    #expect(entries[0].roots == ["a", "rootfs/b"])
    #expect(abs(entries[0].lastUsed - Machine.wallClockSeconds) < 60)
    #expect(try store.root("rootfs/b") == digest)
    #expect(try store.root("rootfs/c") == nil)
  }

  @Test(arguments: ["", "/", "..", "a/../b", "a//b", ".hidden", "a b", "é", "a/"])
  func refusesRootNames(name: String) throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    #expect(throws: StoringError.self) { _ = try store.root(name) }
  }

  @Test func saysWhereTheStoreCannotBe() throws {
    let scratch = try Scratch()
    try FileSystem.write([], to: "\(scratch.path)/file")
    do {
      _ = try Store.open(path: "\(scratch.path)/file/store")
      Issue.record("a store beneath a file")
    } catch {
      #expect(error.message == "opening the store \(scratch.path)/file/store")
      #expect(error.hint?.contains("CUPEL_STORE") == true)
      #expect(error.exitCode == .hostUnsuitable)
    }
  }

  /// The store may lie on another file system than what is put into it, but on one.
  @Test(.enabled(if: Machine.userID == 0)) func anotherFileSystem() throws {
    let scratch = try Scratch()
    let other = "\(scratch.path)/other"
    try FileSystem.makeDirectories(other)
    try TreeTests.makeOddFolder("\(scratch.path)/source")
    let mount = Command(["mount", "-t", "tmpfs", "tmpfs", other], timeout: 10)
    guard try mount.run().status == 0 else { return }
    defer { _ = try? Command(["umount", "--lazy", other], timeout: 10).run() }
    let store = try Store.open(path: "\(other)/store")
    let stored = try store.importTree(from: "\(scratch.path)/source")
    try store.verify(stored.digest)
    let divided = try Store.open(path: "\(scratch.path)/divided")
    try FileSystem.removeTree("\(divided.path)/trees")
    try FileSystem.makeDirectories("\(other)/trees")
    try FileSystem.makeSymlink("\(divided.path)/trees", to: "\(other)/trees")
    do throws(StoringError) {
      _ = try divided.importTree(from: "\(scratch.path)/source")
      Issue.record("a tree was renamed to another file system")
    } catch {
      #expect(error.message.contains("its folders are on more than one file system"))
      #expect(error.exitCode == .hostUnsuitable && error.hint != nil)
    }
    #expect(try divided.digests().isEmpty)
    #expect(try Directory("\(divided.path)/drafts").entries().isEmpty)
  }

  @Test(.enabled(if: Machine.userID == 0)) func aFullDiskIsNamedAndNothingIsLeft() throws {
    let scratch = try Scratch()
    let store = "\(scratch.path)/small"
    try FileSystem.makeDirectories(store)
    try FileSystem.makeDirectories("\(scratch.path)/source")
    try FileSystem.write([UInt8](repeating: 1, count: 3 << 20), to: "\(scratch.path)/source/large")
    let mount = Command(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", store], timeout: 10)
    guard try mount.run().status == 0 else { return }
    defer { _ = try? Command(["umount", "--lazy", store], timeout: 10).run() }
    let small = try Store.open(path: store)
    do {
      _ = try small.importTree(from: "\(scratch.path)/source")
      Issue.record("3 MB fit into 1 MB")
    } catch {
      #expect(error.exitCode == .limitReached)
      #expect(error.bestHint != nil)
    }
    #expect(try Directory("\(store)/drafts").entries().isEmpty)
    #expect(try small.digests().isEmpty)
  }
}
