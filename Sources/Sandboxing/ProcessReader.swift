internal import Linux

/// Reads process traces from /proc while a caller waits for its answer.
struct ProcessReader {
  let interest: ProcessTrace.Interest
  /// The sandbox's first process: traces end above it.
  let initPID: Int32
  /// Where a child of init still runs this, it has not become the sandbox's program yet.
  private let ownExecutable: String

  init(interest: ProcessTrace.Interest, initPID: Int32) {
    self.interest = interest
    self.initPID = initPID
    ownExecutable = (try? Machine.executablePath()) ?? ""
  }

  private static let deepest = 64
  static let mostArguments = 256
  private static let mostBytes = 256 << 10
  static let longestValue = 4096
  /// Bytes of text in one trace: traces are kept, and whoever is traced decides how long they are.
  static let mostText = 256 << 10

  /// Which process or thread a number means: numbers are used again, with another start.
  struct Identity: Hashable {
    let id: Int32
    /// Clock ticks after boot (proc_pid_stat(5)).
    let start: UInt64
  }

  /// Nil when there is none of this number any more.
  func identity(of id: Int32) -> Identity? { place(of: id)?.identity }

  private func place(of id: Int32) -> (identity: Identity, parent: Int32)? {
    guard let stat = ForeignProcess(id).file("stat", limit: 4096) else { return nil }
    // The name in parentheses may hold anything.
    guard let end = stat.lastIndex(of: UInt8(ascii: ")")) else { return nil }
    let fields = stat[(end + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let parent = Int32(Self.text(fields[1])),
      let start = UInt64(Self.text(fields[19]))
    else { return nil }
    return (Identity(id: id, start: start), parent)
  }

  func executable(of id: Int32) -> String {
    ForeignProcess(id).link("exe").map { Self.text($0) } ?? ""
  }

  /// The line from a waiting thread upwards. An ancestor that went away meanwhile ends it: its
  /// number may be another's by now.
  func trace(thread: Int32) -> ProcessTrace {
    var line: [(identity: Identity, parent: Int32, process: ProcessTrace.Process)] = []
    var id = thread
    var room = Self.mostText
    while line.count < Self.deepest, id > 0, id != initPID, let place = place(of: id) {
      let process = read(id, pid: line.isEmpty ? group(of: id) : id, room: &room)
      if place.parent == initPID, process.executable == ownExecutable { break }
      line.append((place.identity, place.parent, process))
      id = place.parent
    }
    var processes: [ProcessTrace.Process] = []
    for link in line {
      guard let place = place(of: link.identity.id), place.identity == link.identity,
        place.parent == link.parent
      else { break }
      processes.append(link.process)
    }
    return ProcessTrace(processes: processes)
  }

  /// What the process of a waiting thread was started with, and by which process.
  func announcement(
    thread: Int32
  ) -> (executable: String, parent: Identity, announcement: Announcement)? {
    guard let place = place(of: thread), let parent = identity(of: place.parent) else { return nil }
    let process = ForeignProcess(thread)
    let line = process.file("cmdline", limit: Announcement.longest) ?? []
    let environment = process.file("environ", limit: Announcement.longest) ?? []
    var variables: [String: String] = [:]
    for entry in environment.split(separator: 0) {
      guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = Self.text(entry[..<equals])
      guard interest.environment.contains(name), variables[name] == nil else { continue }
      variables[name] = Self.text(entry[(equals + 1)...])
    }
    let arguments = line.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    return (
      executable(of: thread), parent,
      Announcement(
        arguments: arguments.map { Self.text($0) }, environment: variables,
        isTruncated: max(line.count, environment.count) >= Announcement.longest)
    )
  }

  /// Whether a thread's process is a child of `parent` and has not become another program yet.
  func isChild(_ thread: Int32, of parent: Identity) -> Bool {
    guard let place = place(of: thread), place.parent == parent.id,
      identity(of: parent.id) == parent
    else { return false }
    let own = executable(of: thread)
    return !own.isEmpty && own.utf8.elementsEqual(executable(of: parent.id).utf8)
  }

  /// What execve(2) is about to start; nil where it cannot be read as a whole.
  func launch(_ arguments: [UInt64], _ caller: ForeignProcess) -> Launch? {
    var room = Launch.longest
    guard let path = CallPath.absolute(at: arguments[0], from: nil, caller),
      let program = String(validating: path, as: UTF8.self),
      let folder = caller.link("cwd"), let directory = String(validating: folder, as: UTF8.self),
      let own = Self.strings(at: arguments[1], caller, room: &room),
      let environment = Self.strings(at: arguments[2], caller, room: &room)
    else { return nil }
    return Launch(
      program: program, arguments: own, environment: environment, directory: directory)
  }

  /// Strings of a list that ends with a null pointer; nil where one is no text, or there is no room.
  private static func strings(
    at pointer: UInt64, _ caller: ForeignProcess, room: inout Int
  ) -> [String]? {
    let words = caller.words(at: pointer, count: Launch.mostStrings)
    guard let end = words.firstIndex(of: 0) else { return nil }
    var found: [String] = []
    for word in words[..<end] {
      guard let bytes = text(at: word, caller), bytes.count < room,
        let string = String(validating: bytes, as: UTF8.self)
      else { return nil }
      room -= bytes.count + 1
      found.append(string)
    }
    return found
  }

  /// The bytes up to a zero byte; nil where there is none within a mebibyte. Most are short.
  private static func text(at address: UInt64, _ caller: ForeignProcess) -> [UInt8]? {
    var found: [UInt8] = []
    var count = 512
    while found.count < Launch.longest {
      let part = caller.memory(at: address + UInt64(found.count), count: count)
      if let end = part.firstIndex(of: 0) { return found + part[..<end] }
      guard !part.isEmpty else { return nil }
      found += part
      count = 65536
    }
    return nil
  }

  /// The process that a thread belongs to.
  func group(of thread: Int32) -> Int32 {
    let status = ForeignProcess(thread).file("status", limit: 4096) ?? []
    for line in status.split(separator: UInt8(ascii: "\n")) {
      let fields = line.split(separator: UInt8(ascii: "\t"))
      if fields.count == 2, Self.text(fields[0]) == "Tgid:", let id = Int32(Self.text(fields[1])) {
        return id
      }
    }
    return thread
  }

  /// What decides to whom a call belongs is read first, so that it does not lack room.
  private func read(_ id: Int32, pid: Int32, room: inout Int) -> ProcessTrace.Process {
    var mapped: (paths: [String], areMore: Bool) = ([], false)
    if let folder = interest.libraryFolder {
      mapped = libraries(of: id, below: folder, room: &room)
    }
    let variables = interest.environment.isEmpty ? [:] : environment(of: id, room: &room)
    return ProcessTrace.Process(
      pid: pid, executable: executable(of: id), arguments: arguments(of: id, room: &room),
      environment: variables, libraries: mapped.paths, hasMoreLibraries: mapped.areMore)
  }

  private func arguments(of id: Int32, room: inout Int) -> [String] {
    let bytes = ForeignProcess(id).file("cmdline", limit: 65536) ?? []
    var found: [String] = []
    for argument in bytes.split(
      separator: 0, maxSplits: Self.mostArguments, omittingEmptySubsequences: false
    ).dropLast() {
      guard let text = Self.text(argument.prefix(Self.longestValue), room: &room) else { break }
      found.append(text)
    }
    return found
  }

  private func environment(of id: Int32, room: inout Int) -> [String: String] {
    let bytes = ForeignProcess(id).file("environ", limit: Self.mostBytes) ?? []
    var found: [String: String] = [:]
    for entry in bytes.split(separator: 0) {
      guard let equals = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
      let name = Self.text(entry[..<equals])
      // getenv(3) takes the first of several.
      guard interest.environment.contains(name), found[name] == nil else { continue }
      found[name] = Self.text(entry[(equals + 1)...].prefix(Self.longestValue), room: &room)
    }
    return found
  }

  private func libraries(
    of id: Int32, below folder: String, room: inout Int
  ) -> (paths: [String], areMore: Bool) {
    let limit = Self.mostBytes * 4
    let bytes = ForeignProcess(id).file("maps", limit: limit) ?? []
    var areMore = bytes.count == limit
    let prefix = Array("\(folder)/".utf8)
    var found: Set<String> = []
    for line in bytes.split(separator: UInt8(ascii: "\n")) {
      // address perms offset dev inode path, the path from the first slash on
      let fields = line.split(separator: UInt8(ascii: " "), maxSplits: 2)
      guard fields.count == 3, fields[1].contains(UInt8(ascii: "x")),
        let slash = line.firstIndex(of: UInt8(ascii: "/")), line[slash...].starts(with: prefix)
      else { continue }
      let path = Self.text(line[slash...])
      guard !found.contains(path) else { continue }
      guard path.utf8.count <= room else {
        areMore = true
        break
      }
      room -= path.utf8.count
      found.insert(path)
    }
    return (found.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, areMore)
  }

  /// Nil where there is no room for it.
  private static func text(_ bytes: some Collection<UInt8>, room: inout Int) -> String? {
    let text = text(bytes)
    guard text.utf8.count <= room else { return nil }
    room -= text.utf8.count
    return text
  }

  private static func text(_ bytes: some Collection<UInt8>) -> String {
    String(decoding: bytes, as: UTF8.self)
  }
}
