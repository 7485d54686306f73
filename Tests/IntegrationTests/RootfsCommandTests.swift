import Linux
import Reading
import Testing

extension Integration {
  /// Rootfs trees of images, and `cupel rootfs` (docs/recipes.md). Nothing here needs the network.
  @Suite struct RootfsCommandTests {
    private static let script = "\(Checkout.path)/Tests/FetchingTests/makeimage.py"
    private static let recipe = """
      schema = 1
      name = "pictured"
      [oci]
      reference = "NAME"
      """

    /// Two images in a layout and a recipe for each, and a store of the scene's own.
    private static func layOut(_ scene: borrowing Scene) throws {
      try scene.shell(
        """
        python3 \(script) image \(Machine.architecture) several
        tar -C image -cf image.tar .
        mkdir project
        for name in one two; do
          echo '\(recipe)' | sed "s/NAME/$name/" > $name.toml
        done
        """)
    }

    private static func cupel(
      _ arguments: [String], _ scene: borrowing Scene
    ) throws -> Command.Output {
      try Command(
        ["env", "CUPEL_STORE=\(scene.path)/store", Checkout.executable] + arguments,
        environment: try scene.environment, directory: scene.path, timeout: 120
      ).run()
    }

    @Test func anImageBecomesARootfs() throws {
      let scene = try Scene(Person.all[0])
      try Self.layOut(scene)
      for (name, image) in [("one", "image"), ("two", "image.tar")] {
        let lock = try Self.cupel(
          [
            "lock", "project", "--recipe", "\(name).toml", "--image", image, "--out",
            "\(name).lock",
          ], scene)
        #expect(lock.status == 0, "\(lock.errorText)")
      }
      let show = try Self.cupel(["rootfs", "show", "project", "--lock", "one.lock"], scene)
      #expect(show.status == 0 && show.text.contains("image   sha256:"), "\(show.errorText)")
      let verify = try Self.cupel(["rootfs", "verify", "project", "--lock", "one.lock"], scene)
      #expect(verify.status == 0 && verify.text.hasSuffix("  ok\n"), "\(verify.errorText)")
      let list = try JSON(
        parsing: try Self.cupel(["rootfs", "ls", "--json"], scene).standardOutput, file: "ls")
      #expect(list["rootfs"]?[0]?["recipe"]?.stringValue == "pictured")
      #expect(list["rootfs"]?[0]?["chain"]?.stringValue == "image")

      #expect(try Self.cupel(["rootfs", "diff", "one.lock", "one.lock"], scene).status == 0)
      let other = try Self.cupel(["rootfs", "diff", "one.lock", "two.lock"], scene)
      #expect(other.status == 1 && other.text.contains("another image"), "\(other.text)")
      try scene.shell(
        """
        awk '/^\\[rootfs/ {r = 1} r && /^digest/ {sub(/....\"$/, "0000\\"")} {print}' one.lock > x.lock
        """)
      let changed = try Self.cupel(["rootfs", "diff", "one.lock", "x.lock", "--json"], scene)
      #expect(changed.status == 3, "\(changed.text)\(changed.errorText)")
      let json = try JSON(parsing: changed.standardOutput, file: "diff")
      #expect(json["alarming"] == true)
      #expect(json["changes"]?[0]?["change"]?.stringValue == "tree-changed")

      try scene.shell("rm -rf store")
      let fetch = try Self.cupel(
        ["fetch", "project", "--lock", "x.lock", "--image", "image"], scene)
      #expect(fetch.status == 3 && fetch.errorText.contains("it came out as"), "\(fetch.errorText)")
      try scene.shell("rm -rf store")
      let none = try Self.cupel(["fetch", "project", "--lock", "one.lock"], scene)
      #expect(none.status == 2 && none.errorText.contains("--image"), "\(none.errorText)")
    }
  }
}
