/// A named stretch of a file in a format that cupel can read.
public struct Part: Sendable, Hashable {
  public enum Kind: String, Sendable, CaseIterable {
    case elfHeader = "ELF header"
    case elfProgramHeaders = "ELF program headers"
    case elfSectionHeaders = "ELF section headers"
    case elfSection = "ELF section"
    case archiveHeader = "archive header"
    /// The 60 bytes before a member, and its name where that follows them: time, owner, mode, size.
    case archiveMemberHeader = "archive member header"
    case archiveMember = "archive member"
    /// The symbol index, with its header.
    case archiveIndex = "archive index"
    /// The table of long names, with its header.
    case archiveNames = "archive names"
    case wasmHeader = "wasm header"
    /// A section that the specification names, from the byte of its number on.
    case wasmSection = "wasm section"
    /// A custom section, from the byte of its number on.
    case wasmCustomSection = "wasm custom section"
    /// Bytes that nothing in the file lays claim to: padding, mostly.
    case unclaimed = "unclaimed"
  }

  public let kind: Kind
  /// As in the file, so from hands unknown: control characters included, whatever is not UTF-8
  /// replaced by U+FFFD. Nil where a file has but one part of the kind.
  public let name: String?

  public init(_ kind: Kind, _ name: String? = nil) {
    self.kind = kind
    self.name = name
  }

  /// By bytes: Swift's own comparison takes canonically equivalent names for one.
  public static func == (a: Part, b: Part) -> Bool {
    guard a.kind == b.kind else { return false }
    switch (a.name, b.name) {
    case (nil, nil): return true
    case (let a?, let b?): return a.utf8.elementsEqual(b.utf8)
    default: return false
    }
  }

  public func hash(into hasher: inout Swift.Hasher) {
    hasher.combine(kind)
    for byte in (name ?? "").utf8 { hasher.combine(byte) }
  }
}

extension Part.Kind {
  /// Whether a part of this kind is worth a line of its own when it differs. The headers of an ELF
  /// file are not: they differ whenever anything moved.
  var isContent: Bool {
    switch self {
    case .elfSection, .archiveMemberHeader, .archiveMember, .archiveIndex, .archiveNames,
      .wasmSection, .wasmCustomSection:
      true
    case .elfHeader, .elfProgramHeaders, .elfSectionHeaders, .archiveHeader, .wasmHeader,
      .unclaimed:
      false
    }
  }
}
