internal import Planning
internal import Sandboxing

/// Finds the unit that a process belongs to.
///
/// What the kernel holds comes first: which file cargo's child runs, and which libraries rustc has
/// mapped. Only where that says nothing are variables and arguments asked, which a program can set,
/// and the unit is marked so. It is cargo's own child that counts, not the nearest build script: a
/// script can run a copy of another package's.
struct Attribution {
  let toolchain: ToolchainInput
  var files = AnnouncedFiles()

  /// What has to be read of the processes of a build.
  static func interest(_ relocation: Relocation) -> ProcessTrace.Interest {
    ProcessTrace.Interest(
      environment: ["CARGO_PKG_NAME", "CARGO_PKG_VERSION", "CARGO_CRATE_NAME", "OUT_DIR"],
      libraryFolder: relocation.moved(SandboxPaths.target))
  }

  func unit(of trace: ProcessTrace) -> Unit {
    var line = trace.processes[...]
    if let root = line.last, Self.isSame(root.executable, toolchain.cargo) {
      line.removeLast()
      if line.isEmpty { return Unit(step: .cargo, executable: root.executable) }
    }
    guard let outermost = line.last else { return Unit(step: .unknown, executable: "") }
    // A process that cargo has forked and that has not become anything else yet.
    if Self.isSame(outermost.executable, toolchain.cargo), trace.processes.count > line.count {
      return Unit(step: .cargo, executable: outermost.executable)
    }
    if isCompiler(outermost) { return compilation(outermost, children: line.dropLast()) }
    return script(outermost) ?? claimed(line, outermost)
  }

  private static func isSame(_ first: String, _ second: String) -> Bool {
    first.utf8.elementsEqual(second.utf8)
  }

  // MARK: Build scripts

  private func script(_ process: ProcessTrace.Process) -> Unit? {
    let (path, isDeleted) = Self.path(process.executable)
    if let file = files.buildScript(at: path) {
      let isSure = !file.isDisputed && !isDeleted
      return Unit(
        step: .buildScript, packages: [file.package], evidence: isSure ? .kernel : .claimed,
        executable: process.executable)
    }
    guard let folder = Self.scriptFolder(path) else { return nil }
    let package = Self.claimedPackage(process).flatMap { package in
      folder.hasPrefix(package.name + "-") ? package : nil
    }
    return Unit(
      step: .buildScript, packages: package.map { [$0] } ?? [],
      evidence: package == nil ? .none : .claimed, executable: process.executable)
  }

  /// Proc shows the file of a process that was removed with a word behind it (proc_pid_exe(5)).
  private static func path(_ shown: String) -> (path: String, isDeleted: Bool) {
    let mark = " (deleted)"
    return shown.hasSuffix(mark) ? (String(shown.dropLast(mark.count)), true) : (shown, false)
  }

  /// `app-0a2e68b502cad0b1` of `/build/target/release/build/app-0a2e68b502cad0b1/build-script-build`.
  private static func scriptFolder(_ path: String) -> Substring? {
    guard path.hasPrefix(SandboxPaths.target + "/") else { return nil }
    let parts = path.split(separator: "/")
    guard parts.count >= 3, parts[parts.count - 1].hasPrefix("build-script-"),
      parts[parts.count - 3] == "build"
    else { return nil }
    return parts[parts.count - 2]
  }

  // MARK: Claims

  /// A process that cargo did not start as what it is now, or that lost its parents.
  private func claimed(
    _ line: ArraySlice<ProcessTrace.Process>, _ outermost: ProcessTrace.Process
  ) -> Unit {
    for process in line.reversed() {
      guard let package = Self.claimedPackage(process) else { continue }
      // Cargo sets it for rustc and not for build scripts (cargo's reference, "Environment
      // Variables").
      let isCompiler = process.environment["CARGO_CRATE_NAME"] != nil
      return Unit(
        step: isCompiler ? .rustc : .buildScript, packages: [package], evidence: .claimed,
        executable: outermost.executable)
    }
    return Unit(step: .unknown, executable: outermost.executable)
  }

  private static func claimedPackage(_ process: ProcessTrace.Process) -> CargoPackage? {
    guard let name = process.environment["CARGO_PKG_NAME"],
      let version = process.environment["CARGO_PKG_VERSION"]
    else { return nil }
    return CargoPackage(name: name, version: version)
  }

  // MARK: Compilers

  /// rustc, or its wrapper, which becomes rustc.
  private func isCompiler(_ process: ProcessTrace.Process) -> Bool {
    Self.isSame(process.executable, toolchain.rustc)
      || Self.isSame(process.executable, SandboxPaths.wrapper)
  }

  private func compilation(
    _ compiler: ProcessTrace.Process, children: ArraySlice<ProcessTrace.Process>
  ) -> Unit {
    if !children.isEmpty, children.allSatisfy(Self.isLinker) {
      return compilation(compiler, as: .linker)
    }
    var macros: [CargoPackage] = []
    var isSure = !compiler.hasMoreLibraries
    for library in compiler.libraries {
      let (path, isDeleted) = Self.path(library)
      guard let file = files.library(at: path) else {
        isSure = false
        continue
      }
      if isDeleted || file.isDisputed { isSure = false }
      if file.kind == .procMacro, !macros.contains(file.package) { macros.append(file.package) }
    }
    guard !macros.isEmpty else { return compilation(compiler, as: .rustc) }
    return Unit(
      step: .procMacro, packages: macros, compiling: Self.crate(compiler),
      evidence: isSure ? .kernel : .claimed, executable: toolchain.rustc)
  }

  private func compilation(_ compiler: ProcessTrace.Process, as step: Unit.Step) -> Unit {
    let package = Self.claimedPackage(compiler)
    return Unit(
      step: step, packages: package.map { [$0] } ?? [], compiling: Self.crate(compiler),
      evidence: package == nil ? .none : .claimed, executable: toolchain.rustc)
  }

  /// The value of `--crate-name`.
  private static func crate(_ compiler: ProcessTrace.Process) -> String? {
    let arguments = compiler.arguments
    guard let option = arguments.firstIndex(of: "--crate-name"),
      arguments.indices.contains(option + 1), CargoPackage.isName(arguments[option + 1])
    else { return nil }
    return arguments[option + 1]
  }

  /// Compiler drivers and linkers of the rootfs or toolchain: `x86_64-linux-gnu-gcc-12`, `ld.bfd`.
  private static func isLinker(_ process: ProcessTrace.Process) -> Bool {
    let isWritable =
      process.executable.hasPrefix("/build/")
      && !process.executable.hasPrefix(SandboxPaths.toolchain + "/")
    guard !isWritable, let file = process.executable.split(separator: "/").last else {
      return false
    }
    let words = file.split { $0 == "-" || $0 == "." }.filter { Int($0) == nil }
    return words.last.map { linkers.contains(String($0)) } ?? false
  }

  private static let linkers: Set<String> = [
    "cc", "c++", "gcc", "g++", "clang", "clang++", "collect2", "ld", "bfd", "gold", "lld", "mold",
    "as", "ar", "lto1", "wrapper",
  ]
}
