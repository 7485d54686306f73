internal import Failing
internal import Planning
internal import Sandboxing

extension UnitDenial {
  /// One line for people: `build script of evil-sys 0.3.1 tried connect(AF_INET, 127.0.0.1:8443):
  /// refused`.
  ///
  /// Where the package rests on what a program says of itself, the words are "which claims to".
  public var words: String {
    let times = count > 1 ? " (\(count) times)" : ""
    return "\(actor) tried \(Self.printable(denial.call)): refused\(times)"
  }

  private var actor: String {
    let isUnitItself = executable.utf8.elementsEqual(unit.executable.utf8)
    if isUnitItself { return unit.words + (unit.wordsEndInClause ? "," : "") }
    return "\(Unit.program(executable)), run by \(unit.article)\(unit.words),"
  }

  static func printable(_ text: String) -> String {
    String(decoding: text.utf8.prefix(512), as: UTF8.self).printable
  }
}

extension Unit {
  /// `build script of evil-sys 0.3.1`.
  public var words: String {
    let program = Self.program(executable)
    switch (step, evidence) {
    case (.buildScript, .kernel): return "build script of \(packageWords)"
    case (.buildScript, .claimed):
      return "\(program), which claims to be the build script of \(packageWords)"
    case (.procMacro, .kernel): return macroWords
    case (.procMacro, .claimed): return "\(program), which claims to run the \(macroWords)"
    case (.rustc, .claimed) where program == "rustc", (.linker, .claimed):
      return "rustc, which claims to compile \(packageWords)"
    case (.rustc, .claimed): return "\(program), which claims to be rustc compiling \(packageWords)"
    case (.rustc, _), (.linker, _): return "rustc"
    case (.cargo, _): return "cargo"
    case (.buildScript, .none), (.procMacro, .none), (.unknown, _): return program
    }
  }

  /// Whether a comma has to end the words.
  var wordsEndInClause: Bool { words.contains(", which ") }

  /// What stands before the words inside a sentence.
  var article: String {
    evidence == .kernel && !words.hasPrefix("one of ") ? "the " : ""
  }

  private var macroWords: String {
    let whose = packages.count == 1 ? "proc macro of" : "one of the proc macros of"
    let during = compiling.map { " (while compiling \($0))" } ?? ""
    return "\(whose) \(packageWords)\(during)"
  }

  private var packageWords: String {
    let most = 6
    let names = packages.prefix(most).map(\.description).joined(separator: ", ")
    let more = packages.count - most
    return more > 0 ? "\(names) or \(more) more" : names
  }

  /// The name of a program, or its whole path where a build can have written it.
  static func program(_ path: String) -> String {
    let isOfBuild =
      path.hasPrefix("/build/") && !path.hasPrefix(SandboxPaths.toolchain + "/")
      && !path.utf8.elementsEqual(SandboxPaths.wrapper.utf8)
    let name = isOfBuild ? path : path.split(separator: "/").last.map(String.init) ?? path
    return name.isEmpty ? "a program" : UnitDenial.printable(name)
  }
}
