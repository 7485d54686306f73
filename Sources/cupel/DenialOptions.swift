import ArgumentParser
import Reading

/// What refused attempts mean for a build.
struct DenialOptions: ParsableArguments {
  @Option(
    help: """
      Refused attempts of which kinds make the build a failure (exit status 6): `none`, `all`, or \
      names separated by commas: \(Profile.Category.allCases.map(\.rawValue).joined(separator: ", ")) \
      (default: network).
      """)
  var denyIsFailure: DenialPolicy?

  func policy(_ manifest: Manifest.Sandbox) -> DenialPolicy {
    denyIsFailure ?? manifest.denyIsFailure ?? .network
  }
}
