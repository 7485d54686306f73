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
  private var facts: [[UInt8]: Facts?] = [:]
  private var members: [[UInt8]: [[UInt8]: Digest?]] = [:]
  private var room: Int64

  private static let longestMap = 256 << 20
  private static let longestRule = 32 << 20
  private static let mostInputs = 1 << 16

  /// What is known of a file that the linker named.
  private struct Facts {
    let path: String
    let kind: RecordedLink.Kind
    let digest: Digest
    let size: Int64
    let soname: String?
    let region: Region
  }

  /// `folder` is where linkers wrote, `target` the dead leg's target folder; `sizeLimit` bounds what is
  /// read of files altogether.
  init(
    _ folder: consuming Directory, target: consuming Directory, inputs: Inputs, store: Store,
    directory: String, sizeLimit: Int64
  ) throws(SystemError) {
    self.folder = folder
    self.target = target
    self.directory = directory
    room = sizeLimit
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
    self.trees = trees
  }

  /// The links of the units in `record` that left anything.
  func record(_ units: UnitRecord) throws(SystemError) -> [RecordedLink] {
    let names = Set(try folder.textEntries().entries.map { Array($0.name.utf8) })
    var links: [RecordedLink] = []
    for unit in units.units where unit.kind == .program || unit.kind == .foreignLibrary {
      let stem = unit.crate + unit.hash
      guard names.contains(Array("\(stem).map".utf8)) || names.contains(Array("\(stem).d".utf8))
      else { continue }
      links.append(try link(unit, stem: stem))
    }
    return links
  }

  private func link(_ unit: RecordedUnit, stem: String) throws(SystemError) -> RecordedLink {
    var defects: [String] = []
    var map: LinkMap?
    var opened: LinkInputs?
    do throws(ReadingError) {
      map = try LinkMap(parsing: text("\(stem).map", limit: Self.longestMap), file: "\(stem).map")
    } catch {
      defects.append(error.chain)
    }
    do throws(ReadingError) {
      opened = try LinkInputs(
        parsing: text("\(stem).d", limit: Self.longestRule), file: "\(stem).d")
    } catch {
      defects.append(error.chain)
    }
    let needed = needed(by: unit)
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
    return RecordedLink(
      crate: unit.crate, hash: unit.hash, form: map?.form, needed: needed,
      inputs: inputs.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map(\.value),
      defects: defects)
  }

  /// One file under two names.
  private static func merged(
    _ a: RecordedLink.Input, _ b: RecordedLink.Input
  ) -> RecordedLink.Input {
    RecordedLink.Input(
      path: a.path, kind: a.kind, digest: a.digest, size: a.size, soname: a.soname,
      linked: max(a.linked, b.linked), contributes: a.contributes || b.contributes,
      members: a.members.isEmpty ? b.members : a.members)
  }

  /// Empty for what is not there; the reader then says what is wrong.
  private func text(_ name: String, limit: Int) throws(ReadingError) -> [UInt8] {
    do throws(SystemError) {
      return try folder.open(name).readToEnd(limit: limit)
    } catch {
      throw ReadingError(
        file: name, position: nil, role: .input, fact: .syntax(error.reason.printable))
    }
  }

  private func needed(by unit: RecordedUnit) -> [String] {
    for output in unit.outputs where output.digest != nil {
      if let facts = below(target, output.name, shown: ""), facts.kind == .shared,
        let file = try? ELFFile.read(facts.region),
        let dynamic = try? ELFDynamic.read(file, facts.region).facts
      {
        return dynamic.needed
      }
    }
    return []
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
    let file = FileSystem.split(facts.path).name
    let isNeeded =
      facts.kind == .shared
      && needed.contains { $0.utf8.elementsEqual((facts.soname ?? file).utf8) }
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
      guard region.size <= room else { return nil }
      room -= region.size
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
        guard wanted.contains(name), extent.size <= room,
          let region = archive.region.region(at: extent.start, count: extent.size)
        else { continue }
        room -= extent.size
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
