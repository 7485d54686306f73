public import Failing
public import Hashing

/// Why a text could not be read: the file, the place in it, and the fact.
public struct ReadingError: Failure, Hashable {
  /// What a file is to the build, which decides the exit status of a failure in it.
  public enum Role: Sendable, Hashable {
    /// The user's or the project's settings: exit status 2.
    case configuration
    /// Data that must verify before it is trusted, such as Cargo.lock: exit status 3.
    case input
  }

  /// What is wrong, as values.
  public enum Fact: Sendable, Hashable {
    case notUTF8
    /// The grammar is broken; the text says what was expected or found.
    case syntax(String)
    /// Values nested deeper than the reader follows.
    case tooDeep(limit: Int)
    case duplicateKey(String)
    case unknownKey(String, table: String, suggestion: String?)
    case missingKey(String, table: String)
    case wrongType(key: String, expected: String, found: String)
    case badValue(key: String, value: String, reason: String)
    case unsupportedVersion(String, supported: String)
    case duplicate(kind: String, name: String)
    case digestMismatch(of: String, expected: Digest, actual: Digest)
    /// A chain of names leads to itself or nowhere.
    case brokenChain([String], reason: String)
    /// A package of a registry that Cargo.lock has no checksum for.
    case noChecksum(package: String)
    /// A package of a registry that no manifest and no configuration names.
    case unknownRegistry(package: String, index: String)
    /// A URL with a user or password in it; without them.
    case credentialsInURL(String)
    /// A package comes from somewhere else than a manifest asks for.
    case notAskedFor(package: String, source: String, by: String, wanted: String)
    /// A package of the workspace that no manifest is of.
    case noManifest(package: String)
    /// A dependency that is no package of the lock.
    case notLocked(dependency: String, of: String)
    /// A number that canonical JSON cannot carry exactly.
    case notCanonical(String)
  }

  public var file: String
  public var position: Position?
  public var role: Role
  public var fact: Fact

  public init(file: String, position: Position?, role: Role = .configuration, fact: Fact) {
    self.file = file
    self.position = position
    self.role = role
    self.fact = fact
  }

  public var message: String {
    guard let position else { return "reading \(file): \(fact.text)".printable }
    return "reading \(file):\(position): \(fact.text)".printable
  }

  public var hint: String? {
    switch fact {
    case .unknownKey(_, _, .some(let suggestion)):
      return "did you mean \"\(suggestion)\"?".printable
    case .notUTF8:
      return "save the file as UTF-8"
    case .noChecksum: return "run `cargo generate-lockfile` with a current cargo"
    case .unknownRegistry:
      return "name the registry in .cargo/config.toml as [registries.NAME], or look at who changed "
        + "Cargo.lock"
    case .credentialsInURL:
      return "take them out of the file, and give cargo a token for the registry"
    case .notAskedFor, .notLocked, .noManifest:
      return "run `cargo update --workspace`, and look at who changed Cargo.lock"
    default:
      return nil
    }
  }

  public var exitCode: ExitCode {
    switch role {
    case .configuration: .usage
    case .input: .inputRejected
    }
  }
}

extension ReadingError.Fact {
  var text: String {
    switch self {
    case .notUTF8: "not valid UTF-8"
    case .syntax(let text): text
    case .tooDeep(let limit): "nested deeper than \(limit) levels"
    case .duplicateKey(let key): "key \"\(key)\" is given twice"
    case .unknownKey(let key, let table, _): "unknown key \"\(key)\" in \(table)"
    case .missingKey(let key, let table): "missing key \"\(key)\" in \(table)"
    case .wrongType(let key, let expected, let found):
      "\"\(key)\" must be \(expected), found \(found)"
    case .badValue(let key, let value, let reason): "\"\(key)\" is \"\(value)\": \(reason)"
    case .unsupportedVersion(let found, let supported):
      "version \(found) is not supported, only \(supported)"
    case .duplicate(let kind, let name): "\(kind) \(name) is listed twice"
    case .digestMismatch(let what, let expected, let actual):
      "\(what) has digest \(actual), expected \(expected)"
    case .brokenChain(let names, let reason): "\(names.joined(separator: " -> ")) \(reason)"
    case .noChecksum(let package): "\(package) comes from a registry and has no checksum"
    case .unknownRegistry(let package, let index):
      "\(package) comes from the registry \(index), which no Cargo.toml and no configuration names"
    case .credentialsInURL(let url):
      "a user or password stands in the URL \(url), and would be in every plan and record"
    case .notAskedFor(let package, let source, let by, let wanted):
      "\(package) comes from \(source), \(by) asks for \(wanted)"
    case .noManifest(let package):
      "Cargo.lock does not agree with Cargo.toml: \(package) has no source, and no manifest of the "
        + "workspace or its path dependencies is its"
    case .notLocked(let dependency, let package):
      "\(package) depends on \(dependency), which is not locked"
    case .notCanonical(let number): "\(number) has no exact canonical form"
    }
  }
}
