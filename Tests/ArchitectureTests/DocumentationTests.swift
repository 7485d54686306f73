import Failing
import Planning
import Reading
import Testing

/// The pages that a user reads, compared with what they speak of.
@Suite struct DocumentationTests {
  @Test func everyExitCodeIsDocumentedAsItIs() throws {
    let rows = try Self.rows(of: "docs/exit-codes.md", below: "| code | name | meaning |")
    #expect(rows.map { "\($0[0]) \($0[1])" } == ExitCode.allCases.map { "\($0.rawValue) \($0)" })
    #expect(rows.allSatisfy { !$0[2].isEmpty })
  }

  @Test func everyVariationIsDescribed() throws {
    let rows = try Self.rows(of: "docs/record.md", below: "| name | leg A | leg B |")
    #expect(rows.map { $0[0] } == Variation.allCases.map { "`\($0.rawValue)`" })
    #expect(rows.allSatisfy { !$0[1].isEmpty && !$0[2].isEmpty && $0[1] != $0[2] })
  }

  /// Values that the table of variations quotes.
  @Test func variedValuesAreThoseOfThePlan() throws {
    let page = try Repository.read("docs/record.md")
    let canonical = Conditions.canonical(cpuCount: 2, jobs: 2)
    let varied = canonical.varied(Variation.standard)
    for conditions in [canonical, varied] {
      for value in [
        conditions.hostname, conditions.userName, conditions.timezone, conditions.locale,
        conditions.home, conditions.temporary,
      ] {
        #expect(page.contains("`\(value)`"), "docs/record.md does not name \(value)")
      }
      #expect(
        page.contains("uid \(conditions.uid)") || page.contains("uid and gid \(conditions.uid)"))
    }
  }

  @Test func theReadmesCommandsAreInTheMakefile() throws {
    let makefile = try Repository.read("Makefile").split(separator: "\n")
    let commands = try Self.makeTargets(in: Repository.read("README.md"))
    #expect(Set(commands).isSuperset(of: ["build", "demo", "test", "bench", "install"]))
    for target in commands {
      #expect(
        makefile.contains { $0.hasPrefix("\(target):") }, "README.md names `make \(target)`")
    }
  }

  @Test func linksLeadSomewhere() throws {
    for page in ["README.md"] + (try Repository.files(below: "docs")) where page.hasSuffix(".md") {
      let folder = page.split(separator: "/").dropLast().map { "\($0)/" }.joined()
      for link in Self.links(in: try Repository.read(page)) where !link.contains("://") {
        let path = link.split(separator: "#").first.map(String.init) ?? page
        #expect(throws: Never.self, "\(page) links to \(link)") {
          _ = try Repository.read(link.hasPrefix("#") ? page : folder + path)
        }
      }
    }
  }

  /// Examples that a user may copy are read by the reader of their kind.
  @Test func examplesCanBeRead() throws {
    for page in ["README.md", "docs/cupel-toml.md"] {
      let example = try #require(Self.example(in: try Repository.read(page)))
      _ = try Manifest(parsing: Array(example.utf8), file: page)
    }
    let manifest = try Manifest(
      parsing: Array(
        #require(Self.example(in: try Repository.read("docs/cupel-toml.md"))).utf8),
      file: "docs/cupel-toml.md")
    #expect(manifest.build.cargoArguments != nil && manifest.sandbox.targetSize != nil)
    _ = try Recipe(
      parsing: Array(#require(Self.example(in: try Repository.read("docs/recipes.md"))).utf8),
      file: "docs/recipes.md")
  }

  // MARK: Reading Markdown

  /// The cells of the table that begins with the line `head`.
  private static func rows(of page: String, below head: String) throws -> [[String]] {
    let lines = try Repository.read(page).split(separator: "\n", omittingEmptySubsequences: false)
    let start = try #require(lines.firstIndex { $0 == head }, "\(page) has lost its table")
    return lines[(start + 2)...].prefix { $0.hasPrefix("|") }.map { line in
      line.split(separator: "|").map { cell in
        String(cell.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
      }
    }
  }

  private static func makeTargets(in page: String) -> [String] {
    page.split { !$0.isLetter && !$0.isNumber && !" -".contains($0) }.flatMap { run -> [String] in
      let words = run.split(separator: " ")
      guard words.count >= 2, words[0] == "make", run.hasPrefix("make") else { return [] }
      return [String(words[1])]
    }
  }

  /// The targets of `[text](target)`.
  private static func links(in page: String) -> [String] {
    page.components(between: "](", and: ")")
  }

  /// The first TOML block.
  private static func example(in page: String) -> String? {
    page.components(between: "```toml\n", and: "```").first
  }
}

extension String {
  /// What stands between each `start` and the next `end`.
  fileprivate func components(between start: String, and end: String) -> [String] {
    var found: [String] = []
    var rest = self[...]
    while let opening = rest.firstRange(of: start) {
      rest = rest[opening.upperBound...]
      guard let closing = rest.firstRange(of: end) else { break }
      found.append(String(rest[..<closing.lowerBound]))
      rest = rest[closing.upperBound...]
    }
    return found
  }
}
