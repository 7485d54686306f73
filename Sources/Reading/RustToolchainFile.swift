/// A project's pin of its toolchain: `rust-toolchain.toml`, or the older `rust-toolchain`, which
/// is either one line with a channel or the same TOML (the rustup book, "Overrides").
public struct RustToolchainFile: Sendable, Equatable {
  public enum Channel: Sendable, Hashable {
    /// `1.63` (patch nil: any of the series) or `1.63.0`.
    case release(minor: String, patch: String?)
    /// `stable`, of whatever day.
    case stable
    /// `beta` or `beta-2026-05-19`.
    case beta(date: String?)
    /// `nightly` or `nightly-2026-05-19`.
    case nightly(date: String?)
    /// A name that only the machine it was linked on understands.
    case custom(String)
  }

  /// Whether a toolchain is what the project asks for.
  public enum Satisfaction: Sendable, Hashable {
    case yes
    case no
    /// The version alone does not tell: a dated channel, a custom name, a path.
    case unknowable
  }

  /// Nil when only a path is given, or nothing but components and targets.
  public let channel: Channel?
  /// The channel as written, for messages.
  public let channelText: String?
  public let path: String?
  public let components: [String]
  public let targets: [String]
  public let profile: String?
  public let position: Position

  public init(parsing bytes: [UInt8], file: String) throws(ReadingError) {
    if let invalid = firstInvalidUTF8(in: bytes) {
      var counter = PositionCounter()
      throw ReadingError(
        file: file, position: counter.position(at: invalid, in: bytes), fact: .notUTF8)
    }
    let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: true)
    let words = lines.map { text($0).split(whereSeparator: \.isWhitespace) }.filter { !$0.isEmpty }
    // rustup tries the legacy form first for a single line; a table header is never a channel.
    if !file.hasSuffix(".toml"), words.count == 1, words[0].count == 1, !words[0][0].hasPrefix("[")
    {
      let name = String(words[0][0])
      channel = try Self.channel(name, file: file, position: .start)
      channelText = name
      path = nil
      components = []
      targets = []
      profile = nil
      position = .start
      return
    }
    var root = Fields(try TOML.parse(bytes, file: file), name: "the file", file: file)
    var fields = try root.table("toolchain")
    position = fields.table["channel"]?.position ?? fields.table.position
    channelText = try fields.optionalString("channel")
    channel = try channelText.map { [position] (name) throws(ReadingError) in
      try Self.channel(name, file: file, position: position)
    }
    path = try fields.optionalString("path")
    components = try fields.optionalStrings("components") ?? []
    targets = try fields.optionalStrings("targets") ?? []
    profile = try fields.optionalString("profile")
    if channel != nil, let path {
      throw fields.badValue("path", path, "channel and path cannot both be given")
    }
  }

  /// Whether a rustc that calls itself `version` (such as `1.96.0`, `1.97.0-beta.2`,
  /// `1.98.0-nightly`) is what the file asks for.
  ///
  /// `stable` is satisfied by any release: it names no version, so every release was stable on some
  /// day, and the toolchain actually used is pinned by digest elsewhere. `nightly` and `beta`
  /// without a date are satisfied likewise. A dated channel rules out other kinds of toolchain, but
  /// the version does not carry the day. A file without channel and path asks for nothing.
  public func satisfied(by version: String) -> Satisfaction {
    guard let channel else { return path == nil ? .yes : .unknowable }
    let parts = version.split(separator: "-", maxSplits: 1)
    let number = parts.first ?? ""
    let suffix = parts.count == 2 ? parts[1] : ""
    switch channel {
    case .release(let minor, nil):
      return suffix.isEmpty && number.hasPrefix(minor + ".") ? .yes : .no
    case .release(let minor, let patch?):
      return version == "\(minor).\(patch)" ? .yes : .no
    case .stable: return suffix.isEmpty ? .yes : .no
    case .beta(let date): return suffix.hasPrefix("beta") ? date == nil ? .yes : .unknowable : .no
    case .nightly(let date):
      return suffix.hasPrefix("nightly") ? date == nil ? .yes : .unknowable : .no
    case .custom: return .unknowable
    }
  }

  /// Parses `CHANNEL[-DATE][-HOST]`; the host is dropped, it says nothing about the version.
  private static func channel(
    _ name: String, file: String, position: Position
  ) throws(ReadingError) -> Channel {
    guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: "/") }) else {
      throw ReadingError(
        file: file, position: position,
        fact: .badValue(key: "channel", value: name, reason: "not a channel"))
    }
    let parts = name.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
    let rest = parts.count == 2 ? Array(parts[1].utf8) : []
    let hasDate =
      rest.count >= 10 && rest[4] == UInt8(ascii: "-") && rest[7] == UInt8(ascii: "-")
      && isDigit(rest[0])
    let date = hasDate ? text(rest[..<10]) : nil
    switch parts[0] {
    case "stable": return .stable
    case "beta": return .beta(date: date)
    case "nightly": return .nightly(date: date)
    default: break
    }
    let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
    guard (2...3).contains(numbers.count),
      numbers.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(isDigit) })
    else { return .custom(name) }
    return .release(
      minor: "\(numbers[0]).\(numbers[1])", patch: numbers.count == 3 ? String(numbers[2]) : nil)
  }
}
