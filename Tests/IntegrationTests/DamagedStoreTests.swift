import Linux
import Reading
import Testing

extension Integration {
  /// Trees of the store that change after they came into it, and locks that change after they were
  /// written (docs/store.md), through the real executable. Thousands of flipped bytes are tried in
  /// the tests of the rooms.
  @Suite struct DamagedStoreTests {
    /// Runs cupel with the scene's own store.
    private static func cupel(
      _ scene: borrowing Scene, _ arguments: [String]
    ) throws -> Command.Output {
      var environment = try scene.environment.filter { $0.name != "CUPEL_STORE" }
      environment.append(("CUPEL_STORE", "\(scene.path)/store"))
      return try Command(
        try scene.commandLine(arguments), environment: environment, directory: scene.path,
        timeout: 240
      ).run()
    }

    /// Gives the scene a store with the default rootfs, of hard links where it can be.
    private static func layOutStore(_ scene: borrowing Scene) throws {
      try scene.shell(
        """
        mkdir store store/trees store/indexes
        cp -R "$1/locks" "$1/roots" store
        tree=$(cut -c 8- store/roots/rootfs/debian-bookworm-rust)
        cp "$1/indexes/$tree" store/indexes
        cp -al "$1/trees/$tree" store/trees || cp -a "$1/trees/$tree" store/trees
        ln -s "trees/$tree" store/rootfs
        """, [try scene.person.store])
    }

    /// Changes one bit in the middle of a file, and neither its size nor its time.
    private static let flip = """
      import os, sys
      path = sys.argv[1]
      data = bytearray(open(path, 'rb').read())
      data[len(data) // 2] ^= 4
      os.rename(path, path + '.kept')
      open(path, 'wb').write(data)
      os.chmod(path, os.stat(path + '.kept').st_mode)
      os.utime(path, (1153704088, 1153704088))
      """

    @Test func aChangedTreeIsNotBuiltWith() throws {
      let scene = try Scene(Person.all[0])
      try Self.layOutStore(scene)
      let project = try scene.layOutTinyProject()
      let files = try scene.shell("cd store/rootfs; find . -type f -size +9c | sort")
        .split(separator: "\n").map { String($0.dropFirst(2)) }
      let build = ["build", project, "--once", "--out", "\(scene.path)/out"]
      for index in 0..<4 {
        let file = files[index * (files.count - 1) / 3]
        try scene.shell("python3 -Ic \"$1\" \"store/rootfs/$2\"", [Self.flip, file])
        let sums = try scene.shell(
          """
          file="store/rootfs/$1"
          sha256sum < "$file"; sha256sum < "$file.kept"; mv "$file.kept" store/kept
          """, [file]
        ).split(separator: "\n").map { $0.prefix(64) }
        let words = ": \(file) is sha256:\(sums[0]), in the tree it is sha256:\(sums[1])\n"
        for arguments in [build, build + ["--verify-store", "full"]] {
          let output = try Self.cupel(scene, arguments)
          #expect(output.status == 3, "\(output.errorText)")
          #expect(output.errorText.contains("error: verifying the tree sha256:"))
          #expect(output.errorText.contains(words), "\(output.errorText)")
          #expect(output.errorText.contains("hint: run `cupel store verify --remove`"))
        }
        if index == 0 {
          // Not asked for, nothing is looked at.
          #expect(try Self.cupel(scene, ["run", "--", "/bin/true"]).status == 0)
          #expect(try Self.cupel(scene, ["plan", project]).status == 0)
          for how in ["cached", "full"] {
            let asked = ["--verify-store", how]
            #expect(try Self.cupel(scene, ["run"] + asked + ["--", "/bin/true"]).status == 3)
            #expect(try Self.cupel(scene, ["plan", project] + asked).status == 3)
          }
        }
        try scene.shell("mv store/kept \"store/rootfs/$1\"", [file])
      }
      #expect(!FileSystem.exists("\(scene.path)/out"))
      let honest = try Self.cupel(scene, build)
      #expect(honest.status == 0, "\(honest.errorText)")

      try scene.shell("python3 -Ic \"$1\" store/rootfs/usr/bin/env", [Self.flip])
      let removed = try Self.cupel(scene, ["store", "verify", "--remove"])
      #expect(removed.status == 3)
      #expect(removed.text.contains("  damaged, removed\n"))
      let missing = try Self.cupel(scene, build)
      #expect(missing.status == 2 && missing.errorText.contains("run `cupel fetch`"))
      try scene.expectNothingLeft()
    }

    /// One byte of a lock: the same plan where it says the same, else another plan or a refusal.
    @Test func aChangedLockIsAnotherPlanOrRefused() throws {
      let scene = try Scene(Person.all[0])
      let project = try scene.layOutTinyProject()
      let built = try scene.build(project, ["--once"])
      #expect(built.status == 0, "\(built.errorText)")
      // Beside the project: what is in it is part of its source.
      let lock = "\(scene.path)/out/cupel.lock"
      let good = try FileSystem.read(lock)
      let plan = try scene.cupel(["plan", project, "--lock", lock])
      #expect(plan.status == 0, "\(plan.errorText)")
      for index in [3] + stride(from: 150, to: good.count, by: good.count / 8) {
        var bytes = good
        bytes[index] ^= 1
        try FileSystem.write(bytes, to: lock)
        let output = try scene.cupel(["plan", project, "--lock", lock])
        if index == 3 {
          #expect(output.text == plan.text, "a comment")
        } else {
          #expect(
            [2, 3].contains(output.status) || (output.status == 0 && output.text != plan.text),
            "byte \(index): \(output.status)")
        }
      }
    }
  }
}
