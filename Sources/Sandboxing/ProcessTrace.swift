/// A process and its ancestors inside a sandbox, as /proc showed them at one moment (proc(5)).
public struct ProcessTrace: Sendable, Equatable {
  public struct Process: Sendable, Equatable {
    /// The number on the host.
    public let pid: Int32
    /// The running file as a path inside the sandbox. The kernel holds it: a process can change it
    /// only by executing something else. Empty when it could not be read.
    public let executable: String
    /// Bounded in number and length. The process may have overwritten them.
    public let arguments: [String]
    /// Those variables that were asked for. The process may have overwritten them.
    public let environment: [String: String]
    /// Files below the asked folder that are mapped executable, sorted (proc_pid_maps(5)).
    public let libraries: [String]
    /// Whether it has more libraries than were read.
    public let hasMoreLibraries: Bool

    public init(
      pid: Int32, executable: String, arguments: [String], environment: [String: String],
      libraries: [String], hasMoreLibraries: Bool = false
    ) {
      self.pid = pid
      self.executable = executable
      self.arguments = arguments
      self.environment = environment
      self.libraries = libraries
      self.hasMoreLibraries = hasMoreLibraries
    }
  }

  /// What to read of each process beside the tree itself.
  public struct Interest: Sendable, Equatable {
    /// Names of variables.
    public var environment: Set<String>
    /// A folder inside the sandbox; nil reads no maps.
    public var libraryFolder: String?

    public init(environment: Set<String> = [], libraryFolder: String? = nil) {
      self.environment = environment
      self.libraryFolder = libraryFolder
    }
  }

  /// The caller first, then its ancestors up to the program that the sandbox was started with. A
  /// process whose parent has died hangs below the sandbox's init, so the line may be short.
  public let processes: [Process]

  public init(processes: [Process]) {
    self.processes = processes
  }
}
