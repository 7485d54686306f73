import Failing
import Linux
import Reading
import Storing

/// An archive of Rust's own installer (rust-installer's README, "Installer Directory Structure"): in
/// one folder `components`, which names them, and for each a folder with its files and `manifest.in`,
/// which lists those that are to be installed.
struct InstallerArchive {
  /// Of the file, for messages.
  let name: String
  /// The folders of all components in it.
  let components: [String]
  /// Such as `1.95.0`.
  let version: String

  /// Bytes that an archive may unpack to: all components of a release with its documentation are
  /// less than 3 GB.
  static let contentsLimit: Int64 = 16 << 30
  static let entryLimit = 500_000

  /// Unpacks the wanted components of the archive at `path`, each into a folder of its own in
  /// `folder`, through one pass over the archive.
  init(
    unpacking path: String, name: String, choice: ComponentChoice, into folder: String
  ) throws(ToolchainError) {
    var reader = TarReader(filename: name)
    var extraction = InstallerExtraction(filename: name, choice: choice, folder: folder)
    var failure: FetchingError?
    let command = Command(
      try Self.decompressor(of: path, name: name) + [path],
      environment: [("PATH", "/usr/local/bin:/usr/bin:/bin"), ("LC_ALL", "C.UTF-8")],
      timeout: 1800)
    let output: Command.Output
    do throws(CommandError) {
      output = try command.run { piece in
        reader.feed(piece, keeping: &failure) { event throws(FetchingError) in
          try extraction.take(event)
        }
      }
    } catch {
      throw .command("unpacking \(name)", error)
    }
    if let failure { throw .unpacking(failure) }
    guard output.status == 0 else {
      // What they call the file is where our copy lies.
      let words = output.errorText.replacing(path, with: name).split(separator: "\n")
        .joined(separator: "; ")
      throw .unreadable(archive: name, words: words)
    }
    do throws(FetchingError) {
      try reader.finish()
    } catch {
      throw .unpacking(error)
    }
    guard let format = extraction.text("rust-installer-version") else {
      throw .notAnInstaller(archive: name, lacks: "rust-installer-version")
    }
    guard format.elementsEqual("3".utf8) else {
      throw .installerVersion(archive: name, found: String(decoding: format, as: UTF8.self))
    }
    guard let components = extraction.text("components") else {
      throw .notAnInstaller(archive: name, lacks: "components")
    }
    self.name = name
    self.components = String(decoding: components, as: UTF8.self).split(separator: "\n")
      .map(String.init)
    for component in self.components where !Lock.Toolchain.isName(component) {
      throw .notAnInstaller(archive: name, lacks: "sound list of components")
    }
    // `1.95.0 (59807616e 2026-04-14)`
    let version = extraction.text("version") ?? []
    self.version = String(decoding: version.prefix { $0 != 0x20 }, as: UTF8.self)
    guard Lock.Toolchain.isWord(self.version) else {
      throw .notAnInstaller(archive: name, lacks: "version")
    }
  }

  /// By the first bytes: the XZ file format 1.2.1, 2.1.1.1; RFC 1952, 2.3.1.
  private static func decompressor(
    of path: String, name: String
  ) throws(ToolchainError) -> [String] {
    let task = "reading \(name)"
    let file = try ToolchainError.doing(task, try FileSystem.open(path))
    var start = [UInt8](repeating: 0, count: 6)
    _ = try ToolchainError.doing(task, try file.read(at: 0, into: &start, count: 6))
    if start == [0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00] {
      // Releases are packed with a dictionary of up to 128 MiB.
      return ["xz", "-dc", "--memlimit-decompress=1GiB", "--"]
    }
    if start.starts(with: [0x1F, 0x8B]) { return ["gzip", "-dc", "--"] }
    throw .unreadable(archive: name, words: "it is neither compressed by xz nor by gzip")
  }
}

/// What is taken out of an installer while it streams by.
private struct InstallerExtraction: ~Copyable {
  private let filename: String
  private let choice: ComponentChoice
  private let folder: String
  /// The folder that holds everything in the archive.
  private var top: String?
  private var entryCount = 0
  private var byteCount: Int64 = 0
  /// The file whose contents come next; nil when they are not wanted.
  private var current: Descriptor?
  /// The small file at the top whose contents come next.
  private var currentText: String?
  private var texts: [String: [UInt8]] = [:]

  private static let textNames = ["components", "version", "rust-installer-version"]
  private static let textLimit: Int64 = 64 << 10

  init(filename: String, choice: ComponentChoice, folder: String) {
    self.filename = filename
    self.choice = choice
    self.folder = folder
  }

  /// The contents of a file at the top, without the newline at their end; nil where there is none.
  func text(_ name: String) -> ArraySlice<UInt8>? {
    guard let bytes = texts[name] else { return nil }
    return bytes.last == UInt8(ascii: "\n") ? bytes.dropLast() : bytes[...]
  }

  mutating func take(_ event: TarReader.Event) throws(FetchingError) {
    switch event {
    case .entry(let entry): try begin(entry)
    case .contents(let bytes):
      if let currentText { texts[currentText, default: []] += bytes }
      do throws(SystemError) {
        try current?.write(Array(bytes))
      } catch {
        throw .system("unpacking \(filename)", error)
      }
    case .endOfFile:
      current = nil
      currentText = nil
    }
  }

  private mutating func begin(_ entry: TarReader.Entry) throws(FetchingError) {
    entryCount += 1
    byteCount += entry.size
    guard entryCount <= InstallerArchive.entryLimit,
      byteCount <= InstallerArchive.contentsLimit
    else { throw reject("it holds more than any toolchain") }
    var path = entry.path[...]
    if entry.kind == .directory, path.hasSuffix("/") { path = path.dropLast() }
    guard let parts = InstalledPath.components(path) else {
      throw reject("\"\(path.printable)\" is not a plain path below one folder")
    }
    let isFile: Bool
    switch entry.kind {
    case .file: isFile = true
    case .directory: isFile = false
    case .symlink, .hardLink: throw reject("\(path.printable) is a link")
    case .special(let word): throw reject("\(path.printable) is \(word)")
    }
    if top == nil { top = parts[0] }
    guard let top, parts[0].utf8.elementsEqual(top.utf8), isFile == false || parts.count > 1 else {
      throw reject("\(path.printable) is not in the folder that its first entry is in")
    }
    if isFile, parts.count == 2, Self.textNames.contains(parts[1]) {
      guard texts[parts[1]] == nil, entry.size <= Self.textLimit else {
        throw reject("\(path.printable) comes twice, or is too large")
      }
      texts[parts[1]] = []
      currentText = entry.size > 0 ? parts[1] : nil
    }
    guard parts.count > 1, choice.name(of: parts[1]) != nil else { return }
    try make(entry, at: parts.dropFirst())
  }

  /// Nothing in the folder is a symlink, for none is ever made there.
  private mutating func make(
    _ entry: TarReader.Entry, at parts: ArraySlice<String>
  ) throws(FetchingError) {
    let place = "\(folder)/\(parts.joined(separator: "/"))"
    do throws(SystemError) {
      guard case .file(let isExecutable) = entry.kind else {
        try FileSystem.makeDirectories(place)
        return
      }
      let (parent, name) = FileSystem.split(place)
      try FileSystem.makeDirectories(parent)
      let file = try Directory(parent).create(name, permissions: isExecutable ? 0o755 : 0o644)
      if entry.size > 0 { current = consume file }
    } catch {
      if error.isAlreadyThere || error.isBlocked {
        throw reject("\(entry.path.printable) comes twice, or is beneath a file")
      }
      throw .system("unpacking \(filename)", error)
    }
  }

  private func reject(_ reason: String) -> FetchingError {
    .badPackage(filename: filename, reason: reason)
  }
}
