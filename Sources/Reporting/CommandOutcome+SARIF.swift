internal import Failing
public import Reading

extension CommandOutcome {
  /// A log of SARIF 2.1.0 (OASIS standard of that name, sections in comments): the same run gives the
  /// same bytes.
  public var sarif: JSON {
    var rules: [DiagnosticRule] = []
    for diagnostic in diagnostics where !rules.contains(where: { $0.id == diagnostic.rule.id }) {
      rules.append(diagnostic.rule)
    }
    let results = diagnostics.map { diagnostic in
      Self.result(diagnostic, rules.firstIndex { $0.id == diagnostic.rule.id } ?? 0)
    }
    return .object([
      ("$schema", "https://json.schemastore.org/sarif-2.1.0.json"),
      ("version", "2.1.0"),
      (
        "runs",
        .array([
          .object([
            (
              "tool",
              .object([
                (
                  "driver",
                  .object([
                    ("name", "cupel"), ("version", .string(toolVersion)),
                    ("semanticVersion", .string(toolVersion)),
                    ("rules", .array(rules.map(Self.rule))),
                  ])
                )
              ])
            ),
            ("automationDetails", .object([("id", .string("cupel/\(command)/"))])),
            ("invocations", .array([invocation])),
            // Where it lies is the reader's business (3.14.14).
            (
              "originalUriBaseIds",
              .object([
                (
                  Self.root,
                  .object([
                    (
                      "description",
                      Self.message(
                        command == "build"
                          ? "The root of the source." : "The folder that the command was run in.")
                    )
                  ])
                )
              ])
            ),
            ("columnKind", "unicodeCodePoints"),
            ("results", .array(results)),
            ("properties", .object([("result", .string(headline))] + facts)),
          ])
        ])
      ),
    ])
  }

  private static let root = "SRCROOT"

  private var invocation: JSON {
    .object([
      ("executionSuccessful", .bool(isComplete)),
      ("exitCode", .integer(Int64(exitCode.rawValue))),
      ("exitCodeDescription", .string("\(exitCode)")),
    ])
  }

  private static func rule(_ rule: DiagnosticRule) -> JSON {
    let help = "\(rule.help) See \(rule.page) of cupel."
    return .object([
      ("id", .string(rule.id)),
      ("shortDescription", message(rule.title)),
      ("fullDescription", message(rule.help)),
      // cupel has no address on the web; docs/ci.md says what the name stands for.
      ("helpUri", .string("urn:cupel:\(rule.page)")),
      ("help", message(help)),
    ])
  }

  private static func result(_ diagnostic: Diagnostic, _ index: Int) -> JSON {
    var properties: [(String, JSON)] = [("subject", .string(diagnostic.subject))]
    if !diagnostic.evidence.isEmpty {
      properties.append(("evidence", .array(diagnostic.evidence.map { .string($0) })))
    }
    let text = ([diagnostic.message] + diagnostic.details).joined(separator: "\n")
    return .object([
      ("ruleId", .string(diagnostic.rule.id)),
      ("ruleIndex", .integer(Int64(index))),
      ("level", .string(diagnostic.level.rawValue)),
      ("message", message(text)),
      ("locations", .array([location(diagnostic)])),
      ("partialFingerprints", .object([("cupel/v1", .string(diagnostic.fingerprint))])),
      ("properties", .object(properties)),
    ])
  }

  private static func location(_ diagnostic: Diagnostic) -> JSON {
    var members: [(String, JSON)] = []
    if let place = diagnostic.place {
      var physical: [(String, JSON)] = [("artifactLocation", artifactLocation(place.file))]
      if let line = place.line {
        physical.append(("region", .object([("startLine", .integer(Int64(line)))])))
      }
      members.append(("physicalLocation", .object(physical)))
    }
    members.append(
      (
        "logicalLocations",
        .array([.object([("fullyQualifiedName", .string(diagnostic.subject))])])
      ))
    return .object(members)
  }

  private static func artifactLocation(_ file: String) -> JSON {
    if file.hasPrefix("/") { return .object([("uri", .string("file://\(encoded(file))"))]) }
    return .object([("uri", .string(encoded(file))), ("uriBaseId", .string(root))])
  }

  /// A path as a URI has it (RFC 3986, 2.3 and 3.3). A colon could end a scheme, so it is encoded too.
  private static func encoded(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF".utf8)
    var encoded: [UInt8] = []
    for byte in path.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "."),
        UInt8(ascii: "_"), UInt8(ascii: "~"), UInt8(ascii: "/"):
        encoded.append(byte)
      default:
        encoded += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: encoded, as: UTF8.self)
  }

  /// A message of plain text in which nothing is a placeholder (3.11.5) and nothing a link (3.11.6).
  private static func message(_ text: String) -> JSON {
    let inert = text.replacingBytes("{", with: "{{").replacingBytes("}", with: "}}")
      .replacingBytes("](", with: "] (")
    return .object([("text", .string(inert))])
  }
}
