import Testing

@testable import Reading

@Suite struct URLCredentialsTests {
  @Test(arguments: [
    ("https://user:pw@host/index", "https://host/index"),
    ("https://token@github.com/a/b", "https://github.com/a/b"),
    ("sparse+https://user:p@ss@host/", "sparse+https://host/"),
    ("git+https://token@host/a?branch=b#c", "git+https://host/a?branch=b#c"),
    ("ssh://git:pw@host/a", "ssh://host/a"), ("HTTPS://a@host", "https://host"),
    ("registry+http://:pw@127.0.0.1:80/", "registry+http://127.0.0.1:80/"),
  ]) func areFoundAndRemoved(_ url: String, _ clean: String) {
    #expect(URLCredentials.areIn(url))
    #expect(URLCredentials.removed(from: url) == clean)
  }

  @Test(arguments: [
    "https://host/index", "ssh://git@github.com/a/b", "https://host/a@b", "https://host?u@v",
    "file:///a:b@c/d", "host:a@b", "", "https://@host/", "sparse+https://[::1]:80/",
  ]) func areNotSeenWhereNoneAre(_ url: String) {
    #expect(!URLCredentials.areIn(url))
    #expect(URLCredentials.removed(from: url) == url)
  }

  @Test func noMessageOfALockNamesThem() {
    let lock = """
      version = 4
      [[package]]
      name = "dep"
      version = "1.0.0"
      source = "sparse+https://user:hunter2@host/"
      """
    let error = #expect(throws: ReadingError.self) {
      try CargoLock(parsing: Array(lock.utf8), file: "Cargo.lock")
    }
    #expect(error?.fact == .credentialsInURL("sparse+https://host/"))
    #expect(error?.message.contains("hunter2") == false)
    #expect(error?.position?.line == 5)
  }

  @Test func secretsOfAConfigurationAreHindrances() throws {
    let text = """
      [registry]
      token = "hunter2"
      [registries.a]
      token = "hunter2"
      index = "https://hunter2@host/"
      [source.b]
      registry = "sparse+https://u:hunter2@host/"
      [http]
      proxy = "http://u:hunter2@proxy"
      [env]
      CARGO_REGISTRIES_A_TOKEN = "hunter2"
      CARGO_REGISTRY_DEFAULT = "a"
      """
    let config = try CargoConfig(parsing: Array(text.utf8), file: "config.toml")
    #expect(
      config.hindrances.filter(\.isSecret).map(\.key) == [
        "registry.token", "registries.a.token", "registries.a.index", "source.b.registry",
        "http.proxy", "env.CARGO_REGISTRIES_A_TOKEN",
      ])
    #expect(!config.hindrances.contains { $0.reason.contains("hunter2") })
  }

  @Test func indexesAreTheSameAsForCargo() {
    #expect(CargoLock.isSame("https://host/index.git", "https://host/index/"))
    #expect(CargoLock.isSame("https://github.com/A/B", "https://GitHub.com/a/b.git"))
    #expect(!CargoLock.isSame("https://host/index/", "sparse+https://host/index/"))
    #expect(!CargoLock.isSame("https://host/Index", "https://host/index"))
  }
}
