import Linux

/// git, run in a folder in such a way that it reads and never acts: no hooks, no file system
/// monitor, no filters of the repository's own, no fetching, no replaced objects, no index refresh.
///
/// The user's and the system's configuration stay in force, for `safe.directory` and the user's own
/// ignore rules are written there; the repository's configuration is read only when the repository
/// belongs to the user (git-config(1), safe.directory). Of the environment only what says where
/// those files are passes, so no GIT_DIR leads elsewhere.
struct Git {
  /// Absolute.
  let folder: String
  /// Options before the subcommand, such as `--work-tree`.
  var options: [String] = []
  /// What of the caller's environment passes.
  var inherited: [(name: String, value: String)]
  /// Whether /etc/gitattributes is left out (gitattributes(5)).
  var ignoresSystemAttributes = false
  /// Settings that win over every file, as GIT_CONFIG_COUNT takes them (git-config(1)).
  private var settings: [(key: String, value: String)] = []

  init(folder: String, options: [String] = []) {
    self.folder = folder
    self.options = options
    inherited = Self.inherited.compactMap { name in
      Machine.environment(name).map { (name, $0) }
    }
  }

  /// A repository's own folder, bare or not. The folder is made its work tree, for the one that its
  /// configuration names need not be there, and git looks for that first. It is found by its place
  /// and not named to git, which asks whose it is only then.
  init(repository folder: String) {
    self.init(folder: folder, options: ["--work-tree=\(folder)"])
  }

  private static let inherited = [
    "PATH", "HOME", "XDG_CONFIG_HOME", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM",
    "GIT_CONFIG_NOSYSTEM", "GNUPGHOME",
    // By it git knows the caller behind sudo(8) as an owner too.
    "SUDO_UID",
  ]

  /// The words for execve(2).
  func words(_ arguments: [String]) -> [String] {
    [
      "git", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null",
      // Parents come from commits, not from what stands beside them.
      "-c", "core.commitGraph=false", "-c", "advice.graftFileDeprecated=false",
      "-c", "core.warnAmbiguousRefs=true", "--no-replace-objects", "--no-pager",
    ] + options + arguments
  }

  private var environment: [(name: String, value: String)] {
    var environment: [(name: String, value: String)] = [
      ("LC_ALL", "C"), ("GIT_OPTIONAL_LOCKS", "0"), ("GIT_TERMINAL_PROMPT", "0"),
      ("GIT_ALLOW_PROTOCOL", "none"), ("GIT_NO_LAZY_FETCH", "1"),
      ("GIT_GRAFT_FILE", "/dev/null"),
    ]
    if ignoresSystemAttributes { environment.append(("GIT_ATTR_NOSYSTEM", "1")) }
    environment += inherited
    environment.append(("GIT_CONFIG_COUNT", "\(settings.count)"))
    for (index, setting) in settings.enumerated() {
      environment.append(("GIT_CONFIG_KEY_\(index)", setting.key))
      environment.append(("GIT_CONFIG_VALUE_\(index)", setting.value))
    }
    return environment
  }

  /// Runs it and returns what it printed, whatever its status.
  func run(_ arguments: [String], input: [UInt8]? = nil) throws(StagingError) -> Command.Output {
    try run(words: words(arguments), input: input)
  }

  /// Runs it and fails unless it exits with 0.
  func runChecked(
    _ arguments: [String], _ operation: String, input: [UInt8]? = nil
  ) throws(StagingError) -> [UInt8] {
    let output = try run(arguments, input: input)
    guard output.status == 0 else { throw failure(output, operation) }
    return output.standardOutput
  }

  /// Runs it with its output in a file, for output that may be large.
  func run(
    _ arguments: [String], input: [UInt8], outputFile: String
  ) throws(StagingError) -> Command.Output {
    let redirected = ["sh", "-c", "out=$1; shift; exec \"$@\" >\"$out\"", "sh", outputFile]
    return try run(words: redirected + words(arguments), input: input)
  }

  private func run(
    words: [String], input: [UInt8]?
  ) throws(StagingError) -> Command.Output {
    do throws(CommandError) {
      return try Command(
        words, environment: environment, directory: folder, input: input, timeout: 1800
      ).run()
    } catch {
      if case .notFound = error { throw .gitMissing }
      throw .command(error)
    }
  }

  /// Git's own words carry the remedy for a repository of another user.
  func failure(_ output: Command.Output, _ operation: String) -> StagingError {
    if output.errorText.contains("dubious ownership") {
      let lines = Self.lines(output)
      let remedy = lines.first { $0.hasPrefix("git config") }
      return .foreignRepository(
        folder: folder,
        words: remedy.map { "if you trust it, run `\($0)`" } ?? lines.joined(separator: " "))
    }
    return .gitFailed(operation: operation, words: Self.lastWords(output))
  }

  private static func lines(_ output: Command.Output) -> [Substring] {
    output.errorText.split(separator: "\n").map { $0.drop { $0 == "\t" || $0 == " " } }
  }

  /// The last lines of what git said, in one.
  static func lastWords(_ output: Command.Output) -> String {
    lines(output).suffix(4).joined(separator: "; ")
  }

  /// The records of output made with `-z`.
  static func records(_ output: [UInt8]) -> [ArraySlice<UInt8>] {
    output.split(separator: 0)
  }

  // MARK: Questions

  /// The top folder of the work tree that holds `folder`; nil outside any.
  func topLevel() throws(StagingError) -> String? {
    let output = try run(["rev-parse", "--show-toplevel"])
    guard output.status == 0 else {
      if output.errorText.contains("not a git repository")
        || output.errorText.contains("must be run in a work tree")
      {
        return nil
      }
      throw failure(output, "looking for the git repository of \(folder)")
    }
    guard let path = String(validating: output.standardOutput.dropLast(), as: UTF8.self) else {
      throw .nameNotText(path: output.text)
    }
    return path
  }

  /// Whether the index names the file.
  func tracks(_ name: String) throws(StagingError) -> Bool {
    try run(["ls-files", "--error-unmatch", "-z", "--", name]).status == 0
  }

  /// The commit checked out; nil before the first.
  func head() throws(StagingError) -> String? {
    let output = try run(["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
    guard output.status == 0 else { return nil }
    return output.text.split(separator: "\n").first.map(String.init)
  }

  /// The folder of the repository itself, that of a linked work tree where it is one, and then the
  /// one that all its work trees share; absolute.
  func repositoryFolders() throws(StagingError) -> [String] {
    let operation = "looking for the git repository of \(folder)"
    var found: [String] = []
    for question in ["--absolute-git-dir", "--git-common-dir"] {
      let output = try run(["rev-parse", "--path-format=absolute", question])
      if output.errorText.contains("not a git repository") { throw .notARepository(folder: folder) }
      guard output.status == 0 else { throw failure(output, operation) }
      guard let path = String(validating: output.standardOutput.dropLast(), as: UTF8.self) else {
        throw .nameNotText(path: output.text)
      }
      if !found.contains(path) { found.append(path) }
    }
    return found
  }

  /// The values that the user's or the system's configuration gives to a key, the last one first;
  /// what the repository says of itself is left out.
  func userPaths(_ key: String) throws(StagingError) -> [String] {
    let output = try run(["config", "-z", "--show-scope", "--type=path", "--get-all", key])
    let fields = Self.records(output.standardOutput).map { String(decoding: $0, as: UTF8.self) }
    var values: [String] = []
    for index in stride(from: 0, to: fields.count - 1, by: 2)
    where fields[index] == "global" || fields[index] == "system" {
      values.insert(fields[index + 1], at: 0)
    }
    return values
  }

  struct Change {
    /// Relative to the folder git runs in.
    let path: String
    let isUntracked: Bool
  }

  /// What differs from HEAD or is untracked and not ignored, beneath `folder` only. Submodules are
  /// not looked into.
  func changes() throws(StagingError) -> [Change] {
    let output = try withoutOwnFilters().runChecked(
      [
        "status", "--porcelain=v1", "-z", "--untracked-files=all", "--ignore-submodules=all",
        "--no-renames", "--", ".",
      ], "asking git for changes in \(folder)")
    // Porcelain paths are relative to the top folder, whatever the folder it runs in.
    let prefix = try prefix()
    var changes: [Change] = []
    for record in Self.records(output) where record.count > 3 {
      let path = record.dropFirst(3 + prefix.utf8.count)
      changes.append(
        Change(
          path: String(decoding: path, as: UTF8.self),
          isUntracked: record.first == UInt8(ascii: "?")))
    }
    return changes
  }

  /// Submodules of HEAD beneath `folder`, by paths relative to it, and their commits.
  func submodules() throws(StagingError) -> [(path: String, commit: String)] {
    let output = try runChecked(
      ["ls-tree", "-r", "-z", "HEAD"], "listing the commit of \(folder)")
    var found: [(path: String, commit: String)] = []
    for record in Self.records(output) where record.starts(with: "160000 ".utf8) {
      guard let tab = record.firstIndex(of: UInt8(ascii: "\t")),
        let commit = record[..<tab].split(separator: UInt8(ascii: " ")).last
      else { continue }
      guard let path = String(validating: record[(tab + 1)...], as: UTF8.self) else {
        throw .nameNotText(path: String(decoding: record[(tab + 1)...], as: UTF8.self))
      }
      found.append((path, String(decoding: commit, as: UTF8.self)))
    }
    return found
  }

  /// The same without the filters that the repository's own configuration defines: comparing a file
  /// with the index would run them (gitattributes(5), "filter"), and a repository may have come in
  /// an archive. Those of the user, such as git-lfs, stay.
  private func withoutOwnFilters() throws(StagingError) -> Git {
    let output = try run([
      "config", "-z", "--show-scope", "--name-only", "--get-regexp", "^filter\\.",
    ])
    let fields = Self.records(output.standardOutput).map { String(decoding: $0, as: UTF8.self) }
    var git = self
    for index in stride(from: 0, to: fields.count - 1, by: 2)
    where fields[index] == "local" || fields[index] == "worktree" {
      let key = fields[index + 1]
      git.settings.append((key, key.hasSuffix(".required") ? "false" : ""))
    }
    return git
  }

  /// `folder` relative to the top folder, with a slash at its end; empty for the top folder.
  func prefix() throws(StagingError) -> String {
    let output = try runChecked(["rev-parse", "--show-prefix"], "asking git where \(folder) is")
    return String(decoding: output.dropLast(), as: UTF8.self)
  }
}
