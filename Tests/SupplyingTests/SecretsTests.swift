import Testing

@testable import Supplying

@Suite struct SecretsTests {
  @Test func areReplacedWhereverTheyStand() {
    let secrets = Secrets(["", "abc", "s3cret", "s3cret-longer"])
    #expect(secrets.removed(from: "x s3crets3cret-longer y abc") == "x [secret][secret] y abc")
    #expect(secrets.removed(from: "nothing") == "nothing")
  }

  @Test func tokensTravelOnlyWhereNobodyReadsAlong() {
    for index in [
      "sparse+https://host/index/", "https://host/index", "sparse+http://127.0.0.1:8080/",
      "http://localhost/x", "http://[::1]:1/", "ssh://git@host/index", "file:///srv/index",
    ] {
      #expect(!RegistryToken.isInClear(index), "\(index)")
    }
    for index in [
      "sparse+http://host/index/", "HTTP://host", "http://127.0.0.1.host/",
      "http://localhost:1@host/",
    ] {
      #expect(RegistryToken.isInClear(index), "\(index)")
    }
  }
}
