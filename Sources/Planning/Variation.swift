/// Something about a build's surroundings that must not decide any byte of it, and that leg B
/// changes on purpose.
public enum Variation: String, Sendable, CaseIterable {
  case hostname
  case domain
  case user
  case timezone
  case locale
  case umask
  case environment
  case cpus
  case readdir
  case aslr
  case random
  case kernel
  case clock
  case home
  case tmpdir
  case mtimes
  case niceness
  case paths

  /// What changes, in a few words.
  public var summary: String {
    switch self {
    case .hostname: "host name"
    case .domain: "domain name"
    case .user: "user name, uid and gid"
    case .timezone: "time zone"
    case .locale: "locale"
    case .umask: "umask"
    case .environment: "unrelated environment variables and their size"
    case .cpus: "number of CPUs and of parallel jobs"
    case .readdir: "order in which folders list their entries"
    case .aslr: "address-space randomisation"
    case .random: "random numbers"
    case .kernel: "kernel release as uname gives it"
    case .clock: "wall clock"
    case .home: "home folder"
    case .tmpdir: "folder for temporary files"
    case .mtimes: "modification times of sources"
    case .niceness: "niceness"
    case .paths: "paths of sources, crates, target folder, home and temporary files"
    }
  }

  /// What `default` means: all but `paths`, which shows every program that holds the path of a file
  /// that its build made (`env!("OUT_DIR")`).
  public static let standard = allCases.filter { $0 != .paths }

  /// Reads `none`, `default`, or names of variations.
  ///
  /// - Returns: in the order of `allCases`, without repetition.
  public static func set(_ names: [String]) throws(PlanningError) -> [Variation] {
    if names.isEmpty { throw .noVariationNamed }
    var chosen: Set<Variation> = []
    for name in names {
      switch name {
      case "default": chosen.formUnion(standard)
      case "none": break
      default:
        guard let variation = Variation(rawValue: name) else {
          throw .unknownVariation(name)
        }
        chosen.insert(variation)
      }
    }
    if names.contains("none") && names.count > 1 { throw .noneWithOthers }
    return allCases.filter { chosen.contains($0) }
  }
}
