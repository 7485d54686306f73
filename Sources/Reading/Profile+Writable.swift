extension Profile {
  /// How much the build's writable folders, which live in memory, may hold.
  public struct Writable: Sendable, Equatable {
    public enum Folder: String, Sendable, CaseIterable {
      case target, temporary, home
      case cargoHome = "cargo-home"
    }

    public enum Size: Sendable, Equatable {
      case bytes(ByteCount)
      /// Percent of the memory that is free when the sandbox is made.
      case ofMemory(percent: Int)
      /// Percent of the target folder's size.
      case ofTarget(percent: Int)
    }

    /// What the profile says of each folder that it names.
    public struct Entry: Sendable, Equatable {
      public let folder: Folder
      public let size: Size
      public let reason: String
    }

    public private(set) var entries: [Entry] = []
  }

  /// Bytes of each writable folder.
  public struct FolderSizes: Sendable, Equatable {
    public let target: Int64
    public let temporary: Int64
    public let home: Int64
    public let cargoHome: Int64
  }
}

extension Profile.Writable {
  /// What a folder may hold that the profile does not name: what tmpfs(5) itself would give it.
  private static let unnamed = Size.ofMemory(percent: 50)

  public func entry(_ folder: Folder) -> Entry? {
    entries.first { $0.folder == folder }
  }

  public func size(of folder: Folder) -> Size {
    entry(folder)?.size ?? Self.unnamed
  }

  /// The sizes on a machine with this much free memory; `target`, where given, replaces the
  /// profile's own size of the target folder.
  public func resolved(freeMemory: Int64, target: Int64? = nil) -> Profile.FolderSizes {
    func bytes(_ folder: Folder, target: Int64) -> Int64 {
      switch size(of: folder) {
      case .bytes(let count): count.bytes
      case .ofMemory(let percent): freeMemory / 100 * Int64(percent)
      case .ofTarget(let percent): target / 100 * Int64(percent)
      }
    }
    let target = target ?? bytes(.target, target: 0)
    return Profile.FolderSizes(
      target: target, temporary: bytes(.temporary, target: target),
      home: bytes(.home, target: target), cargoHome: bytes(.cargoHome, target: target))
  }

  init(_ fields: Fields?, extending parent: Self?) throws(ReadingError) {
    self = parent ?? Self()
    guard var fields else { return }
    for folder in Folder.allCases {
      guard var table = try fields.optionalTable(folder.rawValue) else { continue }
      let text = try table.string("size")
      guard let size = Size(text) else { throw table.badValue("size", text, Size.expectation) }
      if folder == .target, case .ofTarget = size {
        throw table.badValue("size", text, "the target folder is no part of itself")
      }
      entries.removeAll { $0.folder == folder }
      entries.append(Entry(folder: folder, size: size, reason: try table.reason()))
      try table.finish()
    }
    try fields.finish()
  }
}

extension Profile.Writable.Size: CustomStringConvertible {
  static let expectation =
    "it must be a size such as \"256M\", \"50% of memory\" or \"25% of target\""

  init?(_ text: String) {
    if let count = ByteCount(text) {
      self = .bytes(count)
      return
    }
    let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
    guard parts.count == 2, parts[0].allSatisfy({ $0.isASCII && $0.isNumber }),
      let percent = Int(parts[0]), (1...100).contains(percent)
    else { return nil }
    switch parts[1] {
    case " of memory": self = .ofMemory(percent: percent)
    case " of target": self = .ofTarget(percent: percent)
    default: return nil
    }
  }

  public var description: String {
    switch self {
    case .bytes(let count): count.description
    case .ofMemory(let percent): "\(percent)% of memory"
    case .ofTarget(let percent): "\(percent)% of target"
    }
  }
}
