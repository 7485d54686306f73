internal import Hashing
internal import Linux
internal import Planning

/// Reads and digests what units left in the target folder of a dead leg: beneath the folder, through
/// no symlink, each file once however many names it has, and bounded.
final class UnitFiles {
  private let target: Directory
  private let copies: String
  private let relocation: Relocation
  /// Bytes that may still be read: only files with holes can be more.
  private var room: Int64
  /// Bytes that may still be copied.
  private var roomForCopies: Int64 = 64 << 20
  private var roomForNames = 1 << 17
  private(set) var unlisted = 0
  private var digests: [FileIdentity: Digest] = [:]
  /// Names in a folder of rustc's outputs, by the part that the outputs of one unit share.
  private var stems: [String: [[UInt8]: [String]]] = [:]
  private var buffer = [UInt8](repeating: 0, count: 1 << 18)

  private static let longestText = 4 << 20
  private static let longestCopy: Int64 = 4 << 20
  private static let deepest = 32

  init(_ target: consuming Directory, relocation: Relocation, sizeLimit: Int64, copies: String) {
    self.target = target
    self.copies = copies
    self.relocation = relocation
    room = sizeLimit
  }

  /// What rustc made under this name: `libSTEM.rlib`, `STEM.wasm`, `STEM`; dep-info is none.
  func outputs(
    stem: String, in folder: String, endedAt end: FileTime?
  ) throws(SystemError) -> [RecordedUnit.Output] {
    if stems[folder] == nil { stems[folder] = Self.byStem(entries(folder)?.entries ?? []) }
    var outputs: [RecordedUnit.Output] = []
    for name in stems[folder]?[Array(stem.utf8)] ?? [] where !name.hasSuffix(".d") {
      if let output = try output("\(folder)/\(name)", endedAt: end) { outputs.append(output) }
    }
    return outputs
  }

  private static func byStem(_ entries: [Directory.Entry]) -> [[UInt8]: [String]] {
    var names: [[UInt8]: [String]] = [:]
    for entry in entries where entry.kind != .directory {
      let stem = Array(entry.name.utf8.prefix { $0 != UInt8(ascii: ".") })
      names[stem, default: []].append(entry.name)
      if entry.name.hasPrefix("lib") {
        names[Array(stem.dropFirst(3)), default: []].append(entry.name)
      }
    }
    return names
  }

  /// Everything in the OUT_DIR of a build script; small files are kept.
  func tree(_ folder: String, endedAt end: FileTime?) throws(SystemError) -> [RecordedUnit.Output] {
    var outputs: [RecordedUnit.Output] = []
    try add(folder, to: &outputs, endedAt: end, depth: 0)
    return outputs.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private func add(
    _ folder: String, to outputs: inout [RecordedUnit.Output], endedAt end: FileTime?, depth: Int
  ) throws(SystemError) {
    guard depth < Self.deepest, let entries = entries(folder) else {
      let reason = depth < Self.deepest ? "a folder that cannot be listed" : "a folder too deep"
      outputs.append(RecordedUnit.Output(name: folder, content: .unread(reason)))
      return
    }
    if entries.others > 0 {
      let reason = "names that are not UTF-8: \(entries.others)"
      outputs.append(RecordedUnit.Output(name: folder, content: .unread(reason)))
    }
    for entry in entries.entries {
      let path = "\(folder)/\(entry.name)"
      if entry.kind == .directory {
        try add(path, to: &outputs, endedAt: end, depth: depth + 1)
      } else if let output = try output(path, endedAt: end, isKept: true) {
        outputs.append(output)
      }
    }
  }

  /// What a build script printed for cargo. Only those lines count: others are talk.
  func directives(
    _ path: String, endedAt end: FileTime?
  ) throws(SystemError) -> (ScriptOutput, RecordedUnit.Output) {
    guard let text = try text(path) else {
      return (
        ScriptOutput([]), RecordedUnit.Output(name: path, content: .unread("not a readable file"))
      )
    }
    let output = ScriptOutput(relocation.restored(text.bytes))
    let digest = Digest.hashing(output.directives)
    try keep(output.directives, as: digest)
    return (
      output,
      RecordedUnit.Output(
        name: path, content: .file(size: Int64(output.directives.count), digest: digest),
        wasChangedLater: end.map { text.changed > $0 } ?? false)
    )
  }

  /// The same of what a build script was heard to print; `name` is that of the file where cargo would
  /// have put it.
  func directives(_ printed: [UInt8], name: String) throws(SystemError) -> RecordedUnit.Output {
    let directives = ScriptOutput(printed).directives
    let digest = Digest.hashing(directives)
    try keep(directives, as: digest)
    return RecordedUnit.Output(
      name: name, content: .file(size: Int64(directives.count), digest: digest))
  }

  /// What rustc wrote down of its sources, and their digest.
  func sources(
    _ path: String, directory: String
  ) throws(SystemError) -> (DepInfo, RecordedUnit.Sources) {
    let bytes = try text(path)?.bytes ?? []
    // Paths of files are those of leg A; values of variables are those that were compiled in.
    var info = DepInfo(relocation.restored(bytes))
    if relocation.moves { info.environment = DepInfo(bytes).environment }
    var seen: [[UInt8]: Digest?] = [:]
    for input in info.inputs {
      let absolute = input.hasPrefix("/") ? input : "\(directory)/\(input)"
      var digest: Digest?
      if let name = Invocation.belowTarget(absolute) {
        digest = try output(name, endedAt: nil)?.digest
      }
      seen[Array(absolute.utf8)] = .some(digest)
    }
    var hasher = Hasher()
    for (path, digest) in seen.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
      hasher.update(path + [0])
      hasher.update(Array((digest?.hex ?? "").utf8) + [0])
    }
    return (info, RecordedUnit.Sources(count: seen.count, digest: hasher.finish()))
  }

  // MARK: Files

  private func text(_ path: String) throws(SystemError) -> (bytes: [UInt8], changed: FileTime)? {
    do throws(SystemError) {
      let file = try target.openBeneath(path)
      let status = try FileSystem.status(of: file)
      guard status.kind == .regular, status.size <= min(Int64(Self.longestText), room) else {
        return nil
      }
      room -= status.size
      return (try file.readToEnd(limit: Self.longestText), status.changed)
    } catch {
      if error.isInterruption { throw error }
      return nil
    }
  }

  /// Nil where there were too many before.
  private func output(
    _ path: String, endedAt end: FileTime?, isKept: Bool = false
  ) throws(SystemError) -> RecordedUnit.Output? {
    guard roomForNames > 0 else {
      unlisted += 1
      return nil
    }
    roomForNames -= 1
    do throws(SystemError) {
      let (parent, name) = FileSystem.split(path)
      let folder = Directory(try target.openBeneath(parent), path: parent)
      let status = try folder.status(name)
      let wasChangedLater = end.map { status.changed > $0 } ?? false
      func found(_ content: RecordedUnit.Output.Content) -> RecordedUnit.Output {
        RecordedUnit.Output(name: path, content: content, wasChangedLater: wasChangedLater)
      }
      switch status.kind {
      case .regular: break
      case .symlink: return found(.symlink(target: try folder.readSymlink(name)))
      default: return found(.unread("neither a file nor a symlink"))
      }
      if let digest = digests[status.identity] {
        return found(.file(size: status.size, digest: digest))
      }
      guard status.size <= room else { return found(.unread("too large")) }
      room -= status.size
      let file = try target.openBeneath(path)
      let digest = try digest(of: file, size: status.size)
      digests[status.identity] = digest
      if isKept { try keep(file, size: status.size, as: digest) }
      return found(.file(size: status.size, digest: digest))
    } catch {
      if error.isInterruption { throw error }
      return RecordedUnit.Output(name: path, content: .unread(error.reason))
    }
  }

  private func digest(
    of file: borrowing Descriptor, size: Int64
  ) throws(SystemError) -> Digest {
    try Interruption.check("reading what a leg left")
    var hasher = Hasher()
    var offset: Int64 = 0
    while offset < size {
      let count = Int(min(Int64(buffer.count), size - offset))
      let got = try file.read(at: offset, into: &buffer, count: count)
      if got == 0 { break }
      hasher.update(buffer, count: got)
      offset += Int64(got)
    }
    return hasher.finish()
  }

  /// Nil for what is no folder, or cannot be read.
  private func entries(_ path: String) -> (entries: [Directory.Entry], others: Int)? {
    do throws(SystemError) {
      let folder = Directory(try target.openBeneath(path), path: path)
      return try folder.textEntries()
    } catch {
      return nil
    }
  }

  // MARK: Copies

  private func keep(
    _ file: borrowing Descriptor, size: Int64, as digest: Digest
  ) throws(SystemError) {
    guard size <= Self.longestCopy, size <= roomForCopies else { return }
    var bytes = [UInt8](repeating: 0, count: Int(size))
    let count = try file.read(at: 0, into: &bytes, count: Int(size))
    try keep(Array(bytes[..<count]), as: digest)
  }

  private func keep(_ bytes: [UInt8], as digest: Digest) throws(SystemError) {
    let path = "\(copies)/\(digest.hex)"
    guard Int64(bytes.count) <= min(Self.longestCopy, roomForCopies), !FileSystem.exists(path)
    else { return }
    roomForCopies -= Int64(bytes.count)
    try FileSystem.makeDirectories(copies)
    try FileSystem.create(path).write(bytes)
  }
}
