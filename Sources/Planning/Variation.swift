/// Something about a build's surroundings that must not decide any byte of it, and that leg B
/// changes on purpose.
public enum Variation: String, Sendable, CaseIterable {
  case hostname
  case user
  case timezone
  case locale
  case umask
  case environment
  case cpus
  case readdir
  case aslr
  case random
  case clock
  case home
  case tmpdir

  /// What changes, in a few words.
  public var summary: String {
    switch self {
    case .hostname: "host name"
    case .user: "user name, uid and gid"
    case .timezone: "time zone"
    case .locale: "locale"
    case .umask: "umask"
    case .environment: "unrelated environment variables"
    case .cpus: "number of CPUs and of parallel jobs"
    case .readdir: "order in which folders list their entries"
    case .aslr: "address-space randomisation"
    case .random: "random numbers"
    case .clock: "wall clock"
    case .home: "home folder"
    case .tmpdir: "folder for temporary files"
    }
  }

  /// Reads `none`, `default`, or names of variations.
  ///
  /// - Returns: in the order of `allCases`, without repetition.
  public static func set(_ names: [String]) throws(PlanningError) -> [Variation] {
    if names.isEmpty { throw .noVariationNamed }
    var chosen: Set<Variation> = []
    for name in names {
      switch name {
      case "default": chosen.formUnion(allCases)
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
