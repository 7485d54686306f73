import Linux
import Sandboxing
import Testing

@Suite struct MountTests {
  @Test func theRootIsReadOnly() throws {
    for path in ["/x", "/etc/x", "/usr/x", "/dev/x"] {
      #expect(try Run.shell(": >\(path)").outcome.ending != .exited(0), "\(path)")
    }
    #expect(try Run.shell("rm /etc/passwd").outcome.ending != .exited(0))
  }

  @Test func bindsAreReadOnlyUnlessAskedFor() throws {
    let scratch = try Scratch()
    try FileSystem.write(Array("hello".utf8), to: "\(scratch.path)/f")
    try FileSystem.setPermissions(scratch.path, 0o777)
    func run(isWritable: Bool) throws -> Run {
      try Run.shell("cat /data/f; : >/data/new") {
        $0.mounts += [
          .directory("/data"),
          .bind(source: scratch.path, target: "/data", isWritable: isWritable),
        ]
      }
    }
    let refused = try run(isWritable: false)
    #expect(refused.output == "hello")
    #expect(refused.outcome.ending != .exited(0))
    #expect(!FileSystem.exists("\(scratch.path)/new"))
    #expect(try run(isWritable: true).outcome.ending == .exited(0))
    #expect(FileSystem.exists("\(scratch.path)/new"))
  }

  @Test func mountsCarryTheirRestrictions() throws {
    let scratch = try Scratch()
    let run = try Run.shell("cut -d' ' -f5,6 /proc/self/mountinfo") {
      $0.mounts += [.directory("/data"), .bind(source: scratch.path, target: "/data")]
    }
    for line in run.lines {
      #expect(line.contains("nosuid"), "\(line)")
      // Masked files are the null device.
      if line.hasPrefix("/dev/") || line.hasPrefix("/proc/") { continue }
      #expect(line.contains("nodev"), "\(line)")
    }
    #expect(run.lines.contains { $0.hasPrefix("/ ro,") })
    #expect(run.lines.contains { $0.hasPrefix("/data ro,") })
  }

  @Test func whatWasCollectedIsReadableAfterTheEnd() throws {
    let depth = 300
    let sandbox = try Sandbox.ofHost([
      "/usr/bin/python3", "-c",
      """
      import os
      os.chdir("/tmp")
      os.mkdir("locked"); open("locked/f", "w").write("inside"); os.chmod("locked/f", 0)
      os.chmod("locked", 0)
      os.symlink("/etc/passwd", "link"); os.mkfifo("fifo")
      for i in range(\(depth)):
        os.mkdir("d"); os.chdir("d")
      open("end", "w").write("deep")
      """,
    ])
    var names: [String] = []
    var found = 0
    let run = try Run(
      sandbox,
      ended: { running in
        let root = try running.collected("/tmp")
        names = try root.entries().map(\.name)
        #expect(try root.status("fifo").kind == .fifo)
        #expect(try root.status("link").kind == .symlink)
        #expect(throws: SystemError.self) { _ = try root.open("link") }
        #expect(try root.status("locked").permissions == 0)
        try root.setPermissions("locked", 0o700)
        let locked = try root.directory("locked")
        try locked.setPermissions("f", 0o600)
        #expect(try locked.open("f").readToEnd() == Array("inside".utf8))
        var path = "d"
        for _ in 1..<depth { path += "/d" }
        #expect(try root.openBeneath("\(path)/end").readToEnd() == Array("deep".utf8))
        found = try root.directory(path).entries().count
        try root.removeTree("locked")
        #expect(try root.entries().map(\.name) == ["d", "fifo", "link"])
      })
    #expect(run.outcome.ending == .exited(0), "\(run.error)")
    #expect(names == ["d", "fifo", "link", "locked"])
    #expect(found == 1)
  }

  @Test func contentsAreListedInReverseAndReadOnly() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectory("\(scratch.path)/folder")
    for name in ["b", "a", "z", "folder/2", "folder/1", "folder/3"] {
      try FileSystem.write(Array(name.utf8), to: "\(scratch.path)/\(name)")
    }
    try FileSystem.setPermissions("\(scratch.path)/a", 0o755)
    try FileSystem.makeSymlink("\(scratch.path)/link", to: "a")
    for entry in try Directory(scratch.path).entries() {
      try Directory(scratch.path).setTimes(entry.name, seconds: 1_000_000_007)
    }
    let run = try Run.python(
      """
      import os
      print(" ".join(os.listdir("/data")))
      print(" ".join(os.listdir("/data/folder")))
      print(open("/data/link").read(), open("/data/folder/3").read())
      print(oct(os.stat("/data/a").st_mode), oct(os.stat("/data/b").st_mode))
      print({int(os.lstat("/data/" + n).st_mtime) for n in os.listdir("/data")})
      for attempt in [lambda: open("/data/new", "w"), lambda: os.remove("/data/a"),
                      lambda: os.chmod("/data/a", 0o777)]:
        try: attempt(); print("done")
        except OSError as error: print(error.errno)
      """
    ) {
      $0.mounts += [
        .directory("/data"),
        .memory(MemoryMount("/data", size: 1 << 20, contents: scratch.path)),
      ]
    }
    let outer = try Directory(scratch.path).entriesAsFound().map(\.name)
    let inner = try Directory("\(scratch.path)/folder").entriesAsFound().map(\.name)
    let readOnly = "30"
    #expect(
      run.lines == [
        outer.reversed().joined(separator: " "), inner.reversed().joined(separator: " "),
        "a folder/3", "0o100555 0o100444", "{1000000007}", readOnly, readOnly, readOnly,
      ], "\(run.error)")
  }

  /// Other times alone leave the order as it is.
  @Test func whatAMemoryMountListsIsAsAsked() throws {
    let scratch = try Scratch()
    try FileSystem.makeDirectories("\(scratch.path)/folder")
    for number in 0..<20 {
      try FileSystem.write(Array("x".utf8), to: "\(scratch.path)/\(number)")
      try FileSystem.write(Array("x".utf8), to: "\(scratch.path)/folder/\(number)")
    }
    try Directory(scratch.path).setTimes("folder", seconds: 1_000_000_007)
    func list(_ listing: Listing, time: Int64?) throws -> [String] {
      try Run.python(
        """
        import os
        for folder in ["/data", "/data/folder"]: print(" ".join(os.listdir(folder)))
        for name in ["", "/folder", "/folder/1"]: print(int(os.lstat("/data" + name).st_mtime))
        """
      ) {
        $0.mounts += [
          .directory("/data"),
          .memory(
            MemoryMount(
              "/data", size: 1 << 20, contents: scratch.path, listing: listing, time: time)),
        ]
      }.lines
    }
    let found = try ["", "/folder"].map { folder in
      try Directory("\(scratch.path)\(folder)").entriesAsFound().map(\.name)
    }
    let same = try list(.asFound, time: 1_000_000_000)
    #expect(same[..<2] == found.map { $0.joined(separator: " ") }[...])
    #expect(same[2...] == ["1000000000", "1000000000", "1000000000"])
    let root = try Directory(scratch.path).status(".").modified
    let reversed = try list(.reversed, time: nil)
    #expect(reversed[0] == found[0].reversed().joined(separator: " "))
    #expect(reversed[2...3] == ["\(root)", "1000000007"])
    let shuffled = try list(.shuffled(seed: 1), time: nil)
    #expect(try list(.shuffled(seed: 1), time: nil)[..<2] == shuffled[..<2])
    #expect(try list(.shuffled(seed: 2), time: nil)[0] != shuffled[0])
    #expect(![same[0], reversed[0]].contains(shuffled[0]))
    #expect(Set(shuffled[0].split(separator: " ")) == Set(found[0].map { Substring($0) }))
  }

  /// A child that is cloned while the runner fills another's mount holds a copy of the file being
  /// written for a moment, and with it keeps the mount from becoming read-only.
  @Test func sandboxesCanBeStartedAtOnce() throws {
    let scratch = try Scratch()
    for number in 0..<200 {
      try FileSystem.write(Array("x".utf8), to: "\(scratch.path)/\(number)")
    }
    let path = scratch.path
    let runs = try Workers.map(Array(0..<24), threads: 4) { number throws(SandboxError) in
      do {
        return try Run.shell("ls /data | wc -l") {
          $0.mounts += [
            .directory("/data"),
            .memory(MemoryMount("/data", size: 1 << 20, contents: path)),
          ]
        }.lines
      } catch let error as SandboxError {
        throw error
      } catch {
        return ["\(error)"]
      }
    }
    #expect(runs == Array(repeating: ["200"], count: 24))
  }

  @Test func memoryMountsHoldTheirSize() throws {
    let run = try Run.shell("head -c 3000000 /dev/zero >/small/f") {
      $0.mounts += [
        .directory("/small"),
        .memory(MemoryMount("/small", size: 1 << 20, permissions: 0o777)),
      ]
    }
    #expect(run.outcome.ending != .exited(0))
    #expect(run.error.contains("No space left"))
  }

  /// An absolute symlink in a mounted tree must mean what it will mean inside.
  @Test func targetsResolveInsideTheNewRoot() throws {
    let scratch = try Scratch()
    let outside = try Scratch()
    try FileSystem.makeSymlink("\(scratch.path)/link", to: "/inner")
    try FileSystem.makeSymlink("\(scratch.path)/out", to: outside.path)
    try FileSystem.makeSymlink("\(scratch.path)/up", to: "../../../../../../inner")
    let base: [Mount] = [
      .directory("/inner"), .directory("/data"), .bind(source: scratch.path, target: "/data"),
    ]
    for link in ["link", "up"] {
      let run = try Run.shell("grep -c ' /inner ' /proc/self/mountinfo") {
        $0.mounts += base + [.memory(MemoryMount("/data/\(link)", size: 1 << 20))]
      }
      #expect(run.lines == ["1"], "\(link)")
    }
    var sandbox = try Sandbox.ofHost(["/bin/true"])
    sandbox.mounts += base + [.file("/data/out/planted", contents: "x")]
    #expect(try failure(sandbox) != nil)
    #expect(!FileSystem.exists("\(outside.path)/planted"))
  }

  @Test func aCoverHidesAFileOfTheTree() throws {
    let scratch = try Scratch()
    try FileSystem.write(Array("tree".utf8), to: "\(scratch.path)/f")
    let run = try Run.shell("cat /data/f; ls -A /") {
      $0.mounts += [
        .directory("/data"), .bind(source: scratch.path, target: "/data"),
        .cover("/data/f", contents: "ours\n"),
      ]
    }
    #expect(run.lines.first == "ours")
    #expect(!run.lines.contains(".cover"))
    #expect(try FileSystem.read("\(scratch.path)/f") == Array("tree".utf8))
  }
}
