public import Failing
public import Linux
public import Sandboxing

/// Why a leg gave no artifacts.
public enum BuildingError: Failure {
  case sandbox(leg: String, SandboxError)
  case system(String, SystemError)
  /// cargo ended with another status than 0. `words` are its last lines, `denials` what the sandbox
  /// refused meanwhile.
  case cargo(leg: String, status: Int32, words: [String], denials: [UnitDenial])
  /// cargo failed in some legs, of which the first is told, and not in others. `variations` is what
  /// they differ in, `culprit` which unit fails with which of them, where that has been found.
  indirect case onlySomeLegs(
    built: [String], variations: [String], failure: BuildingError, culprit: String? = nil)
  /// cargo ended with another status than 0 after attempts that the policy takes for failures.
  case denied(leg: String, status: Int32, refusal: Refusal, words: [String])
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
    case .cargo(let leg, let status, let words, let denials):
      (["building leg \(leg): cargo ended with status \(status)"] + words
        + denials.prefix(Self.mostDenials).map { "note: \($0.words)" }).joined(separator: "\n")
    case .denied(let leg, let status, let refusal, let words):
      ([
        "building leg \(leg): cargo ended with status \(status), probably because "
          + refusal.words(naming: words)
      ] + words).joined(separator: "\n")
    case .onlySomeLegs(let built, let variations, let failure, let culprit):
      "\(failure.message)\nnote: "
        + (built.count == 1 ? "leg \(built[0]) was" : "legs \(built.joined(separator: ", ")) were")
        + " built; "
        + (culprit
          ?? (variations.isEmpty
            ? "all had the same conditions, so that chance decides whether it fails"
            : "the legs differ in \(variations.joined(separator: ", ")): one of these makes it fail, "
              + "or chance"))
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

  /// How many refused attempts a message lists.
  private static let mostDenials = 10

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
    case .onlySomeLegs(_, let variations, let failure, let culprit):
      failure.hint
        ?? (variations.isEmpty || culprit != nil
          ? nil : "repeat it with `--vary` and one of these at a time to find out which")
    case .denied:
      "a build has nothing but its inputs: add to them what it is looking for (cargo vendor, the "
        + "rootfs), or leave that package out"
    case .cargo(_, _, let words, _):
      words.contains { $0.contains("linker `cc` not found") || $0.contains("pkg-config") }
        ? "the rootfs lacks a program; choose a recipe that has it, or write one" : nil
    default: nil
    }
  }

  public var exitCode: ExitCode {
    switch self {
    case .sandbox(_, let error): error.exitCode
    case .system(_, let error): error.exitCode
    case .cargo, .onlySomeLegs, .killed, .badArtifact: .buildFailed
    case .denied: .policyRefused
    case .staleLock, .noArtifacts, .notAnOutput: .usage
    case .timedOut, .outOfMemory, .outOfSpace: .limitReached
    case .interrupted: .interrupted
    }
  }
}
