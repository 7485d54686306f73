public import Sandboxing

/// The part of a build that a process belongs to: one invocation of rustc or of a build script.
public struct Unit: Sendable, Hashable {
  public enum Step: String, Sendable, CaseIterable {
    case buildScript = "build-script"
    case procMacro = "proc-macro"
    case rustc
    /// A linker or compiler driver that rustc runs.
    case linker
    case cargo
    /// Not known to be any of these.
    case unknown
  }

  /// How sure step and packages are.
  public enum Evidence: String, Sendable, CaseIterable {
    /// The kernel shows files running or mapped of which cargo said what they are.
    case kernel
    /// Variables and arguments of the process say so, or files that cargo did not vouch for; a
    /// program can set them.
    case claimed
    /// Nothing is known of a package.
    case none
  }

  public let step: Step
  /// Whose code it is; several when more than one proc macro was loaded.
  public let packages: [CargoPackage]
  /// The crate that rustc was compiling, as its arguments say.
  public let compiling: String?
  public let evidence: Evidence
  /// The file of the outermost process of the unit, a path inside the sandbox.
  public let executable: String

  public init(
    step: Step, packages: [CargoPackage] = [], compiling: String? = nil, evidence: Evidence = .none,
    executable: String
  ) {
    self.step = step
    self.packages = packages
    self.compiling = compiling
    self.evidence = evidence
    self.executable = executable
  }

  /// For a program that runs outside any build.
  public static func outsideBuilds(_ caller: ProcessTrace) -> Unit {
    Unit(step: .unknown, executable: caller.processes.first?.executable ?? "")
  }
}
