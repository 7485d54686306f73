/// The layers that can be left out one by one, so that tests can show what each of the others holds
/// alone. A sandbox has all of them: nothing outside this room can say otherwise.
struct Layers: OptionSet, Sendable {
  let rawValue: UInt32

  /// The system call filter.
  static let filter = Layers(rawValue: 1 << 0)
  static let landlock = Layers(rawValue: 1 << 1)
  /// Giving up every capability.
  static let capabilities = Layers(rawValue: 1 << 2)
  /// That what is not meant to be written is mounted read-only.
  static let readOnlyMounts = Layers(rawValue: 1 << 3)
  static let networkNamespace = Layers(rawValue: 1 << 4)
  static let ipcNamespace = Layers(rawValue: 1 << 5)
  /// Without it there must be no /proc among the mounts: the kernel gives none.
  static let processNamespace = Layers(rawValue: 1 << 6)
  static let timeNamespace = Layers(rawValue: 1 << 7)

  static let all = Layers(rawValue: (1 << 8) - 1)
}
