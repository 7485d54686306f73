import Failing
import Hashing
import Linux
import Reading
import Testing

@testable import Storing

@Suite struct VerificationTests {
  /// A tree with a file, a symlink and a file in a folder; `mark` makes it another tree.
  private static func put(_ mark: String, in store: Store) throws -> Digest {
    let draft = try store.draft()
    try FileSystem.makeDirectories("\(draft.path)/sub")
    try FileSystem.write(Array("one \(mark)".utf8), to: "\(draft.path)/file")
    try FileSystem.write(Array("two".utf8), to: "\(draft.path)/sub/inner")
    try FileSystem.makeSymlink("\(draft.path)/link", to: "file")
    return try draft.publish().digest
  }

  private static func shell(_ script: String, in folder: String) throws {
    try Command(["sh", "-euc", script], directory: folder, timeout: 30).runChecked()
  }

  /// Waits until changes from now on can be told from those so far.
  private static func settle() throws {
    try Command(["sleep", "3.1"], timeout: 30).runChecked()
  }

  /// What happens to a tree that has been sealed, and whether it is still the same tree.
  private static let events: [(name: String, script: String, isDamage: Bool)] = [
    (
      "a byte changed, size and time as before",
      "chmod u+w file; printf O | dd of=file conv=notrunc status=none; touch -d @1153704088 file; "
        + "chmod a-w file", true
    ),
    (
      "a file moved over it, times as before",
      "printf 'ONE moved' > x; chmod a-w x; touch -d @1153704088 x; mv -f x file", true
    ),
    ("a file added", "touch sub/more", true),
    ("a file removed", "rm -f sub/inner", true),
    ("a symlink turned", "ln -sfn sub link", true),
    ("a folder swapped", "mv sub old; mkdir sub; printf tow > sub/inner; rm -r old", true),
    ("another file with the same contents", "cp -p file x; mv -f x file", false),
    ("its time touched", "touch file", false),
    ("made writable", "chmod u+w file", false),
    (
      "restored from a backup", "cp -a . ../copy; rm -rf ./*; cp -a ../copy/. .; rm -r ../copy",
      false
    ),
    ("its seal lost", "rm ../../seals/HEX", false),
    ("its seal cut off", "printf sha256: > ../../seals/HEX", false),
    ("its seal that of another tree", "printf 'sha256:HEX\\n' > ../../seals/HEX", false),
  ]

  @Test func whatHasTheSameSignatureIsNotHashedAgain() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    var digests: [Digest] = []
    for event in Self.events { digests.append(try Self.put(event.name, in: store)) }
    for digest in digests {
      #expect(try !store.confirm(digest))
      #expect(try !store.confirm(digest), "too young to be sealed")
    }
    try Self.settle()
    for digest in digests {
      #expect(try !store.confirm(digest))
      #expect(try store.confirm(digest))
    }
    for (event, digest) in zip(Self.events, digests) {
      let script = event.script.split(separator: "HEX", omittingEmptySubsequences: false)
        .joined(separator: digest.hex)
      try Self.shell(script, in: store.path(of: digest))
      do throws(StoringError) {
        let isEnough = try store.confirm(digest)
        #expect(!isEnough && !event.isDamage, "\(event.name)")
      } catch {
        #expect(event.isDamage && error.exitCode == .inputRejected, "\(event.name): \(error)")
      }
      if event.name.contains("seal") { #expect(try store.confirm(digest), "\(event.name)") }
    }
    try Self.settle()
    for (event, digest) in zip(Self.events, digests) where !event.isDamage {
      #expect(try store.confirm(digest) == event.name.contains("seal"), "\(event.name)")
      #expect(try store.confirm(digest), "\(event.name)")
    }
    // Sealed by the trees themselves, not by name.
    #expect(try store.collectGarbage(unusedFor: 0).trees.count == digests.count)
    #expect(try Directory("\(store.path)/seals").entries().isEmpty)
  }

  @Test func manyLookAtOnce() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let digest = try Self.put("tree", in: store)
    try Self.settle()
    let hashed = try Workers.map(Array(0..<64), threads: 8) { _ throws(StoringError) in
      try !store.confirm(digest)
    }
    #expect(hashed.contains(true) && hashed.contains(false))
    #expect(try Directory("\(store.path)/seals").entries().map(\.name) == [digest.hex])
    #expect(try Directory("\(store.path)/drafts").entries().isEmpty)
  }

  /// Where the clock was set back, the newest change lies in the future: no seal, so no mistake.
  @Test func aWrongClockMeansNoSeal() {
    let signature = TreeSignature(
      digest: .hashing("x"), newest: FileTime(seconds: 1000, nanoseconds: 5))
    for now: Int64 in [0, 999, 1000, 1001, 1002] { #expect(!signature.isSettled(at: now)) }
    #expect(signature.isSettled(at: 1003))
  }

  @Test func foldersAreTold() throws {
    let scratch = try Scratch()
    try FileSystem.write([1], to: "\(scratch.path)/file")
    let status = try FileSystem.linkStatus("\(scratch.path)/file")
    func digest(_ names: [String?]) -> Digest {
      var maker = TreeSignature.Maker()
      for name in names { if let name { maker.add(name, status) } else { maker.endFolder() } }
      return maker.finish().digest
    }
    let all = [
      ["a", "b", nil, nil], ["a", nil, "b", nil], ["ab", nil, nil], ["a", "c", nil, nil],
    ]
    #expect(Set(all.map(digest)).count == all.count)
  }

  @Test(.enabled(if: Machine.userID == 0)) func aStoreThatCannotBeWrittenToIsUsedWithout() throws {
    let scratch = try Scratch()
    let place = "\(scratch.path)/store"
    let digest = try Self.put("tree", in: try Store.open(path: place))
    try Self.settle()
    let mount = Command(
      ["sh", "-c", "mount --bind \(place) \(place) && mount -o remount,bind,ro \(place)"],
      timeout: 10)
    guard try mount.run().status == 0 else { return }
    defer { _ = try? Command(["umount", "--lazy", place], timeout: 10).run() }
    let store = try Store.open(path: place)
    #expect(try !store.confirm(digest))
    #expect(try !store.confirm(digest))
    try store.verify([digest], .full)
  }

  @Test func whatIsDamagedCanBeRemovedUnlessInUse() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let digest = try Self.put("tree", in: store)
    try store.setRoot("name", to: digest)
    let lease = try store.lease([digest])
    #expect(try !store.remove(digest))
    _ = consume lease
    #expect(try store.remove(digest))
    #expect(!store.contains(digest))
    #expect(try store.remove(digest), "gone is gone")
    #expect(try Directory("\(store.path)/indexes").entries().isEmpty)
    #expect(throws: StoringError.self) { try store.verify(digest) }
  }

  @Test func withoutAnIndexTheWholeIsNamed() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let digest = try Self.put("tree", in: store)
    try Self.shell(
      "rm indexes/*; for file in trees/*/file; do chmod u+w $file; echo >> $file; done",
      in: store.path)
    let found = try Tree(reading: store.path(of: digest)).digest
    let error = #expect(throws: StoringError.self) { try store.verify(digest) }
    #expect(
      error?.message
        == "verifying the tree \(digest): it is \(found), and its index is damaged too")
  }

  /// Every byte of a file, and every bit of an index.
  @Test func flippedBytesAreFound() throws {
    let scratch = try Scratch()
    let store = try Store.open(path: "\(scratch.path)/store")
    let draft = try store.draft()
    let contents = (0..<1500).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
    try FileSystem.write(contents, to: "\(draft.path)/rustc")
    try FileSystem.write(Array("two".utf8), to: "\(draft.path)/text")
    let digest = try draft.publish().digest
    let file = "\(store.path(of: digest))/rustc"
    for index in contents.indices {
      var bytes = contents
      bytes[index] ^= UInt8(1 << (index % 8))
      try FileSystem.write(bytes, to: file)
      let words =
        "verifying the tree \(digest): rustc is \(Digest.hashing(bytes)), "
        + "in the tree it is \(Digest.hashing(contents))"
      do throws(StoringError) {
        try store.verify([digest], index.isMultiple(of: 2) ? .full : .cached)
        Issue.record("byte \(index) changed unseen")
      } catch {
        #expect(error.message == words)
      }
    }
    try FileSystem.write(contents, to: file)
    try store.verify(digest)
    let indexPath = "\(store.path)/indexes/\(digest.hex)"
    let index = try FileSystem.read(indexPath)
    for place in index.indices {
      for bit in 0..<8 {
        var bytes = index
        bytes[place] ^= UInt8(1 << bit)
        try FileSystem.write(bytes, to: indexPath)
        guard let tree = try? store.tree(digest) else { continue }
        // Harmless, as in the number of a field that is not needed.
        #expect(tree.digest == digest, "bit \(bit) of \(place)")
      }
    }
  }
}
