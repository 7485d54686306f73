public import Failing
public import Linux
public import Sandboxing

/// Why a leg gave no artifacts.
public enum BuildingError: Failure {
  case sandbox(leg: String, SandboxError)
  case system(String, SystemError)
  /// cargo ended with another status than 0. `words` are its last lines.
  case cargo(leg: String, status: Int32, words: [String])
  /// `--locked` would have changed Cargo.lock.
  case staleLock(words: [String])
  case timedOut(leg: String, seconds: Double)
  case outOfMemory(leg: String)
  case outOfSpace(leg: String, folder: String)
  case interrupted
  /// Something outside killed the sandbox.
  case killed(leg: String)
  /// cargo said it made this file, but it is not a plain file below the target folder.
  case badArtifact(leg: String, path: String, reason: String)
  case noArtifacts(leg: String)
  /// Something stands where the output is to be, and it is not the output of an earlier build.
  case notAnOutput(path: String)

  public var message: String {
    switch self {
    case .sandbox(let leg, _): "building leg \(leg)"
    case .system(let what, _): what
    case .cargo(let leg, let status, let words):
      "building leg \(leg): cargo ended with status \(status)"
        + (words.isEmpty ? "" : "\n" + words.joined(separator: "\n"))
    case .staleLock: "building: Cargo.lock does not agree with Cargo.toml"
    case .timedOut(let leg, let seconds):
      "building leg \(leg): not finished within \(Int(seconds)) seconds"
    case .outOfMemory(let leg): "building leg \(leg): the memory limit was reached"
    case .outOfSpace(let leg, let folder): "building leg \(leg): \(folder) is full"
    case .interrupted: "building: interrupted"
    case .killed(let leg): "building leg \(leg): the sandbox was killed from outside"
    case .badArtifact(let leg, let path, let reason):
      "collecting \(path) of leg \(leg): \(reason)"
    case .noArtifacts(let leg):
      "building leg \(leg): no program or library for others came out"
    case .notAnOutput(let path):
      "replacing \(path): it is not the output of an earlier build"
    }
  }

  public var cause: (any Failure)? {
    switch self {
    case .sandbox(_, let error): error
    case .system(_, let error): error
    default: nil
    }
  }

  public var hint: String? {
    switch self {
    case .staleLock:
      "run `cargo update --workspace` (or `cargo generate-lockfile`) and commit the result"
    case .timedOut: "give more time with --timeout"
    case .outOfMemory: "give more with --memory, or fewer --jobs"
    case .outOfSpace: "give more with --target-size (it lives in memory), or build less at once"
    case .noArtifacts:
      "choose packages with --package or --workspace that have a binary, cdylib or staticlib"
    case .notAnOutput: "name another folder with --out, or remove this one yourself"
    case .cargo(_, _, let words):
      words.contains { $0.contains("linker `cc` not found") || $0.contains("pkg-config") }
        ? "the rootfs lacks a program; choose a recipe that has it, or write one" : nil
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .sandbox(_, let error): error.exitCode
    case .system(_, let error): error.exitCode
    case .cargo, .killed, .badArtifact: .buildFailed
    case .staleLock, .noArtifacts, .notAnOutput: .usage
    case .timedOut, .outOfMemory, .outOfSpace: .limitReached
    case .interrupted: .interrupted
    }
  }
}
