internal import Hashing
internal import Reading

/// The library that moves the wall clock of the programs that load it. The C compiler of the rootfs
/// makes it, so that its bytes follow from the plan.
public struct ClockLibrary: Sendable, Equatable {
  /// What is added to the wall clock, in seconds.
  public let offset: Int64

  public init(offset: Int64) {
    self.offset = offset
  }

  /// Embedded/clock.c, which says what it does and how.
  public static let source = PackageResources.clock_c

  /// Where the source is while it is compiled, and the folder that the library is made in.
  public static let sourcePath = "/build/clock.c"
  public static let folder = "/build/clock"
  /// The library's name in `folder`.
  public static let name = "clock.so"

  /// The compiler's command line. glibc has dlsym(3) in a library of its own before version 2.34.
  public var command: [String] {
    [
      "cc", "-shared", "-fPIC", "-O2", "-ffreestanding", "-fexceptions", "-fno-stack-protector",
      "-nostdlib", "-Wl,-z,now", "-Wl,-z,defs", "-Wl,--build-id=none", "-DOFFSET=\(offset)L",
      "-o", "\(Self.folder)/\(Self.name)", Self.sourcePath, "-lc", "-ldl",
    ]
  }

  var json: JSON {
    .object([
      ("source", .string(Digest.hashing(Self.source).description)),
      ("command", .array(command.map { .string($0) })),
    ])
  }
}

extension Plan.Leg {
  /// Nil where the clock is the machine's.
  public var clockLibrary: ClockLibrary? {
    conditions.clockOffset == 0 ? nil : ClockLibrary(offset: conditions.clockOffset)
  }
}
