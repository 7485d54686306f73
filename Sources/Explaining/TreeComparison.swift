internal import Comparing
internal import Linux

/// Two files, or all files of two folders matched by their names, compared and explained.
public struct TreeComparison: Sendable, Equatable {
  public enum Result: Sendable, Equatable {
    case identical
    /// Nil beyond `explanationLimit` differing files, and for symlinks, whose targets differ.
    case different(Explanation?)
    case onlyInFirst
    case onlyInSecond
    /// One is a file, the other a folder or symlink.
    case otherKind
  }

  public struct Entry: Sendable, Equatable {
    /// Relative to the folders; empty for two files.
    public let name: String
    public let result: Result
    /// In bytes; nil where there is no such file.
    public let firstSize: Int64?
    public let secondSize: Int64?
  }

  /// In the order of the names' bytes.
  public let entries: [Entry]
  public let areFolders: Bool

  /// Most files of one folder.
  public static let fileLimit = 200_000
  /// Most files that are explained; of more it is only said that they differ.
  public static let explanationLimit = 1000

  public var isIdentical: Bool { entries.allSatisfy { $0.result == .identical } }

  /// Compares every byte. Symlinks within folders are compared by their targets.
  public init(_ first: String, _ second: String) throws(ExplainingError) {
    let kinds = (try Self.kind(first), try Self.kind(second))
    switch kinds {
    case (.regular, .regular):
      areFolders = false
      let explanation = try Explanation(first, second)
      entries = [
        Entry(
          name: "", result: explanation.map { .different($0) } ?? .identical,
          firstSize: try Self.size(first), secondSize: try Self.size(second))
      ]
    case (.directory, .directory):
      areFolders = true
      entries = try Self.entries(first, second)
    case (.directory, _): throw .fileAgainstFolder(file: second, folder: first)
    default: throw .fileAgainstFolder(file: first, folder: second)
    }
  }

  private static func kind(_ path: String) throws(ExplainingError) -> FileStatus.Kind {
    do {
      let kind = try FileSystem.linkStatus(path).kind
      guard kind == .regular || kind == .directory else {
        throw ExplainingError.neitherFileNorFolder(path: path)
      }
      return kind
    } catch let error as SystemError {
      throw .system(path: path, error)
    } catch {
      throw .neitherFileNorFolder(path: path)
    }
  }

  private static func size(_ path: String) throws(ExplainingError) -> Int64 {
    do { return try FileSystem.status(path).size } catch { throw .system(path: path, error) }
  }

  // MARK: Folders

  private struct File {
    let name: String
    let kind: FileStatus.Kind
  }

  private static func entries(
    _ first: String, _ second: String
  ) throws(ExplainingError) -> [Entry] {
    let firsts = try files(first)
    let seconds = try files(second)
    var entries: [Entry] = []
    var explained = 0
    var (i, j) = (0, 0)
    while i < firsts.count || j < seconds.count {
      if j == seconds.count || i < firsts.count && precedes(firsts[i], seconds[j]) {
        entries.append(try lone(firsts[i], first, .onlyInFirst))
        i += 1
      } else if i == firsts.count || precedes(seconds[j], firsts[i]) {
        entries.append(try lone(seconds[j], second, .onlyInSecond))
        j += 1
      } else {
        entries.append(
          try compare(
            firsts[i], seconds[j], first, second, isExplained: explained < explanationLimit))
        if case .different = entries[entries.count - 1].result { explained += 1 }
        i += 1
        j += 1
      }
    }
    return entries
  }

  private static func precedes(_ a: File, _ b: File) -> Bool {
    a.name.utf8.lexicographicallyPrecedes(b.name.utf8)
  }

  private static func lone(
    _ file: File, _ folder: String, _ result: Result
  ) throws(ExplainingError) -> Entry {
    let size = file.kind == .regular ? try size("\(folder)/\(file.name)") : nil
    let isFirst = result == .onlyInFirst
    return Entry(
      name: file.name, result: result, firstSize: isFirst ? size : nil,
      secondSize: isFirst ? nil : size)
  }

  private static func compare(
    _ a: File, _ b: File, _ first: String, _ second: String, isExplained: Bool
  ) throws(ExplainingError) -> Entry {
    let paths = ("\(first)/\(a.name)", "\(second)/\(b.name)")
    guard a.kind == b.kind else {
      return Entry(name: a.name, result: .otherKind, firstSize: nil, secondSize: nil)
    }
    if a.kind == .symlink {
      let areEqual = try target(first, a.name).utf8.elementsEqual(try target(second, b.name).utf8)
      return Entry(
        name: a.name, result: areEqual ? .identical : .different(nil), firstSize: nil,
        secondSize: nil)
    }
    let sizes = (try size(paths.0), try size(paths.1))
    let result: Result
    if isExplained {
      result = try Explanation(paths.0, paths.1).map { .different($0) } ?? .identical
    } else {
      result = try areEqual(paths.0, paths.1) ? .identical : .different(nil)
    }
    return Entry(name: a.name, result: result, firstSize: sizes.0, secondSize: sizes.1)
  }

  private static func areEqual(_ a: String, _ b: String) throws(ExplainingError) -> Bool {
    do throws(ComparingError) {
      let first = Region(try OpenFile(a))
      let second = Region(try OpenFile(b))
      guard first.size == second.size else { return false }
      return try StreamedPair.areEqual(first, second)
    } catch {
      throw .comparing(error)
    }
  }

  private static func target(_ folder: String, _ name: String) throws(ExplainingError) -> String {
    do {
      return try Directory(folder).readSymlink(name)
    } catch {
      throw .system(path: "\(folder)/\(name)", error)
    }
  }

  /// All files and symlinks below, in the order of their names' bytes. Folders count for what is in
  /// them only.
  private static func files(_ folder: String) throws(ExplainingError) -> [File] {
    var files: [File] = []
    var waiting = [""]
    while let prefix = waiting.popLast() {
      let path = prefix.isEmpty ? folder : "\(folder)/\(prefix)"
      let entries: [Directory.Entry]
      do {
        entries = try Directory(path).entriesAsFound()
      } catch {
        throw .system(path: path, error)
      }
      for entry in entries {
        let name = prefix.isEmpty ? entry.name : "\(prefix)/\(entry.name)"
        switch entry.kind {
        case .directory: waiting.append(name)
        case .regular, .symlink: files.append(File(name: name, kind: entry.kind))
        default: throw .neitherFileNorFolder(path: "\(folder)/\(name)")
        }
        guard files.count + waiting.count <= fileLimit else {
          throw .tooManyFiles(folder: folder, limit: fileLimit)
        }
      }
    }
    return files.sorted(by: precedes)
  }
}
