internal import Building
internal import Planning

extension Blame {
  /// What to do about the unit of one finding; nothing about what follows from others. `cause` is
  /// what repeating it has shown.
  public func advice(_ index: Int, cause: UnitCause? = nil) -> [Advice] {
    let finding = findings[index]
    switch finding.state {
    case .propagated: return []
    case .only:
      return [
        Advice(
          .build,
          "let features, targets and build scripts' instructions follow from the project "
            + "alone: a unit that only one build has was switched on by its surroundings")
      ]
    case .root(let root): return Advice.on(root, cause: cause)
    }
  }
}

extension Advice {
  /// Variations that show in archives and C sources of their own accord.
  private static let native: [String] = ["clock", "user", "umask", "mtimes", "tmpdir", "paths"]

  static func on(_ root: Blame.Root, cause: UnitCause?) -> [Advice] {
    guard let cause else { return on(root) }
    var advice: [Advice] = []
    for variation in cause.variations {
      if root == .nativeCode, native.contains(variation.rawValue) { advice += on(root) }
      advice += on(variation)
    }
    if advice.isEmpty, cause.certainty == .uncontrolled { advice += on(uncontrolled: root) }
    if advice.isEmpty, let stage = cause.stage { advice += on(stage, root) }
    if advice.isEmpty { advice = on(root) }
    var unique: [Advice] = []
    for one in advice where !unique.contains(one) { unique.append(one) }
    return unique
  }

  /// Something that nobody controls decides: what runs at the same time, in scripts and in the
  /// compiler.
  private static func on(uncontrolled root: Blame.Root) -> [Advice] {
    switch root {
    case .generated, .nativeCode, .sources, .changedLater: [race] + on(root)
    case .environment, .arguments, .procMacros, .codeGeneration, .compiler: on(root)
    }
  }

  /// What to do where the first step that differs is all that is known.
  private static func on(_ stage: UnitCause.Stage, _ root: Blame.Root) -> [Advice] {
    switch stage {
    case .output: on(root)
    case .expansion: on(Blame.Root.procMacros([]))
    case .mir, .llvmIR, .object: on(Blame.Root.codeGeneration)
    case .link: on(Blame.Root.compiler)
    }
  }
}
