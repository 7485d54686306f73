public import Failing
import Hashing
public import Linux
public import Sandboxing
public import Staging
public import Storing

/// Why crates could not be had.
public enum SupplyingError: Failure {
  /// Crates that are in no place that was looked into, and what was tried.
  public struct Missing: Sendable {
    let crates: [CrateOrder.Item]
    /// How many were got nevertheless.
    let kept: Int
    /// What came under the name of one and is another.
    let others: [(crate: String, digest: Digest)]
    let places: [String]
    /// The cargo that was asked, and how it ended; nil where none was.
    let cargo: String?
    let words: [String]

    /// What is missing where nobody may be asked.
    public init(offline order: CrateOrder) {
      self.init(
        crates: order.missing, kept: 0, others: [], places: order.places, cargo: nil, words: [])
    }

    init(
      crates: [CrateOrder.Item], kept: Int, others: [(crate: String, digest: Digest)],
      places: [String], cargo: String?, words: [String]
    ) {
      self.crates = crates
      self.kept = kept
      self.others = others
      self.places = places
      self.cargo = cargo
      self.words = words
    }
  }

  case missing(Missing)
  case noSuchRegistry(String, known: [String])
  case otherIndex(registry: String, wanted: String, found: String, file: String)
  case indexOfTheProject(registry: String, index: String, file: String)
  case tokenInClear(registry: String, index: String)
  case noToken(registry: String, variable: String, cargoHome: String?)
  case timedOut(seconds: Double)
  case outOfSpace
  case interrupted
  case staging(StagingError)
  case storing(StoringError)
  case sandbox(SandboxError)
  case system(String, SystemError)

  public var message: String {
    switch self {
    case .missing(let missing): missing.text
    case .noSuchRegistry(let name, _):
      "looking for the registry `\(name.printable)`: no configuration names it"
    case .otherIndex(let name, let wanted, let found, let file):
      "taking the token of the registry `\(name)`: it is to go to \(wanted.printable), and "
        + "\(file) says that its index is \(found.printable)"
    case .indexOfTheProject(let name, let index, let file):
      "taking the token of the registry `\(name)`: only the project says where it would go, "
        + "\(index.printable) (\(file))"
    case .tokenInClear(let name, let index):
      "taking the token of the registry `\(name)`: on the way to \(index.printable) everybody "
        + "could read it"
    case .noToken(let name, let variable, let home):
      "looking for the token of the registry `\(name)`: neither \(variable) nor "
        + "\(home ?? "CARGO_HOME")/credentials.toml has one"
    case .timedOut(let seconds):
      "fetching crates: not finished within \(Int(seconds)) seconds"
    case .outOfSpace: "fetching crates: cargo's folder, which lives in memory, is full"
    case .interrupted: "fetching crates: interrupted"
    case .staging, .storing, .sandbox: "fetching crates"
    case .system(let operation, _): operation
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .staging(let error): error
    case .storing(let error): error
    case .sandbox(let error): error
    case .system(_, let error): error
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .missing(let missing): missing.hint
    case .noSuchRegistry(_, let known):
      known.isEmpty
        ? "name it in .cargo/config.toml as [registries.NAME]"
        : "name one of \(known.joined(separator: ", "))"
    case .otherIndex: "look at who changed that file"
    case .indexOfTheProject(let name, let index, _):
      "if that is right, say so: --registry-token \(name)=\(index.printable)"
    case .tokenInClear: "let the registry be reached over https"
    case .noToken: "set the variable, or run `cargo login --registry NAME`"
    case .timedOut: "give more time with --timeout"
    case .outOfSpace:
      "fetch where there is more memory, or give the archives with `--crates DIR`"
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .missing: .inputRejected
    case .noSuchRegistry, .otherIndex, .indexOfTheProject, .tokenInClear, .noToken: .usage
    case .timedOut, .outOfSpace: .limitReached
    case .interrupted: .interrupted
    case .staging(let error): error.exitCode
    case .storing(let error): error.exitCode
    case .sandbox(let error): error.exitCode
    case .system(_, let error): error.exitCode
    }
  }
}

extension SupplyingError.Missing {
  private static let mostCrates = 20
  private static let mostWords = 30

  /// Every crate on its own line, then what was tried.
  fileprivate var text: String {
    var lines = crates.prefix(Self.mostCrates).map { item in
      "  \(item.title), \(item.checksum)" + (item.other.map { "; \($0)" } ?? "")
    }
    if crates.count > lines.count { lines.append("  and \(crates.count - lines.count) more") }
    lines.append("looked for in:")
    lines += places.map { "  \($0)" }
    for other in others { lines.append("fetched \(other.crate) is \(other.digest)") }
    if let cargo {
      if kept > 0 { lines.append("fetched and kept: \(kept)") }
      lines.append("\(cargo):")
      lines += words.suffix(Self.mostWords).map { "  \($0)" }
    } else {
      lines.append("no registry was asked (--offline)")
    }
    let subject = crates.count == 1 ? "1 archive is" : "\(crates.count) archives are"
    return "looking for the crates that Cargo.lock names: \(subject) missing\n"
      + lines.joined(separator: "\n").printableLines
  }

  fileprivate var hint: String {
    func says(_ words: String...) -> Bool {
      self.words.contains { line in words.contains { line.contains($0) } }
    }
    if cargo == nil {
      return "run `cupel fetch` where the network is, or give the archives with `--crates DIR`"
    }
    if says("--locked was passed") {
      return "run `cargo update --workspace`, and look at what changes in Cargo.lock"
    }
    if says("token", "got 401", "got 403") {
      return "let cargo have the registry's token with `--registry-token NAME`"
    }
    if says("failed to verify the checksum") || !others.isEmpty {
      return "the registry or whatever stands between may be hostile; compare with another one"
    }
    if says("git_proxy_options") {
      return "this cargo cannot use git; name another toolchain with `--toolchain DIR`, or use the "
        + "registry's sparse index"
    }
    return "see whether the registry can be reached from here, or give the archives with "
      + "`--crates DIR`"
  }
}

extension String {
  /// Printable line by line.
  fileprivate var printableLines: String {
    split(separator: "\n", omittingEmptySubsequences: false)
      .map { String($0).printableLine }.joined(separator: "\n")
  }
}

/// Evaluates `body` and carries its failure on.
func staging<Value: ~Copyable>(
  _ body: @autoclosure () throws(StagingError) -> Value
) throws(SupplyingError) -> Value {
  do throws(StagingError) {
    return try body()
  } catch {
    throw .staging(error)
  }
}

/// Evaluates `body` and carries its failure on.
func storing<Value: ~Copyable>(
  _ body: @autoclosure () throws(StoringError) -> Value
) throws(SupplyingError) -> Value {
  do throws(StoringError) {
    return try body()
  } catch {
    throw .storing(error)
  }
}
