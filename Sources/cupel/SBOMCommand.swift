import ArgumentParser
import Failing
import Linux
import Listing
import Reading

/// `cupel sbom`.
struct SBOMCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sbom",
    abstract: "List what an artifact was built from, as CycloneDX or SPDX.",
    discussion: """
      Reads the output folder of a build and writes the bill of materials of one artifact, or of
      all of them, to standard output: the packages whose units the build really ran, and, after
      `cupel build --sbom`, what the linker put in beside them (docs/sbom.md). The same build gives
      the same bytes.

      Exit status: 0, 2 usage, 3 the folder does not hold a record that agrees with its plan,
      5 the build's kernel could not show the units.

      Examples:
        cupel sbom > rg.cdx.json
        cupel sbom --format spdx --artifact rg
        cupel sbom release/cupel-out --merged --spec-version 1.5
      """)

  @Argument(help: "The output folder of a build.")
  var out = "cupel-out"

  @Option(help: "cyclonedx or spdx (2.3).")
  var format = SBOMFormat.cyclonedx

  @Option(help: "The version of CycloneDX: 1.5, 1.6, 1.7.")
  var specVersion = BillOfMaterials.CycloneDX.v1_6

  @Option(help: "The artifact to list; needed where there are several.")
  var artifact: String?

  @Flag(help: "List all artifacts in one document.")
  var merged = false

  func validate() throws {
    if merged, artifact != nil {
      throw ValidationError("--merged lists all artifacts; leave --artifact out")
    }
  }

  mutating func run() throws {
    let build = try FinishedBuild(folder: out)
    let bill: BillOfMaterials
    if merged {
      bill = try BillOfMaterials(of: build)
    } else {
      bill = BillOfMaterials(
        of: try Inventory(of: try build.artifact(named: artifact), in: build), in: build)
    }
    let json = format == .spdx ? bill.spdx : bill.cycloneDX(specVersion)
    StandardStream.output.write(json.prettyBytes())
    for line in bill.linkWords { Talk.notice(line) }
  }
}

enum SBOMFormat: String, CaseIterable, ExpressibleByArgument {
  case cyclonedx, spdx
}
