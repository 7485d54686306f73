public import Hashing

/// One step of a build that makes files: a compilation by rustc (with the link that ends it, where
/// there is one) or the run of a build script.
public struct RecordedUnit: Sendable, Equatable {
  public enum Kind: String, Sendable, CaseIterable {
    case library = "lib"
    case procMacro = "proc-macro"
    /// A program, an example among them.
    case program = "bin"
    /// A library for others than rustc.
    case foreignLibrary = "foreign-lib"
    case test
    /// The compilation of a build script.
    case buildScript = "build-script"
    /// Its run.
    case buildScriptRun = "build-script-run"
  }

  /// What cargo says whose it is; nil where it names it in a way that is not known here.
  public let package: CargoPackage?
  public let kind: Kind
  /// The crate's name; of a run, `build-script`.
  public let crate: String
  /// What cargo tells the units of one crate apart by: the end of the file name, or of the folder's.
  public let hash: String
  /// The target triple, nil for what runs on the host or where cargo was given none.
  public let platform: String?
  public let features: [String]
  /// rustc's arguments, without those that only decide how it talks; empty for a run.
  public let arguments: [String]
  /// Variables that it said it asked for, in the order of their names.
  public let environment: [UnitObservation.Variable]
  public let sources: Sources
  /// Positions, in the leg's list, of the units whose outputs it can read; ascending.
  public let dependencies: [Int]
  /// In the order of their names.
  public let outputs: [Output]
  /// Of a run: the native libraries that it asked cargo to link, as written (`z`, `static=foo`).
  public let libraries: [String]
  /// How sure its existence, package, arguments and dependencies are. What it read and asked for, and
  /// the outputs, are as they lay in the target folder when the leg was dead.
  public let evidence: Unit.Evidence

  /// The files that rustc said it compiled or included.
  public struct Sources: Sendable, Equatable {
    public let count: Int
    /// SHA-256 over their paths and, for those that a build script can have written, their contents:
    /// the others lie in trees that the plan names by digest.
    public let digest: Digest

    public init(count: Int, digest: Digest) {
      self.count = count
      self.digest = digest
    }

    static let none = Sources(count: 0, digest: .hashing(""))
  }

  /// A file, as it lay in the target folder when every process of the leg was dead.
  public struct Output: Sendable, Equatable {
    public enum Content: Sendable, Equatable {
      case file(size: Int64, digest: Digest)
      case symlink(target: String)
      /// Neither, or not to be read: why.
      case unread(String)
    }

    /// Relative to the target folder. Of a run, the lines that it printed for cargo are the file
    /// `output` beside its OUT_DIR.
    public let name: String
    public let content: Content
    /// Whether it was changed after cargo had said that the unit was done: by something else.
    public let wasChangedLater: Bool

    public init(name: String, content: Content, wasChangedLater: Bool = false) {
      self.name = name
      self.content = content
      self.wasChangedLater = wasChangedLater
    }

    public var digest: Digest? {
      if case .file(_, let digest) = content { digest } else { nil }
    }
  }

  public init(
    package: CargoPackage?, kind: Kind, crate: String, hash: String = "", platform: String? = nil,
    features: [String] = [], arguments: [String] = [],
    environment: [UnitObservation.Variable] = [],
    sources: Sources = Sources(count: 0, digest: .hashing("")), dependencies: [Int] = [],
    outputs: [Output] = [], libraries: [String] = [], evidence: Unit.Evidence = .kernel
  ) {
    self.package = package
    self.kind = kind
    self.crate = crate
    self.hash = hash
    self.platform = platform
    self.features = features
    self.arguments = arguments
    self.environment = environment
    self.sources = sources
    self.dependencies = dependencies
    self.outputs = outputs
    self.libraries = libraries
    self.evidence = evidence
  }

  /// Whether rustc links at its end, and so reads the code of everything below.
  public var links: Bool { kind != .library && kind != .buildScriptRun }

  /// What stands first in the order of units; the same in every leg of a plan.
  public var key: [UInt8] {
    [
      package?.name ?? "", package?.version ?? "", kind.rawValue, crate, platform ?? "", hash,
    ].flatMap { Array($0.utf8) + [0] }
  }
}
