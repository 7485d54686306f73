import Failing
import Hashing
import Linux
import Reading
import Storing
import Testing

@testable import Fetching

/// Rootfs trees from images that nobody's tool would make.
@Suite struct ImageTests {
  /// A layout of the kind that makeimage.py knows, and the digest that it prints.
  static func make(_ kind: [String], in scratch: borrowing Scratch) throws -> Digest {
    let output = try Command(
      [
        "python3", "\(LocalMirror.home)/makeimage.py", "\(scratch.path)/image",
        Machine.architecture,
      ] + kind, timeout: 300
    ).runChecked()
    return try #require(Digest(prefixed: output.text.dropLast()))
  }

  static func recipe(_ image: String = "", more: String = "", drop: String = "") throws -> Recipe {
    let text = """
      schema = 1
      name = "pictured"
      drop = ["/usr/share/doc"\(drop)]
      [oci]
      \(image)
      [[link]]
      path = "/usr/bin/cc"
      target = "tool"
      [[file]]
      path = "/etc/extra"
      content = "ours\\n"
      [[directory]]
      path = "/build"
      \(more)
      """
    return try Recipe(parsing: Array(text.utf8), file: "pictured.toml")
  }

  static func fetch(
    _ recipe: Recipe, in scratch: borrowing Scratch, image: String = "image",
    store: String = "store"
  ) throws -> (lock: Lock, tree: StoredTree, store: Store) {
    let store = try Store.open(path: "\(scratch.path)/\(store)")
    let path = "\(scratch.path)/\(image)"
    let lock = try Rootfs.lock(recipe: recipe, image: path, store: store)
    return (lock, try Rootfs.fetch(lock: lock, store: store, image: path), store)
  }

  @Test(.timeLimit(.minutes(2))) func layersAreLaidOverEachOther() throws {
    let scratch = try Scratch()
    let manifest = try Self.make(["good"], in: scratch)
    let (lock, tree, store) = try Self.fetch(Self.recipe(), in: scratch)
    #expect(lock.image?.manifest == manifest)
    #expect(lock.image?.layers.count == 3)
    #expect(lock.packages.isEmpty)
    #expect(try Lock(parsing: Array(lock.render().utf8), file: "cupel.lock") == lock)

    let root = store.path(of: tree.digest)
    let files = try store.tree(tree.digest).allFiles()
    #expect(
      files.map { $0.path + ($0.file.isExecutable ? "*" : "") }.sorted()
        == [
          "etc/extra", "etc/hosts", "usr/bin/tool*", "usr/bin/twin*", "usr/dir", "usr/link/own",
          "usr/lost/c", "usr/opaque/above", "usr/share/again", "usr/share/kept", "usr/share/new",
          "usr/share/" + String(repeating: "\u{fc}", count: 120), "usr/turns/now",
        ].sorted())
    func text(_ path: String) throws -> String {
      String(decoding: try FileSystem.read("\(root)/\(path)"), as: UTF8.self)
    }
    #expect(try text("etc/hosts") == "upper")
    #expect(try text("usr/bin/tool") == "top")
    #expect(try text("usr/bin/twin") == "#!/bin/sh\n")
    #expect(try Directory(root).readSymlink("bin") == "usr/bin")
    #expect(try Directory("\(root)/usr/bin").readSymlink("cc") == "tool")
    #expect(FileSystem.isDirectory("\(root)/build"))
    #expect(FileSystem.isDirectory("\(root)/usr/link/sub"))
    #expect(!FileSystem.exists("\(root)/usr/opaque/in"))
    #expect(try store.root("rootfs/pictured") == tree.digest)
    #expect(try Directory("\(store.path)/drafts").entries().isEmpty)
    // What is in the store needs no image.
    #expect(try Rootfs.fetch(lock: lock, store: store) == tree)
  }

  @Test(.timeLimit(.minutes(2))) func anArchiveIsTheSameImage() throws {
    let scratch = try Scratch()
    _ = try Self.make(["platforms"], in: scratch)
    let whole = try Self.fetch(Self.recipe(), in: scratch)
    try Command(
      ["tar", "-C", "\(scratch.path)/image", "-cf", "\(scratch.path)/image.tar", "."], timeout: 60
    ).runChecked()
    let packed = try Self.fetch(
      Self.recipe(), in: scratch, image: "image.tar", store: "other")
    #expect(packed.lock == whole.lock)
    #expect(packed.tree == whole.tree)
    try Command(
      [
        "tar", "-C", "\(scratch.path)/image", "-rf", "\(scratch.path)/image.tar", "./index.json",
      ], timeout: 60
    ).runChecked()
    let recipe = try Self.recipe()
    let (path, store) = ("\(scratch.path)/image.tar", whole.store)
    let error = #expect(throws: FetchingError.self) {
      try Rootfs.lock(recipe: recipe, image: path, store: store)
    }
    #expect(error?.message == "reading the image \(path): index.json comes twice")
  }

  @Test(.timeLimit(.minutes(2))) func anImageIsFoundByDigestOrName() throws {
    let scratch = try Scratch()
    let first = try Self.make(["several"], in: scratch)
    let named = try Self.fetch(Self.recipe("reference = \"one\""), in: scratch)
    #expect(named.lock.image?.manifest == first)
    let pinned = try Self.fetch(Self.recipe("manifest = \"\(first)\""), in: scratch, store: "p")
    #expect(pinned.lock.image == named.lock.image)
    #expect(pinned.tree == named.tree)
    let recipe = try Self.recipe()
    let (path, store) = ("\(scratch.path)/image", named.store)
    let error = try #require(throws: FetchingError.self) {
      try Rootfs.lock(recipe: recipe, image: path, store: store)
    }
    #expect(error.message.contains("it has 2 images for linux/"))
    let none = try #require(throws: FetchingError.self) {
      try Rootfs.lock(recipe: recipe, image: nil, store: store)
    }
    #expect(none.exitCode == .usage)
    // A lock of one image is not satisfied by another.
    let other = Lock(
      recipe: recipe, architecture: named.lock.architecture, rootfs: nil, packages: [],
      image: Lock.Image(
        manifest: Digest.hashing("x"), layers: named.lock.image?.layers ?? []))
    let missing = try #require(throws: FetchingError.self) {
      try Rootfs.fetch(lock: other, store: store, image: path)
    }
    #expect(missing.message.hasSuffix("\(Digest.hashing("x")) is missing"))
    #expect(missing.exitCode == .inputRejected)
  }

  @Test(
    .timeLimit(.minutes(3)),
    arguments: [
      ("parent", "\"usr/../../escaped\" is not a plain path below the root"),
      ("absolute", "\"/etc/../../escaped\" is not a plain path below the root"),
      ("device", "dev/null is a device"), ("fifo", "run/pipe is a fifo"),
      ("through", "out/escaped is in the way of, or behind, another entry of the layer"),
      ("lower", "it leads through /usr/link, a link or file of a lower layer"),
      ("whiteout-through", "it leads through /usr/link, a link or file of a lower layer"),
      ("hardout", "\"../../etc/passwd\" is not a plain path below the root"),
      ("hardlower", "x is a hard link to usr/bin/tool, which is not there"),
      ("hardlink", "x is in the way of, or behind, another entry of the layer"),
      ("twice", "./x comes twice"), ("folder-twice", "x/ comes twice"),
      ("whiteout-full", ".wh.usr is a whiteout and no empty file"),
      ("whiteout-folder", ".wh.usr/ is a whiteout and no empty file"),
      ("whiteout-of-nothing", "usr/.wh. is a whiteout of nothing"),
      ("whiteout-parent", "usr/.wh... is a whiteout of nothing"),
      ("whiteout-reserved", "usr/.wh..wh.plnk is a whiteout of nothing"),
      ("sparse", "an extended header holds GNU.sparse.size"),
      ("foreign", "only for linux/other"), ("disguised", "the image is for linux/other, not for"),
      ("digest", "its contents are sha256:"), ("blob", "its contents are sha256:"),
      ("size", "what names it says"), ("type", "is of the unknown type"),
      ("config", "its configuration is of the unknown type application/vnd.example"),
      ("lengths", "its configuration does not name the contents of each layer"),
      ("bomb", "it unpacks to far more than its own size"),
      ("truncated", "cannot be expanded: gzip:"),
      ("short", "the archive ends too early"), ("link", "is a link"), ("missing", "is missing"),
      ("sha512", "a descriptor has no type, no size or no sha256 digest"),
      ("loop", "its indexes name each other too deeply"), ("version", "is not of version 1.0.0"),
    ])
  func refusesHostileImages(kind: String, reason: String) throws {
    let scratch = try Scratch()
    _ = try Self.make([kind], in: scratch)
    let store = try Store.open(path: "\(scratch.path)/store")
    let (recipe, path) = (try Self.recipe(), "\(scratch.path)/image")
    let error = try #require(throws: FetchingError.self) {
      let lock = try Rootfs.lock(recipe: recipe, image: path, store: store)
      _ = try Rootfs.fetch(lock: lock, store: store, image: path)
    }
    #expect(error.message.contains(reason), "\(error.message)")
    #expect(error.exitCode == .inputRejected)
    #expect(try store.digests().isEmpty)
    #expect(!FileSystem.exists("\(scratch.path)/escaped") && !FileSystem.exists("/tmp/escaped"))
  }

  /// Any byte of any file that a lock pins, the last of each among them.
  @Test(.timeLimit(.minutes(5))) func everyFlippedByteIsFound() throws {
    let scratch = try Scratch()
    _ = try Self.make(["good"], in: scratch)
    let store = try Store.open(path: "\(scratch.path)/store")
    let path = "\(scratch.path)/image"
    let lock = try Rootfs.lock(recipe: Self.recipe(), image: path, store: store)
    var state: UInt64 = 1
    for entry in try Directory("\(path)/blobs/sha256").entries() {
      let file = "\(path)/blobs/sha256/\(entry.name)"
      let good = try FileSystem.read(file)
      for turn in 0..<12 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let place = turn == 0 ? good.count - 1 : Int(state >> 33) % good.count
        var bytes = good
        bytes[place] ^= 1 << UInt8(truncatingIfNeeded: (state >> 20) % 8)
        try FileSystem.write(bytes, to: file)
        let error = #expect(throws: FetchingError.self, "\(entry.name) at \(place)") {
          try Rootfs.fetch(lock: lock, store: store, image: path)
        }
        #expect(error?.exitCode == .inputRejected)
      }
      try FileSystem.write(good, to: file)
    }
    #expect(try store.digests().isEmpty)
    _ = try Rootfs.fetch(lock: lock, store: store, image: path)
  }

  @Test(.timeLimit(.minutes(2))) func whatARecipeDropsDoesNoHarm() throws {
    let scratch = try Scratch()
    _ = try Self.make(["device"], in: scratch)
    let tree = try Self.fetch(Self.recipe(drop: ", \"/dev\""), in: scratch).tree
    #expect(tree.fileCount > 0)
    let error = #expect(throws: FetchingError.self) {
      _ = try Self.fetch(
        Self.recipe(
          more: "[[file]]\npath = \"/etc/hosts\"\ncontent = \"\"", drop: ", \"/dev\""),
        in: scratch, store: "other")
    }
    #expect(error?.message.contains("making /etc/hosts as the recipe says") == true)
  }

  /// A tree of packages, packed as an image, is the same tree.
  @Test(.timeLimit(.minutes(5))) func anImageOfATreeIsThatTree() throws {
    let scratch = try Scratch()
    let mirror = try LocalMirror()
    let store = try Store.open(path: "\(scratch.path)/store")
    let lock = try makeLock([mirror.add("plain"), mirror.add("other")])
    let made = try Rootfs.fetch(lock: lock, store: store, mirrors: [mirror.uri()])
    _ = try Self.make(["tree", store.path(of: made.digest)], in: scratch)
    let bare = "schema = 1\nname = \"bare\"\n[oci]\n"
    let recipe = try Recipe(parsing: Array(bare.utf8), file: "bare.toml")
    let again = try Self.fetch(recipe, in: scratch, store: "other")
    #expect(again.tree.digest == made.digest)
  }
}
