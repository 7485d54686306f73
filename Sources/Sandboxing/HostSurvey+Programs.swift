internal import Failing
internal import Linux

extension HostSurvey {
  /// Host programs that only `lock`, `fetch`, `kit` and `build` of a git project call. Each is asked for
  /// its version.
  static func programFindings() -> [Finding] {
    let programs: [(name: String, path: String, package: String, purpose: String)] = [
      ("apt-get", "apt-get", "apt", "cupel lock"),
      ("dpkg-deb", "dpkg-deb", "dpkg", "cupel fetch"),
      ("apt-helper", "/usr/lib/apt/apt-helper", "apt", "cupel fetch"),
      ("zstd", "zstd", "zstd", "cupel kit"),
      ("git", "git", "git", "projects in a git repository"),
    ]
    return programs.map { program in
      do throws(CommandError) {
        let output = try Command([program.path, "--version"], timeout: 10, outputLimit: 4096)
          .runChecked()
        let line = output.text.split(separator: "\n").first ?? "no version"
        return Finding("program-\(program.name)", .ok, String(line))
      } catch {
        let isAbsent = if case .notFound = error { true } else { false }
        return Finding(
          "program-\(program.name)", .missing, "\(error.chain); needed for \(program.purpose)",
          remedy: isAbsent ? "`apt-get install \(program.package)`" : nil)
      }
    }
  }
}
