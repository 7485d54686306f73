import ArgumentParser
import Failing
import Linux
import Reading
import Sandboxing

/// `cupel profile`.
struct ProfileCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "profile",
    abstract: "Show, check and compare what sandboxes allow.",
    discussion: """
      A profile is one that comes with cupel, by name, or a .toml file. docs/profiles.md describes
      the format.

      Examples:
        cupel profile ls                           the profiles that come with cupel
        cupel profile show strict                  every rule with its reason
        cupel profile check my.toml                read and compile it
        cupel profile diff cargo-build my.toml     what it treats differently
      """,
    subcommands: [List.self, Show.self, Check.self, Diff.self])

  struct List: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "ls", abstract: "List the profiles that come with cupel.")

    mutating func run() throws {
      for name in EmbeddedData.profileNames {
        let profile = try EmbeddedData.profile(name).profile
        let space = String(repeating: " ", count: max(1, 13 - name.utf8.count))
        StandardStream.output.write("\(name)\(space)\(profile.description)\n")
      }
    }
  }

  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "show", abstract: "Print a profile: every rule with its reason.",
      discussion: """
        Examples:
          cupel profile show
          cupel profile show strict --json
        """)

    @Argument(help: "A profile's name or a .toml file.")
    var name = EmbeddedData.defaultProfileName

    @Flag(help: "Print JSON, as docs/profiles.md describes it.")
    var json = false

    mutating func run() throws {
      let profile = try EmbeddedData.profile(name).profile
      if json {
        StandardStream.output.write(profile.json.prettyBytes())
      } else {
        let columns = Machine.terminalColumns(StandardStream.output.rawValue) ?? 100
        StandardStream.output.write(profile.words(columns: columns))
      }
    }
  }

  struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "check", abstract: "Read a profile and compile its filter.",
      discussion: """
        Names of calls that this machine or its kernel does not have are no errors: one profile
        serves several.

        Exit status: 0 when the profile can be used, 2 when it cannot.

        Example:
          cupel profile check my.toml
        """)

    @Argument(help: "A .toml file, or a profile's name.")
    var file: String

    mutating func run() throws {
      let profile = try EmbeddedData.profile(file).profile
      try Self.refuseUnknownCalls(profile, file)
      let program = try SyscallFilter.compile(profile)
      let count = program.count / SyscallFilter.instructionSize
      guard count <= SyscallFilter.mostInstructions else {
        throw UsageError(
          "compiling \(file): \(count) instructions, the kernel takes "
            + "\(SyscallFilter.mostInstructions)",
          hint: "name fewer values in conditions")
      }
      StandardStream.output.write(
        "\(profile.name): \(profile.syscalls.rules.count) rules, \(count) instructions\n")
    }

    private static func refuseUnknownCalls(_ profile: Profile, _ file: String) throws {
      let kernel = KernelCalls.ofThisKernel()
      var absent: [String] = []
      for rule in profile.syscalls.rules {
        for name in rule.names {
          switch SyscallName(name).knowledge {
          case .unknown:
            throw UsageError(
              "reading \(file):\(rule.position): libseccomp knows no call `\(name)`",
              hint: "syscalls(2) lists the calls by name; `numbers` is for newer ones")
          case .elsewhere:
            Talk.notice("\(file):\(rule.position): this architecture has no call `\(name)`")
          case .number:
            if let kernel, !kernel.contains(name), !absent.contains(name) { absent.append(name) }
          }
        }
      }
      if !absent.isEmpty {
        Talk.notice("\(file): this kernel does not have \(absent.joined(separator: ", "))")
      }
    }
  }

  struct Diff: ParsableCommand {
    static let configuration = CommandConfiguration(
      commandName: "diff", abstract: "Print what two profiles treat differently.",
      discussion: """
        Compares what happens, not how it is written: reasons and the order of rules do not count.

        Exit status: 0 when they treat everything alike, 1 when they do not.

        Example:
          cupel profile diff cargo-build strict
        """)

    @Argument(help: "A profile's name or a .toml file.")
    var first: String

    @Argument(help: "Another one.")
    var second: String

    mutating func run() throws {
      let differences = try EmbeddedData.profile(first).profile
        .differences(from: EmbeddedData.profile(second).profile)
      var area = ""
      for difference in differences {
        if difference.area != area {
          StandardStream.output.write("\(area.isEmpty ? "" : "\n")\(difference.area)\n")
          area = difference.area
        }
        StandardStream.output.write(Self.words(difference))
      }
      if !differences.isEmpty { throw Ending(.different) }
    }

    /// The subjects, what the one does and what the other does, and an example.
    private static func words(_ difference: Profile.Difference) -> String {
      var text = "  \(difference.subjects.joined(separator: ", "))\n"
      text += "    - \(difference.first)\n"
      text += "    + \(difference.second)\n"
      if let example = difference.example { text += "    e.g. \(example)\n" }
      return text
    }
  }
}
