/// A private folder beneath TMPDIR that is removed with its owner, or by the next one of its kind.
public struct TemporaryFolder: ~Copyable, Sendable {
  private let scratch: ScratchFolder

  public var path: String { scratch.path }

  public init(prefix: String) throws(SystemError) {
    let parent = Machine.environment("TMPDIR").flatMap { $0.isEmpty ? nil : $0 } ?? "/tmp"
    try ScratchFolder.removeAbandoned(in: parent, prefix: prefix)
    scratch = try ScratchFolder.make(in: parent, prefix: prefix)
  }
}
