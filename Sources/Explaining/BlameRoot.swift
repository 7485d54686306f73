public import Building

extension Blame {
  /// Where a difference begins, by what can be told without repeating the unit.
  public enum Root: Sendable, Equatable {
    /// What a build script generated, or told cargo.
    case generated
    /// What a build script had a C compiler or an archiver make.
    case nativeCode
    /// Variables that rustc was asked for (`env!`), and that have other values in the other leg.
    case environment([String])
    /// Cargo gave rustc other arguments.
    case arguments
    /// Sources that were written during the build, and not by a unit that differs.
    case sources
    /// Something changed the file after its unit was done.
    case changedLater
    /// Everything that rustc got is the same. It ran these macros, the first suspects.
    case procMacros([CargoPackage])
    /// The same, without any macro: the interface agrees, the machine code does not.
    case codeGeneration
    /// The same: the compiler, or the linker where there is one.
    case compiler
  }
}

extension Blame.Root {
  init(
    _ node: UnitGraph.Node, _ differences: [Blame.OutputDifference], macros: [CargoPackage]
  ) {
    guard let first = node.first, let second = node.second else {
      preconditionFailure("a unit that only one leg has is no root")
    }
    let wasChangedLater = differences.contains { difference in
      [difference.first, difference.second].contains { $0?.wasChangedLater == true }
    }
    let variables = Self.varying(first.environment, second.environment)
    if wasChangedLater {
      self = .changedLater
    } else if first.kind == .buildScriptRun {
      self = differences.allSatisfy(\.isNativeCode) ? .nativeCode : .generated
    } else if !variables.isEmpty {
      self = .environment(variables)
    } else if first.arguments != second.arguments {
      self = .arguments
    } else if first.sources != second.sources {
      self = .sources
    } else {
      if !macros.isEmpty {
        self = .procMacros(macros)
      } else {
        let isCodeOnly = first.kind == .library && !differences.contains(where: \.isInterface)
        self = isCodeOnly ? .codeGeneration : .compiler
      }
    }
  }

  /// The word of the record.
  public var name: String {
    switch self {
    case .generated: "build-script-run"
    case .nativeCode: "native-code"
    case .environment: "environment"
    case .arguments: "arguments"
    case .sources: "sources"
    case .changedLater: "changed-later"
    case .procMacros: "proc-macro"
    case .codeGeneration: "code-generation"
    case .compiler: "compiler-or-linker"
    }
  }

  private static func varying(
    _ first: [UnitObservation.Variable], _ second: [UnitObservation.Variable]
  ) -> [String] {
    var found: [String] = []
    for variable in first + second {
      let values = [first, second].map { list in
        list.last { $0.name.utf8.elementsEqual(variable.name.utf8) }.map(\.value) ?? nil
      }
      if values[0].map({ Array($0.utf8) }) != values[1].map({ Array($0.utf8) }),
        !found.contains(variable.name)
      {
        found.append(variable.name)
      }
    }
    return found
  }
}

extension Blame.OutputDifference {
  fileprivate var isNativeCode: Bool {
    [".o", ".a", ".so", ".lo", ".obj"].contains { name.hasSuffix($0) }
  }
}
