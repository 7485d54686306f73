import Linux
import Reading

/// apt with a state of its own: the host's installed packages, sources and preferences have no part
/// in what it resolves; the host's ways of getting files (proxies, certificates, timeouts) do.
/// Works as an ordinary user. The state is removed with this value.
struct Apt: ~Copyable, Sendable {
  private let folder: TemporaryFolder
  private let environment: [(name: String, value: String)]

  private static let keyring = "/usr/share/keyrings/debian-archive-keyring.gpg"

  init() throws(FetchingError) {
    let folder = try doing("making a folder for apt", try TemporaryFolder(prefix: "cupel-apt"))
    let state = folder.path
    var environment: [(name: String, value: String)] = [
      ("APT_CONFIG", "\(state)/apt.conf"), ("LC_ALL", "C.UTF-8"), ("HOME", state),
    ]
    for name in ["PATH", "http_proxy", "https_proxy", "no_proxy"] {
      if let value = Machine.environment(name) { environment.append((name, value)) }
    }
    do throws(SystemError) {
      for name in ["lists/partial", "cache/archives/partial"] {
        try FileSystem.makeDirectories("\(state)/\(name)")
      }
      try FileSystem.write([], to: "\(state)/status")
    } catch {
      throw .system("making a folder for apt", error)
    }
    let configuration = try Self.transportSettings() + Self.settings(state)
    try doing(
      "configuring apt", try FileSystem.write(Array(configuration.utf8), to: "\(state)/apt.conf"))
    self.folder = folder
    self.environment = environment
  }

  private var state: String { folder.path }

  /// The host's `Acquire` settings, without those that weaken what we check. Everything else of its
  /// configuration stays away: hooks, pins, another architecture.
  private static func transportSettings() throws(FetchingError) -> String {
    let output: String
    do throws(CommandError) {
      output = try Command(["apt-config", "dump"], timeout: 60).runChecked().text
    } catch {
      throw .apt(task: "reading the configuration of this machine's apt", error)
    }
    var kept = ""
    for line in output.split(separator: "\n") where line.hasPrefix("Acquire::") {
      let key = line.dropFirst("Acquire::".count)
      let unwanted = ["IndexTargets", "Languages", "GzipIndexes", "Allow", "ForceHash", "Retries"]
      if unwanted.contains(where: { key.hasPrefix($0) }) { continue }
      kept += "\(line)\n"
    }
    return kept
  }

  private static func settings(_ state: String) -> String {
    """
    Dir::Etc::Main "/dev/null";
    Dir::Etc::Parts "/dev/null";
    Dir::Etc::SourceList "\(state)/sources.sources";
    Dir::Etc::SourceParts "/dev/null";
    Dir::Etc::Preferences "/dev/null";
    Dir::Etc::PreferencesParts "/dev/null";
    Dir::State "\(state)";
    Dir::State::Lists "\(state)/lists";
    Dir::State::Status "\(state)/status";
    Dir::Cache "\(state)/cache";
    Dir::Log "\(state)";
    APT::Sandbox::User "root";
    APT::Install-Recommends "false";
    APT::Update::Error-Mode "any";
    APT::Get::AllowUnauthenticated "false";
    Acquire::AllowInsecureRepositories "false";
    Acquire::AllowWeakRepositories "false";
    Acquire::AllowDowngradeToInsecureRepositories "false";
    Acquire::ForceHash "SHA256";
    Acquire::Languages "none";
    Acquire::Retries "3";

    """
  }

  /// Gets the package lists of the suites and checks their signatures.
  func update(
    _ sources: [(suite: String, uri: String)], components: [String], architecture: String
  ) throws(FetchingError) {
    var text = ""
    for (suite, uri) in sources {
      text += """
        Types: deb
        URIs: \(uri)
        Suites: \(suite)
        Components: \(components.joined(separator: " "))
        Architectures: \(architecture)

        """
      if FileSystem.exists(Self.keyring) { text += "Signed-By: \(Self.keyring)\n" }
      text += "\n"
    }
    try doing(
      "configuring apt", try FileSystem.write(Array(text.utf8), to: "\(state)/sources.sources"))
    _ = try run(["apt-get", "-q", "update"], task: "getting the package lists")
  }

  /// The packages and everything they depend on, as apt resolves it where nothing is installed:
  /// the lines of `apt-get --print-uris`.
  func closure(of packages: [String], architecture: String) throws(FetchingError) -> [Deb] {
    let output = try run(
      [
        "apt-get", "-q", "-o", "APT::Architecture=\(architecture)", "--print-uris", "-y",
        "install",
      ] + packages, task: "resolving the packages of the recipe")
    var debs: [Deb] = []
    for line in output.split(separator: "\n") where line.hasPrefix("'") {
      guard let deb = Deb(line) else {
        throw .unexpectedOutput(program: "apt-get --print-uris", line: String(line))
      }
      debs.append(deb)
    }
    return debs
  }

  /// Which suites hold which version: `name version` to the suites' names.
  func suites(of debs: [Deb]) throws(FetchingError) -> [String: [String]] {
    let output = try run(
      ["apt-cache", "madison"] + debs.map(\.name), task: "finding the suites of the packages")
    var suites: [String: [String]] = [:]
    for line in output.split(separator: "\n") {
      // gcc | 4:12.2.0-3 | http://… bookworm/main amd64 Packages
      let fields = line.split(separator: "|").map { $0.split(separator: " ").map(String.init) }
      guard fields.count == 3, let name = fields[0].first, let version = fields[1].first,
        fields[2].count >= 2, let slash = fields[2][1].lastIndex(of: "/")
      else { throw .unexpectedOutput(program: "apt-cache madison", line: String(line)) }
      suites["\(name) \(version)", default: []].append(String(fields[2][1][..<slash]))
    }
    return suites
  }

  /// Downloads files with apt's own transports, several at once; what arrives is for the caller to
  /// check. Returns what apt had to say about files that it did not get.
  func download(
    _ files: [(uri: String, path: String, sha256: String)], timeout: Double
  ) throws(FetchingError) -> [String] {
    let arguments = files.flatMap { [$0.uri, $0.path, "SHA256:\($0.sha256)"] }
    let output: Command.Output
    do throws(CommandError) {
      output = try Command(
        ["/usr/lib/apt/apt-helper", "download-file"] + arguments, environment: environment,
        directory: state, timeout: timeout
      ).run()
    } catch {
      if case .timedOut = error { return ["no end within \(Int(timeout)) seconds"] }
      throw .apt(task: "downloading packages", error)
    }
    if output.status == 0 { return [] }
    return output.errorText.split(separator: "\n").filter { $0.hasPrefix("E: ") }
      .map { String($0.dropFirst(3)) }
  }

  private func run(_ arguments: [String], task: String) throws(FetchingError) -> String {
    do throws(CommandError) {
      return try Command(
        arguments, environment: environment, directory: state, timeout: 900
      ).runChecked().text
    } catch {
      throw .apt(task: task, error)
    }
  }
}
