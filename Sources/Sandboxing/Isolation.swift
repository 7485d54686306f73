internal import Reading

/// What isolated one run, layer by layer: for the record, and for whoever asks why a run here is not
/// what it is elsewhere.
public struct Isolation: Sendable, Equatable {
  /// One layer.
  public struct Layer: Sendable, Equatable {
    /// Stable, lower case.
    public let name: String
    /// A word: what holds it, or `absent`, `none` or `off`.
    public let state: String

    public init(name: String, state: String) {
      self.name = name
      self.state = state
    }
  }

  /// Every layer, always all of them, in an order that does not change.
  public let layers: [Layer]

  public init(layers: [Layer]) {
    self.layers = layers
  }

  /// The state of a layer; nil when there is none of that name.
  public func state(of name: String) -> String? {
    layers.first { $0.name.utf8.elementsEqual(name.utf8) }?.state
  }
}

extension Isolation {
  /// - Parameters:
  ///   - sandbox: what was asked for. What of it is not optional holds, or the run has failed.
  ///   - landlock: the rules in force.
  ///   - hasTimeNamespace: whether the kernel gave one.
  ///   - reportsDenials: whether refused calls are seen by the runner.
  ///   - memory: what holds the memory limit; nil without one.
  init(
    _ sandbox: Sandbox, landlock: Landlock?, hasTimeNamespace: Bool, reportsDenials: Bool,
    memory: MemoryEnforcement?
  ) {
    let present = sandbox.layers
    func word(_ layer: Layers, _ word: String) -> String {
      present.contains(layer) ? word : "off"
    }
    let states: [(String, String)] = [
      ("user-namespace", "held"),
      ("mount-namespace", "held"),
      ("pid-namespace", word(.processNamespace, "held")),
      ("net-namespace", word(.networkNamespace, "held")),
      ("ipc-namespace", word(.ipcNamespace, "held")),
      ("uts-namespace", "held"),
      ("cgroup-namespace", "held"),
      (
        "time-namespace",
        sandbox.profile.uptime == nil
          ? "off" : word(.timeNamespace, hasTimeNamespace ? "held" : "absent")
      ),
      ("read-only-mounts", word(.readOnlyMounts, "held")),
      ("capabilities", word(.capabilities, "none")),
      ("no-new-privileges", "held"),
      ("landlock", word(.landlock, landlock.map { "abi-\($0.abi)" } ?? "absent")),
      ("seccomp", word(.filter, reportsDenials ? "filter-and-listener" : "filter")),
      ("memory-limit", memory?.rawValue ?? "none"),
      ("process-limit", sandbox.limits.pids == nil ? "none" : "rlimit-of-namespace"),
      ("open-files-limit", sandbox.limits.openFiles == nil ? "none" : "rlimit-per-process"),
    ]
    layers = states.map { Layer(name: $0.0, state: $0.1) }
  }
}
