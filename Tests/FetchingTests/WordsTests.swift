import Hashing
import Testing

@testable import Fetching

@Suite struct WordsTests {
  @Test(arguments: [
    ("/usr/share/doc", "/usr/share/doc", true), ("/usr/share/doc", "/usr/share/doc/a/b", true),
    ("/usr/share/doc", "/usr/share/docs", false), ("/usr/share/doc", "/usr/share", false),
    ("/usr/*/doc", "/usr/share/doc", true), ("/usr/*/doc", "/usr/a/b/doc", false),
    ("/usr/**/doc", "/usr/a/b/doc/x", true), ("/usr/**", "/usr", false),
    ("/usr/**", "/usr/x", true),
    ("/a/*.la", "/a/.la", true), ("/a/*.la", "/a/x.la", true), ("/a/*.la", "/a/x.lab", false),
    ("/a/?", "/a/b", true), ("/a/?", "/a/", false), ("/a/?", "/a/bc", false),
    ("**/x", "/deep/er/x", true), ("/**/**/**/**y", "/aaaaaaaaaaaaaaaaaaaaaaaaaaaaa", false),
  ])
  func globs(pattern: String, path: String, covers: Bool) {
    #expect(Glob(pattern).covers(path) == covers)
  }

  @Test(arguments: [
    ("", false), ("Acquire::Check-Valid-Until \"true\";", false),
    ("Acquire::Check-Valid-Until \"false\";", true), ("Acquire::Check-Valid-Until \"0\";", true),
    ("Acquire::Check-Date \"false\";", false), ("X::Acquire::Check-Valid-Until \"no\";", false),
  ])
  func theHostSaysWhetherDatesCount(settings: String, anyDate: Bool) {
    #expect(Apt.acceptsAnyDate("APT::Architecture \"amd64\";\n\(settings)\n") == anyDate)
  }

  @Test func percentEncodingIsApts() {
    let path = "pool/main/g/gcc-12/cpp-12_1:12.2.0-14+deb12u1~x_amd64.deb"
    let encoded = "pool/main/g/gcc-12/cpp-12_1%3a12.2.0-14%2bdeb12u1%7ex_amd64.deb"
    #expect(PercentEncoding.encode(path) == encoded)
    #expect(PercentEncoding.decode(encoded) == path)
    #expect(PercentEncoding.encode("\n\u{fc}") == "%0a%c3%bc")
    for bad in ["%", "%4", "%zz", "%+1", "%ff"] { #expect(PercentEncoding.decode(bad) == nil) }
  }

  @Test func linesOfPrintUris() throws {
    let hex = String(repeating: "ab", count: 32)
    let deb = try #require(
      Deb("'http://m/debian/pool/x_4%3a1%2b2_amd64.deb' x_4%3a1+2_amd64.deb 5216 SHA256:\(hex)"))
    #expect(deb.uri == "http://m/debian/pool/x_4%3a1%2b2_amd64.deb")
    #expect(deb.name == "x")
    #expect(deb.version == "4:1+2")
    #expect(deb.architecture == "amd64")
    #expect(deb.size == 5216)
    #expect(deb.sha256.hex == hex)
    for bad in [
      "", "'http://m/x.deb' x_1_all.deb 5", "'http://m/x.deb' x_1_all.deb 5 MD5Sum:\(hex)",
      "http://m/x.deb x_1_all.deb 5 SHA256:\(hex)", "'http://m/x.deb' x.deb 5 SHA256:\(hex)",
    ] { #expect(Deb(bad[...]) == nil) }
  }

  @Test func mirrorsOfSuites() throws {
    let main = try Mirror("http://m.example/debian")
    #expect(main.base(for: "bookworm") == "http://m.example/debian/")
    #expect(main.base(for: "bookworm-security") == "http://m.example/debian-security/")
    let own = try Mirror("https://m.example/all/")
    #expect(own.base(for: "bookworm-security") == "https://m.example/all/")
    let one = try Mirror("bookworm-security=http://s.example/x")
    #expect(one.base(for: "bookworm-security") == "http://s.example/x/")
    #expect(one.base(for: "bookworm") == nil)
    let mirrors = try Mirrors(
      given: ["http://a/debian", "bookworm=http://b"], suites: ["bookworm", "bookworm-updates"])
    #expect(mirrors.uris(for: "bookworm") == ["http://a/debian/", "http://b/"])
    #expect(mirrors.uris(for: "bookworm-updates") == ["http://a/debian/"])
    for bad in ["", "mirror", "http://a b", "http://a\nTrusted: yes"] {
      #expect(throws: FetchingError.self) { _ = try Mirror(bad) }
    }
    #expect(throws: FetchingError.self) {
      _ = try Mirrors(given: ["bookworm=http://b"], suites: ["sid"])
    }
  }
}
