import Testing

@testable import Staging

@Suite struct TreeShapeTests {
  @Test func findsSymlinksThatLeadOut() {
    func escape(_ links: [(String, String)]) -> String? {
      var shape = TreeShape()
      _ = shape.add("d/e/file", .file)
      for (path, target) in links { #expect(shape.add(path, .symlink(target: target)) == nil) }
      return shape.firstEscape?.path
    }
    #expect(escape([("x", "d/e/file"), ("d/up", ".."), ("loop", "loop"), ("no", "where")]) == nil)
    #expect(escape([("d/e/x", "../../d")]) == nil)
    #expect(escape([("x", "..")]) == "x")
    #expect(escape([("x", "../d")]) == "x")
    #expect(escape([("d/x", "../..")]) == "d/x")
    #expect(escape([("x", "//etc")]) == "x")
    // As text d/s/.. is d; as a path it is the folder above the root.
    #expect(escape([("d/s", ".."), ("x", "d/s/..")]) == "x")
    // By way of another symlink.
    #expect(escape([("a", "b/c"), ("b", "d/e"), ("c", "a/../../../..")]) == "c")
    // Nothing beyond a loop is reached.
    #expect(escape([("l", "m"), ("m", "l"), ("x", "l/../..")]) == nil)
  }

  @Test func comparesNamesByTheirBytes() {
    var shape = TreeShape()
    #expect(shape.add("caf\u{E9}", .file) == nil)
    #expect(shape.add("cafe\u{301}", .file) == nil)
    #expect(shape.add("cafe\u{301}", .file) == .duplicate)
    // To Swift, a slash with a combining mark is another character.
    #expect(shape.add("cafe\u{301}/\u{301}x", .file) == .beneathNonFolder(ancestor: "cafe\u{301}"))
    #expect(shape.add("y/\u{301}/..", .file) == .badComponent)
  }

  @Test func knowsPathsAsText() {
    #expect(LexicalPath.join("/a/b", "../c/./d//e") == "/a/c/d/e")
    #expect(LexicalPath.join("/a", "/x/../../y") == "/y")
    #expect(LexicalPath.join("/", ".") == "/")
    #expect(LexicalPath.relative("/a/b", to: "/a") == "b")
    #expect(LexicalPath.relative("/a", to: "/a") == "")
    #expect(LexicalPath.relative("/ab", to: "/a") == nil)
    #expect(LexicalPath.relative("/ab", to: "/") == "ab")
    #expect(LexicalPath.upward(from: "/a/b") == ["/a/b", "/a", "/"])
    #expect(LexicalPath.upward(from: "/a/b/c", to: "/a") == ["/a/b/c", "/a/b", "/a"])
  }
}
