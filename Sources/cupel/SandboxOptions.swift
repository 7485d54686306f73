import ArgumentParser
import Reading

/// What `run` and `shell` can be told about the sandbox.
struct SandboxOptions: ParsableArguments {
  @Option(
    help:
      "A fetched recipe's name, sha256:DIGEST of a tree in the store, or `host` for the host's /usr."
  )
  var rootfs = SandboxRequest().rootfs

  @Option(name: .customLong("env"), help: "Set a variable inside, as NAME=VALUE. Repeatable.")
  var environment: [String] = []

  @Option(help: "Mount a host path read-only inside, as SOURCE:TARGET. Repeatable.")
  var bind: [String] = []

  @Option(help: "Mount a host path writable inside, as SOURCE:TARGET. Repeatable.")
  var bindRw: [String] = []

  @Option(help: "Working folder inside.")
  var chdir = SandboxRequest().chdir

  @Option(help: "Host name inside.")
  var hostname = SandboxRequest().hostname

  @Option(help: "Most memory of the whole sandbox, for example 4G.")
  var memory: ByteCount?

  @Option(help: "Most processes and threads at one time.")
  var pids: Int?

  @Option(help: "Kill everything after this long, for example 90s or 1h30m.")
  var timeout: Seconds?

  @Option(
    help: "Most bytes in each writable folder; they live in memory (default: the profile's share).")
  var targetSize: ByteCount?

  @Option(help: "Profile of what the sandbox allows: a name or a .toml file.")
  var sandboxProfile: String?

  @Option(
    help: "Look at the rootfs before it is used: cached (hash it if it changed), full (hash it).")
  var verifyStore: StoreVerification?

  @Option(
    help: """
      Refused attempts of which kinds make the exit status 6: `none`, `all`, or names separated by \
      commas.
      """)
  var denyIsFailure = SandboxRequest().denyIsFailure

  var request: SandboxRequest {
    SandboxRequest(
      rootfs: rootfs, environment: environment, bind: bind, bindRw: bindRw, chdir: chdir,
      hostname: hostname, memory: memory, pids: pids, timeout: timeout, targetSize: targetSize,
      profile: sandboxProfile ?? SandboxRequest().profile, verifyStore: verifyStore,
      denyIsFailure: denyIsFailure)
  }
}
