import Failing
import Hashing
import Linux
import Planning
import Reading
import Storing
import Testing

@testable import Staging

/// Honest kits: written, read, and the same every time.
@Suite struct KitTests {
  let bench: KitBench

  init() throws { bench = try KitBench() }

  @Test(arguments: [KitExport.Form.file, .folder])
  func everythingComesIntoAnEmptyStore(_ form: KitExport.Form) throws {
    let written = try bench.write(form: form)
    let store = try bench.emptyStore()
    let kit = try Kit(reading: "\(bench.scratch.path)/kit", store: store)
    #expect(try store.digests().isEmpty)
    #expect(kit.plan == bench.export.plan)
    #expect(kit.lock == bench.export.lock)
    #expect(kit.digest == written.digest)
    #expect(kit.record?.artifacts.map(\.name) == ["p"])
    #expect(kit.staged.crates.map(\.level) == [.path, .archive])
    try kit.publish(keeping: true)
    let trees = bench.export.plan.inputs.trees
    for digest in trees { try store.verify(digest) }
    #expect(try store.digests().count == trees.count + 1)
    let names = try store.roots().map(\.name)
    let prefix = "kits/\(written.digest.hex)"
    #expect(
      names == ["documents", "rootfs", "source", "vendor-1"].map { "\(prefix)/\($0)" })
    let documents = try #require(try store.root("\(prefix)/documents"))
    let manifest = "\(store.path(of: documents))/manifest.json"
    #expect(Digest.hashing(try FileSystem.read(manifest)) == written.digest)
  }

  private func names(in folder: String) throws -> [String] {
    try Directory(folder).entries().map(\.name)
  }

  @Test func itIsTheSameEveryTimeAndFromEveryStore() throws {
    let first = try bench.bytes
    #expect(try bench.bytes == first)
    let store = try bench.emptyStore()
    try bench.take(into: store)
    _ = try bench.export.write(to: "\(bench.scratch.path)/other", form: .file, from: store)
    #expect(try FileSystem.read("\(bench.scratch.path)/other") == first)
    // The two forms hold the same; tar(1) agrees.
    try bench.scratch.shell("mkdir x; tar -xf kit -C x; diff -r x honest")
    #expect(KitBench.archive(bench.members) == first)
  }

  @Test func contentsAreThereOnce() throws {
    let rootfs = try bench.expanded("contents/rootfs.zst")
    // The other file is in the source, too, and the third is empty.
    #expect(rootfs == Array("#!/bin/sh\n".utf8))
    let store = try bench.emptyStore()
    try bench.write()
    try bench.take(into: store)
    let text = "\(store.path(of: bench.export.plan.inputs.rootfs.digest))/usr/text"
    #expect(try FileSystem.read(text).count == 7000)
  }

  @Test func whatTheStoreHasIsNotWrittenAgain() throws {
    try bench.write()
    let store = try bench.emptyStore()
    try bench.take(into: store)
    let path = store.path(of: bench.export.plan.inputs.source.digest)
    let before = try FileSystem.status(path)
    try bench.take(into: store)
    #expect(try FileSystem.status(path) == before)
  }

  @Test func onlyAKitIsReplaced() throws {
    try bench.scratch.write("precious\n", to: "kit")
    expectFailure(
      "replacing ~/kit: it is no earlier kit",
      hint: "name another file or folder with --out, or remove this one yourself", exit: .usage,
      in: bench.scratch
    ) { () throws(StagingError) in try bench.write() }
    try bench.write(to: "two")
    try bench.write(to: "two")
    try bench.write(form: .folder, to: "three")
    try bench.write(form: .folder, to: "three")
    #expect(
      try names(in: bench.scratch.path).filter { $0.hasPrefix(".") } == [])
  }
}
