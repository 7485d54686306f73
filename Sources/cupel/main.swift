import Failing
import Linux
import Reading
import Sandboxing

let profile = try Profile(parsing: PackageResources.cargo_build_toml, file: "profile")
let identity = Identity()
var mounts = try Skeleton.mounts(
  rootfs: .host, identity: identity, hostname: "localhost", profile: profile)
mounts += [
  .directory("/tmp"), .memory(MemoryMount("/tmp", size: 1 << 30, permissions: 0o1777)),
  .directory("/build"), .directory("/build/src"),
  .memory(MemoryMount("/build", size: 1 << 30, isCollected: true)),
]
let sandbox = Sandbox(
  mounts: mounts, identity: identity, hostname: "localhost",
  environment: [("PATH", "/usr/bin:/bin")], directory: "/",
  arguments: Array(CommandLine.arguments.dropFirst()), profile: profile)
do {
  var running = try RunningSandbox.start(sandbox, streams: .init(input: 0, output: 1, error: 2))
  let outcome = try running.wait()
  if CommandLine.arguments.count > 2 {
    StandardStream.error.write("\(outcome)\n")
    for e in try running.collected("/build").entries() { StandardStream.error.write("\(e)\n") }
  }
} catch let e as SandboxError {
  StandardStream.error.write("error: \(e.chain)\nhint: \(e.bestHint ?? "")\n")
}
