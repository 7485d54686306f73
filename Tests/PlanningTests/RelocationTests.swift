import Planning
import Testing

@Suite struct RelocationTests {
  private static let elsewhere = Relocation(root: "/a/b")

  @Test func pathsAreMovedAndRestored() {
    for (own, moved) in [
      ("/build/src/x", "/a/b/src/x"),
      ("native=/build/target/y:/build/vendor", "native=/a/b/target/y:/a/b/vendor"),
      ("/usr/bin/cargo", "/usr/bin/cargo"), ("/build", "/build"), ("/builder/x", "/builder/x"),
      ("-L/build/target/release/build/app-1/out", "-L/a/b/target/release/build/app-1/out"),
      ("a-L/build/x", "a-L/build/x"), ("link-arg=-L/build/x", "link-arg=-L/a/b/x"),
      ("", ""), ("/build/e\u{301}", "/a/b/e\u{301}"), ("/build/\u{301}", "/a/b/\u{301}"),
    ] {
      #expect(Array(Self.elsewhere.moved(own).utf8) == Array(moved.utf8))
      #expect(Array(Self.elsewhere.restored(moved).utf8) == Array(own.utf8))
    }
    #expect(
      Self.elsewhere.restored([0xff] + Array("/a/b/c".utf8)) == [0xff] + Array("/build/c".utf8))
  }

  @Test func legAIsWhereItIs() {
    #expect(!Relocation.none.moves)
    #expect(Relocation.none.moved("/build/src") == "/build/src")
    #expect(Relocation(wrapper: SandboxPaths.wrapper) == Relocation.none)
    #expect(Relocation(wrapper: "bin/cupel-rustc") == nil)
  }
}
