import Linux
import Reading
import Testing

/// The house as docs/architecture.md describes it, compared with what is there.
@Suite struct ArchitectureTests {
  let table: ImportTable

  init() throws {
    table = try ImportTable(parsing: Repository.read("docs/architecture.md"))
  }

  @Test func everyRoomStandsInTheTable() throws {
    for room in try Repository.rooms() {
      #expect(table.allowed(room) != nil, "Sources/\(room) is not in docs/architecture.md")
    }
  }

  @Test func theTableAllowsOnlyWhatStandsAbove() {
    var above: Set<String> = []
    for row in table.rows {
      for name in row.allowed where name != "Glibc" && name != "ArgumentParser" {
        #expect(
          above.contains(name), "\(row.room) may import \(name), which does not stand above it")
      }
      above.insert(row.room)
    }
  }

  @Test func filesImportOnlyWhatTheTableAllows() throws {
    for room in try Repository.rooms() {
      let allowed = Set(table.allowed(room) ?? []).union(["Synchronization"])
      for file in try Repository.swiftFiles(ofRoom: room) {
        for name in Self.imports(of: Self.program(in: try Repository.read(file))) {
          #expect(allowed.contains(name), "\(file) imports \(name)")
        }
      }
    }
  }

  @Test func onlyLinuxMayImportLibc() {
    let rooms = table.rows.filter { $0.allowed.contains("Glibc") }.map(\.room)
    #expect(rooms == ["Linux"])
  }

  @Test func onlyCupelPrints() throws {
    for room in try Repository.rooms() where room != "cupel" {
      for file in try Repository.swiftFiles(ofRoom: room) {
        let lines = Self.program(in: try Repository.read(file)).split(
          separator: "\n", omittingEmptySubsequences: false)
        for (index, line) in lines.enumerated() {
          let prints = line.split { !$0.isLetter && $0 != "(" && $0 != "_" }.contains {
            $0.hasPrefix("print(") || $0.hasPrefix("debugPrint(")
          }
          let writes = room != "Linux" && line.contains("StandardStream")
          #expect(!prints && !writes, "\(file):\(index + 1) prints: \(line)")
        }
      }
    }
  }

  @Test func targetsDependOnlyOnWhatTheTableAllows() throws {
    let scratch = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(scratch) }
    // A scratch folder of its own: the one of the package is locked while tests run.
    let output = try Command(
      ["swift", "package", "--scratch-path", scratch, "dump-package"],
      directory: Repository.path, timeout: 120
    ).runChecked()
    let dump = try JSON(parsing: output.standardOutput, file: "swift package dump-package")
    let targets = try #require(dump["targets"]?.arrayValue)
    #expect(!targets.isEmpty)
    for target in targets where target["type"]?.stringValue != "test" {
      let name = try #require(target["name"]?.stringValue)
      let allowed = try #require(table.allowed(name), "the target \(name) is not in the table")
      for dependency in target["dependencies"]?.arrayValue ?? [] {
        let kind = dependency["byName"] ?? dependency["product"] ?? dependency["target"]
        let used = try #require(kind?.arrayValue?.first?.stringValue)
        #expect(allowed.contains(used), "the target \(name) depends on \(used)")
      }
    }
  }

  /// A Swift file whose here-documents, programs for others in its texts, are empty lines.
  private static func program(in text: String) -> String {
    var isText = false
    return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      if isText {
        isText = !line.hasSuffix("END")
        return ""
      }
      isText = line.contains("<<'END'")
      return String(line)
    }.joined(separator: "\n")
  }

  /// The modules that a Swift file imports.
  private static func imports(of text: String) -> [String] {
    text.split(separator: "\n").compactMap { line -> String? in
      let words = line.split(separator: " ").filter { !$0.hasPrefix("@") }
      guard let index = words.firstIndex(of: "import"), index <= 1, index + 1 < words.count
      else { return nil }
      if index == 1,
        !["public", "package", "internal", "private", "fileprivate"].contains(words[0])
      {
        return nil
      }
      let kinds = ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"]
      let named = words[(index + 1)...].first { !kinds.contains(String($0)) } ?? ""
      return named.split(separator: ".").first.map(String.init)
    }
  }
}
