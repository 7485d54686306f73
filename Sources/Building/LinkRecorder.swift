internal import Comparing
internal import Failing
internal import Hashing
internal import Linux
internal import Planning
internal import Reading
internal import Storing

/// Reads what linkers wrote down of a leg's artifacts, when every process of the leg is dead, and
/// digests the files that they named. All of it may have been written by a hostile build: files are
/// opened beneath the folders that the leg saw, and sizes and counts are bounded.
final class LinkRecorder {
  private let folder: Directory
  private let target: Directory
  /// Folders of the store, and where the leg saw them; the rootfs last.
  private let trees: [(mount: String, path: String)]
  private let directory: String
  /// When cargo said that a unit was done.
  private let ends: (RecordedUnit) -> FileTime?
  private var facts: [[UInt8]: Facts?] = [:]
  private var members: [[UInt8]: [[UInt8]: Digest?]] = [:]
  private let sizeLimit: Int64
  private var room: Int64
  /// Whether a file was not looked at because `room` did not suffice.
  private var isShort = false

  private static let longestMap = 256 << 20
  private static let longestRule = 32 << 20
  private static let mostInputs = 1 << 16
  private static let longestComment: Int64 = 4096

  /// What is known of a file that the linker named.
  private struct Facts {
    let path: String
    let kind: RecordedLink.Kind
    let digest: Digest
    let size: Int64
    let soname: String?
    let region: Region
  }

  /// `folder` is where linkers wrote, `target` the dead leg's target folder, `trees` what else it saw,
  /// `ends` says when a unit was done; `sizeLimit` bounds what is read of files altogether.
  init(
    _ folder: consuming Directory, target: consuming Directory,
    trees: [(mount: String, path: String)], directory: String, sizeLimit: Int64,
    ends: @escaping (RecordedUnit) -> FileTime?
  ) {
    self.folder = folder
    self.target = target
    self.trees = trees
    self.directory = directory
    self.ends = ends
    self.sizeLimit = sizeLimit
    room = sizeLimit
  }

  /// The folders of the store that a leg with these inputs saw.
  static func trees(
    of inputs: Inputs, in store: Store
  ) throws(SystemError) -> [(mount: String, path: String)] {
    var mounts = [(SandboxPaths.source, inputs.source.digest)]
    mounts += inputs.vendors.map { ($0.mountPath, $0.digest) }
    if let toolchain = inputs.toolchain.digest {
      mounts.append((SandboxPaths.toolchain, toolchain))
    }
    mounts.append(("", inputs.rootfs.digest))
    var trees: [(mount: String, path: String)] = []
    for (mount, digest) in mounts {
      trees.append((mount, try FileSystem.realPath(store.path(of: digest))))
    }
    return trees
  }

  /// One for each file of `units` that is made for others than the build.
  func record(_ units: UnitRecord) throws(SystemError) -> [RecordedLink] {
    let strays = try strays(units)
    var links: [RecordedLink] = []
    for unit in units.units where unit.kind == .program || unit.kind == .foreignLibrary {
      for output in unit.outputs {
        let name = output.name
        var link: RecordedLink
        if name.hasSuffix(".a") {
          link = try archive(unit, output: name, among: units.units)
        } else if name.hasSuffix(".so") || output.name.hasSuffix(unit.crate + unit.hash) {
          link = try self.link(unit, output: name, strays: strays)
        } else {
          continue
        }
        if isShort {
          link.defects.append("more than \(sizeLimit) bytes to read: some files were not looked at")
        }
        links.append(link)
      }
    }
    return links
  }

  /// What is wrong with the folder that linkers write into: files that none was asked for.
  private func strays(_ units: UnitRecord) throws(SystemError) -> [String] {
    var asked: Set<[UInt8]> = []
    for unit in units.units {
      if case .asked(let stem) = LinkRequest(rustc: unit.arguments) {
        asked.formUnion([Array("\(stem).map".utf8), Array("\(stem).d".utf8)])
      }
    }
    let found = try folder.textEntries()
    let others = found.entries.filter { !asked.contains(Array($0.name.utf8)) }
    guard let first = others.first else {
      return found.others == 0 ? [] : ["files that no linker was asked for lie beside its notes"]
    }
    return ["\(first.name), which no linker was asked for, lies beside its notes"]
  }

  private func link(
    _ unit: RecordedUnit, output: String, strays: [String]
  ) throws(SystemError) -> RecordedLink {
    let artifact = artifact(output)
    let needed = artifact?.needed ?? []
    let makers = artifact?.makers.map { "; the artifact names as its maker \($0)" } ?? ""
    guard case .asked(let stem) = LinkRequest(rustc: unit.arguments) else {
      var reason = "the compilation is none whose linker cupel asks"
      if case .notAsked(let words) = LinkRequest(rustc: unit.arguments) { reason = words }
      return RecordedLink(
        crate: unit.crate, hash: unit.hash, output: output, needed: needed,
        defects: ["the linker was not asked: \(reason)\(makers)"])
    }
    var defects = strays
    var map: LinkMap?
    var opened: LinkInputs?
    let end = ends(unit)
    do throws(ReadingError) {
      let name = "\(stem).map"
      let bytes = try text(name, limit: Self.longestMap, endedAt: end)
      do throws(ReadingError) {
        map = try LinkMap(parsing: bytes, file: name)
      } catch {
        defects.append(error.chain + makers)
      }
    } catch {
      defects.append(error.chain)
    }
    do throws(ReadingError) {
      let name = "\(stem).d"
      opened = try LinkInputs(
        parsing: text(name, limit: Self.longestRule, endedAt: end), file: name)
    } catch {
      defects.append(error.chain)
    }
    if let known = map, let contradiction = try contradiction(known, opened, artifact?.file) {
      defects.append("\(stem).map is not believed: \(contradiction)")
      map = nil
    }
    var named = opened?.files ?? []
    var seen = Set(named.map { Array($0.utf8) })
    var parts: [[UInt8]: [LinkMap.Input]] = [:]
    for input in map?.inputs ?? [] {
      let key = Array(input.file.utf8)
      if seen.insert(key).inserted { named.append(input.file) }
      parts[key, default: []].append(input)
    }
    if named.count > Self.mostInputs {
      defects.append("more than \(Self.mostInputs) files")
      named = Array(named.prefix(Self.mostInputs))
    }
    var inputs: [[UInt8]: RecordedLink.Input] = [:]
    for name in named {
      try Interruption.check("reading what a linker opened")
      let input = self.input(name, parts: parts[Array(name.utf8)] ?? [], needed: needed)
      let key = Array(input.path.utf8)
      inputs[key] = inputs[key].map { Self.merged($0, input) } ?? input
    }
    let sorted = inputs.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value)
    for library in needed
    where opened != nil && !sorted.contains(where: { $0.answers(to: library) }) {
      defects.append("the artifact asks for \(library), and the linker opened no such library")
    }
    return RecordedLink(
      crate: unit.crate, hash: unit.hash, output: output, form: map?.form, needed: needed,
      inputs: sorted, defects: defects)
  }

  private func contradiction(
    _ map: LinkMap, _ opened: LinkInputs?, _ artifact: ELFFile?
  ) throws(SystemError) -> String? {
    guard let artifact else { return "the artifact is no ELF file" }
    if let opened {
      // lld leaves `..` out of one and not of the other.
      let names = Set(opened.files.map { LexicalParts($0).parts })
      if let other = map.inputs.first(where: { !names.contains(LexicalParts($0.file).parts) }) {
        return "it names \(other.file), which the linker did not open"
      }
    }
    return try map.contradiction(to: artifact)
  }

  // MARK: Archives

  /// rustc makes archives itself, and copies into them the members of others: the archive shows what
  /// it holds, and the same bytes in another one whose they are.
  private func archive(
    _ unit: RecordedUnit, output: String, among units: [RecordedUnit]
  ) throws(SystemError) -> RecordedLink {
    guard let archive = below(target, output, shown: SandboxPaths.target), archive.kind == .archive,
      let members = contents(of: archive)
    else {
      return RecordedLink(
        crate: unit.crate, hash: unit.hash, output: output,
        defects: ["\(output) is no archive that can be read"])
    }
    var origins: [Digest: String] = [:]
    var files: [String: Facts] = [archive.path: archive]
    for path in sources(of: unit, among: units) {
      try Interruption.check("reading what an archive was made from")
      guard let facts = facts(path), facts.kind == .archive, let members = contents(of: facts)
      else { continue }
      files[facts.path] = facts
      for member in members where origins[member.digest] == nil {
        origins[member.digest] = facts.path
      }
    }
    var parts: [String: [RecordedLink.Member]] = [:]
    for member in members {
      parts[origins[member.digest] ?? archive.path, default: []].append(
        RecordedLink.Member(name: member.name, digest: member.digest, linked: member.size))
    }
    let inputs = parts.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.compactMap {
      path in
      files[path].map { facts in
        let taken = parts[path] ?? []
        return RecordedLink.Input(
          path: path, kind: .archive, digest: facts.digest, size: facts.size,
          linked: taken.reduce(0) { $0 + $1.linked }, contributes: true, members: taken)
      }
    }
    return RecordedLink(crate: unit.crate, hash: unit.hash, output: output, inputs: inputs)
  }

  /// The libraries that rustc can have taken members from: of the units below, and its own.
  private func sources(of unit: RecordedUnit, among units: [RecordedUnit]) -> [String] {
    var paths: [String] = []
    var seen = Set(unit.dependencies)
    var waiting = unit.dependencies
    while let index = waiting.popLast() {
      let other = units[index]
      guard other.kind == .library || other.kind == .buildScriptRun else { continue }
      // Before the libraries that it was copied into.
      let names = other.outputs.map(\.name).filter { $0.hasSuffix(".rlib") || $0.hasSuffix(".a") }
      let found = names.map { "\(SandboxPaths.target)/\($0)" }
      paths = other.kind == .library ? found + paths : paths + found
      for next in other.dependencies where seen.insert(next).inserted { waiting.append(next) }
    }
    for tree in trees where tree.mount == SandboxPaths.toolchain || tree.mount.isEmpty {
      let prefix = tree.mount.isEmpty ? "/usr" : tree.mount
      let folder = tree.mount.isEmpty ? "\(tree.path)/usr" : tree.path
      let triples = (try? Directory("\(folder)/lib/rustlib").entries()) ?? []
      for triple in triples where triple.kind == .directory {
        let libraries =
          (try? Directory("\(folder)/lib/rustlib/\(triple.name)/lib").entries()) ?? []
        for library in libraries where library.name.hasSuffix(".rlib") {
          paths.append("\(prefix)/lib/rustlib/\(triple.name)/lib/\(library.name)")
        }
      }
    }
    return paths
  }

  private func contents(of archive: Facts) -> [(name: String, digest: Digest, size: Int64)]? {
    do throws(ComparingError) {
      var found: [(String, Digest, Int64)] = []
      for extent in try Layout.examine(archive.region, isMember: false)?.extents ?? []
      where extent.part.kind == .archiveMember {
        guard take(extent.size),
          let region = archive.region.region(at: extent.start, count: extent.size)
        else { return nil }
        found.append((extent.part.name ?? "", try region.digest(), extent.size))
      }
      return found
    } catch {
      return nil
    }
  }

  // MARK: Inputs

  /// One file under two names.
  private static func merged(
    _ a: RecordedLink.Input, _ b: RecordedLink.Input
  ) -> RecordedLink.Input {
    RecordedLink.Input(
      path: a.path, kind: a.kind, digest: a.digest, size: a.size, soname: a.soname,
      linked: max(a.linked, b.linked), contributes: a.contributes || b.contributes,
      members: a.members.isEmpty ? b.members : a.members)
  }

  private func text(
    _ name: String, limit: Int, endedAt end: FileTime?
  ) throws(ReadingError) -> [UInt8] {
    var reason: String
    do throws(SystemError) {
      let status = try folder.status(name)
      if status.kind != .regular {
        reason = "it is no file"
      } else if end == nil {
        reason = "cargo did not say when the artifact was done"
      } else if let end, status.changed > end {
        reason = "it was changed after the artifact was done"
      } else {
        return try folder.open(name).readToEnd(limit: limit)
      }
    } catch {
      reason = error.reason.printable
    }
    throw ReadingError(file: name, position: nil, role: .input, fact: .syntax(reason))
  }

  /// What an artifact says of itself, and asks the loader for.
  private func artifact(
    _ output: String
  ) -> (file: ELFFile, needed: [String], makers: String?)? {
    guard let facts = below(target, output, shown: ""),
      let file = try? ELFFile.read(facts.region)
    else { return nil }
    let dynamic = try? ELFDynamic.read(file, facts.region).facts
    let comment = file.sections.first { $0.name == ".comment" && $0.size <= Self.longestComment }
    let bytes = comment.flatMap {
      try? facts.region.bytes(at: $0.offset, count: Int($0.size))
    }
    let makers = bytes?.split(separator: 0).map { String(decoding: $0, as: UTF8.self).printable }
    return (file, dynamic?.needed ?? [], makers?.joined(separator: ", "))
  }

  private func input(
    _ name: String, parts: [LinkMap.Input], needed: [String]
  ) -> RecordedLink.Input {
    let absolute = name.hasPrefix("/") ? name : "\(directory)/\(name)"
    let linked = parts.reduce(Int64(0)) { sum, part in
      let (total, overflow) = sum.addingReportingOverflow(part.size)
      return overflow ? .max : total
    }
    guard let facts = facts(absolute) else {
      let isArchive = parts.contains { $0.member != nil }
      return RecordedLink.Input(
        path: Self.steady(absolute), kind: isArchive ? .archive : .unknown, digest: nil, size: nil,
        linked: linked, contributes: linked > 0,
        members: parts.compactMap { part in
          part.member.map { RecordedLink.Member(name: $0, digest: nil, linked: part.size) }
        })
    }
    let isNeeded =
      facts.kind == .shared
      && needed.contains { RecordedLink.name(facts.path, facts.soname).elementsEqual($0.utf8) }
    let digests = facts.kind == .archive ? memberDigests(of: facts, wanted: parts) : [:]
    return RecordedLink.Input(
      path: facts.path, kind: facts.kind, digest: facts.digest, size: facts.size,
      soname: facts.soname, linked: linked, contributes: linked > 0 || isNeeded,
      members: parts.compactMap { part in
        part.member.map {
          RecordedLink.Member(
            name: $0, digest: digests[Array($0.utf8)] ?? nil, linked: part.size)
        }
      })
  }

  /// Paths hold names that rustc draws by chance (`rustcAb12Cd/symbols.o`); without that part.
  private static func steady(_ path: String) -> String {
    "/"
      + LexicalParts(path).parts.map { isDrawn($0) ? "rustc" : $0 }.joined(separator: "/")
  }

  /// tempfile's six characters behind `rustc` (rustc_codegen_ssa, `MaybeTempDir`).
  private static func isDrawn(_ part: String) -> Bool {
    part.hasPrefix("rustc") && part.utf8.count == 11
      && part.utf8.allSatisfy { 0x30...0x39 ~= $0 || 0x41...0x5A ~= $0 || 0x61...0x7A ~= $0 }
  }

  // MARK: Files

  /// Whether so much may still be read; then it counts as read.
  private func take(_ size: Int64) -> Bool {
    guard size <= room else {
      isShort = true
      return false
    }
    room -= size
    return true
  }

  private func facts(_ path: String) -> Facts? {
    let key = Array(path.utf8)
    if let known = facts[key] { return known }
    let found = look(path)
    facts[key] = .some(found)
    return found
  }

  private func look(_ path: String) -> Facts? {
    let parts = LexicalParts(path)
    if let name = parts.below(SandboxPaths.target) {
      if let found = below(target, name, shown: SandboxPaths.target) { return found }
      // With LTO rustc links copies of rlibs, which it has removed by now; native members are the same.
      var rest = name.split(separator: "/").map(String.init)
      guard rest.count > 1, Self.isDrawn(rest[rest.count - 2]) else { return nil }
      rest.remove(at: rest.count - 2)
      return below(target, rest.joined(separator: "/"), shown: SandboxPaths.target)
    }
    if parts.below("/build") != nil {
      for tree in trees.dropLast() {
        guard let name = parts.below(tree.mount) else { continue }
        guard let root = try? Directory(tree.path) else { return nil }
        return below(root, name, shown: tree.mount)
      }
      return nil
    }
    guard let rootfs = trees.last else { return nil }
    do throws(SystemError) {
      let file = try Directory(rootfs.path).openInRoot(path)
      let real = try FileSystem.realPath("/proc/self/fd/\(file.raw)")
      guard real.hasPrefix(rootfs.path + "/") else { return nil }
      return examine(file, path: String(real.dropFirst(rootfs.path.count)))
    } catch {
      return nil
    }
  }

  private func below(_ root: borrowing Directory, _ name: String, shown: String) -> Facts? {
    do throws(SystemError) {
      return examine(try root.openBeneath(name), path: "\(shown)/\(name)")
    } catch {
      return nil
    }
  }

  private func examine(_ descriptor: consuming Descriptor, path: String) -> Facts? {
    do throws(ComparingError) {
      let region = Region(try OpenFile(descriptor, path: path))
      guard take(region.size) else { return nil }
      let head = try region.bytes(at: 0, count: Int(min(8, region.size))) ?? []
      var kind: RecordedLink.Kind = .script
      var soname: String?
      if head.elementsEqual("!<arch>\n".utf8) {
        kind = .archive
      } else if head.starts(with: [0x7F, 0x45, 0x4C, 0x46]) {
        guard let file = try ELFFile.read(region) else { return nil }
        kind = file.type == 1 ? .object : .shared
        soname = try ELFDynamic.read(file, region).facts?.soname
      }
      return Facts(
        path: path, kind: kind, digest: try region.digest(), size: region.size, soname: soname,
        region: region)
    } catch {
      return nil
    }
  }

  /// Digests of the members that the map names; nil for names that stand for different ones.
  private func memberDigests(
    of archive: Facts, wanted parts: [LinkMap.Input]
  ) -> [[UInt8]: Digest?] {
    let key = Array(archive.path.utf8)
    var known = members[key] ?? [:]
    let wanted = Set(parts.compactMap { $0.member.map { Array($0.utf8) } }).subtracting(known.keys)
    if wanted.isEmpty { return known }
    do throws(ComparingError) {
      for extent in try Layout.examine(archive.region, isMember: false)?.extents ?? []
      where extent.part.kind == .archiveMember {
        let name = Array((extent.part.name ?? "").utf8)
        guard wanted.contains(name), take(extent.size),
          let region = archive.region.region(at: extent.start, count: extent.size)
        else { continue }
        let digest = try region.digest()
        let isOther = known[name].map { $0 != digest } ?? false
        known[name] = .some(isOther ? nil : digest)
      }
    } catch {
      return known
    }
    members[key] = known
    return known
  }
}

/// The parts of an absolute path, `.` and `..` resolved by their letters.
private struct LexicalParts {
  private(set) var parts: [String] = []

  init(_ path: String) {
    for part in path.split(separator: "/") {
      switch part {
      case ".": continue
      case "..": _ = parts.popLast()
      default: parts.append(String(part))
      }
    }
  }

  /// What follows `folder`, nil where the path does not lead below it.
  func below(_ folder: String) -> String? {
    let prefix = folder.split(separator: "/").map(String.init)
    guard parts.count > prefix.count,
      zip(parts, prefix).allSatisfy({ $0.utf8.elementsEqual($1.utf8) })
    else { return nil }
    return parts.dropFirst(prefix.count).joined(separator: "/")
  }
}
