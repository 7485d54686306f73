internal import Failing

extension RecordedUnit {
  /// `build script of gen 0.2.1 (run)`.
  public var words: String {
    let whose = package?.description ?? "a package that cargo did not name"
    let place = platform.map { " for \($0.printable)" } ?? ""
    let name = crate.printable
    return switch kind {
    case .library: "\(whose) (lib \(name))\(place)"
    case .procMacro: "\(whose) (proc macro \(name))\(place)"
    case .program: "\(whose) (program \(name))\(place)"
    case .foreignLibrary: "\(whose) (library \(name))\(place)"
    case .test: "\(whose) (test \(name))\(place)"
    case .buildScript: "build script of \(whose) (compilation)\(place)"
    case .buildScriptRun: "build script of \(whose) (run)\(place)"
    }
  }
}
