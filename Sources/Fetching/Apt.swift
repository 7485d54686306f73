import Linux
import Reading

/// apt with a state of its own: the host's installed packages, sources and preferences have no part
/// in what it resolves; the host's ways of getting files (proxies, certificates, timeouts) do.
/// Works as an ordinary user. The state is removed with this value.
struct Apt: ~Copyable, Sendable {
  private let folder: TemporaryFolder
  private let environment: [(name: String, value: String)]

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
    var kept = ""
    for line in try hostSettings().split(separator: "\n") where line.hasPrefix("Acquire::") {
      let key = line.dropFirst("Acquire::".count)
      let unwanted = [
        "IndexTargets", "Languages", "GzipIndexes", "Allow", "ForceHash", "Retries", "Check-",
        "Max-", "Min-", "gpgv",
      ]
      if unwanted.contains(where: { key.hasPrefix($0) }) { continue }
      kept += "\(line)\n"
    }
    return kept
  }

  /// The configuration of this machine's apt, as `apt-config dump` prints it.
  static func hostSettings() throws(FetchingError) -> String {
    do throws(CommandError) {
      return try Command(["apt-config", "dump"], timeout: 60).runChecked().text
    } catch {
      throw .apt(task: "reading the configuration of this machine's apt", error)
    }
  }

  /// Whether the settings turn the check of dates off (apt.conf(5), `Acquire::Check-Valid-Until`), as
  /// hosts do whose mirror stands still. apt takes these words for no (apt-pkg, `StringToBool`).
  static func acceptsAnyDate(_ settings: String) -> Bool {
    let noes = ["0", "no", "false", "without", "off", "disable"]
    return settings.split(separator: "\n").contains { line in
      noes.contains { line == "Acquire::Check-Valid-Until \"\($0)\";" }
    }
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
    Acquire::Check-Date "true";
    Acquire::Check-Valid-Until "true";
    Acquire::ForceHash "SHA256";
    Acquire::Languages "none";
    Acquire::Retries "3";

    """
  }

  /// Gets the package lists of the suites and checks their signatures against `keyring`, and nothing
  /// but that. Where dates are checked, Release files are not outdated and not of the future by this
  /// machine's clock.
  func update(
    _ sources: [(suite: String, uri: String)], components: [String], architecture: String,
    keyring: Keyring, checksDates: Bool
  ) throws(FetchingError) {
    var text = ""
    for (suite, uri) in sources {
      text += """
        Types: deb
        URIs: \(uri)
        Suites: \(suite)
        Components: \(components.joined(separator: " "))
        Architectures: \(architecture)
        Signed-By: \(keyring.path)

        """
      if !checksDates { text += "Check-Valid-Until: no\nCheck-Date: no\n" }
      text += "\n"
    }
    try doing(
      "configuring apt", try FileSystem.write(Array(text.utf8), to: "\(state)/sources.sources"))
    let arguments = ["apt-get", "-q", "update"]
    let task = "getting the package lists"
    let output: Command.Output
    do throws(CommandError) {
      output = try Command(
        arguments, environment: environment, directory: state, timeout: 900
      ).run()
    } catch {
      throw .apt(task: task, error)
    }
    if output.status == 0 { return }
    if let fault = ArchiveFault(aptSaid: output.errorText) { throw .archive(fault) }
    let words = Self.complaints(output).suffix(6).joined(separator: "\n")
    throw .apt(task: task, .failed(arguments, status: output.status, words: words))
  }

  /// The lists of packages that apt has got and will choose from.
  func indexes() throws(FetchingError) -> [AptIndex] {
    let output = try run(
      [
        "apt-get", "indextargets", "--format", "$(RELEASE)|$(METAKEY)|$(FILENAME)",
        "Created-By: Packages",
      ], task: "listing the lists of packages")
    var indexes: [AptIndex] = []
    for line in output.split(separator: "\n") {
      let fields = line.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      guard fields.count == 3,
        let index = AptIndex(suite: fields[0], name: fields[1], path: fields[2])
      else { throw .unexpectedOutput(program: "apt-get indextargets", line: String(line)) }
      if FileSystem.exists(index.path) { indexes.append(index) }
    }
    return indexes
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
    return Self.complaints(output)
  }

  private static func complaints(_ output: Command.Output) -> [String] {
    output.errorText.split(separator: "\n").filter { $0.hasPrefix("E: ") }
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
