import Failing
import Linux
import Testing

@testable import Staging

/// Archives come from Python's tarfile, some of them bent afterwards.
@Suite struct TarArchiveTests {
  /// Runs Python with `add(name, data=b'', type=…, link='')` and `out(format)` at hand.
  private func archive(_ script: String, format: String = "GNU_FORMAT") throws -> [UInt8] {
    let prelude = """
      import io, sys, tarfile
      from tarfile import REGTYPE, DIRTYPE, SYMTYPE, LNKTYPE, CHRTYPE, BLKTYPE, FIFOTYPE
      buffer = io.BytesIO()
      tar = tarfile.TarFile(fileobj=buffer, mode='w', format=tarfile.\(format))
      def add(name, data=b'', type=REGTYPE, link='', mode=0o644, pax=None):
          info = tarfile.TarInfo(name)
          info.type, info.linkname, info.mode, info.size = type, link, mode, len(data)
          if pax: info.pax_headers = pax
          tar.addfile(info, io.BytesIO(data))

      """
    let output = try Command(
      [
        "python3", "-I", "-S", "-c",
        prelude + script + "\ntar.close()\nsys.stdout.buffer.write(buffer.getvalue())\n",
      ], environment: Scratch.environment, timeout: 30
    ).runChecked()
    return output.standardOutput
  }

  private func refusal(_ bytes: [UInt8]) -> String? {
    do throws(TarError) {
      _ = try TarArchive(parsing: bytes, top: "a-1.0.0")
      return nil
    } catch {
      #expect(error.exitCode == .inputRejected)
      return error.message
    }
  }

  @Test(arguments: ["GNU_FORMAT", "PAX_FORMAT", "USTAR_FORMAT"])
  func readsWhatCratesAreMadeOf(format: String) throws {
    let long = String(repeating: "long-folder/", count: 11) + "file"
    let bytes = try archive(
      """
      add('a-1.0.0', type=DIRTYPE)
      add('a-1.0.0/Cargo.toml', b'[package]')
      add('a-1.0.0/run.sh', b'x' * 1000, mode=0o755)
      add('a-1.0.0/\(long)', b'deep')
      add('a-1.0.0/empty', type=DIRTYPE)
      add('a-1.0.0/link', type=SYMTYPE, link='run.sh')
      """, format: format)
    let archive = try TarArchive(parsing: bytes, top: "a-1.0.0")
    #expect(archive.entries.map(\.path) == ["Cargo.toml", "run.sh", long, "empty", "link"])
    guard case .file(let range, isExecutable: false) = archive.entries[0].content else {
      Issue.record("Cargo.toml is no plain file")
      return
    }
    #expect(Array(bytes[range]) == Array("[package]".utf8))
    guard case .file(let other, isExecutable: true) = archive.entries[1].content else {
      Issue.record("run.sh is not executable")
      return
    }
    #expect(other.count == 1000)
    #expect(archive.entries[3].content == .folder)
    #expect(archive.entries[4].content == .symlink(target: "run.sh"))
  }

  @Test(arguments: [
    ("add('b-1.0.0/x')", "\"b-1.0.0/x\" is not beneath a-1.0.0/"),
    ("add('a-1.0.0x/x')", "\"a-1.0.0x/x\" is not beneath a-1.0.0/"),
    ("add('a-1.0.0')", "\"a-1.0.0\" is not beneath a-1.0.0/"),
    ("add('/a-1.0.0/x')", "\"/a-1.0.0/x\" is not beneath a-1.0.0/"),
    ("add('./a-1.0.0/x')", "\"./a-1.0.0/x\" is not beneath a-1.0.0/"),
    ("add('a-1.0.0/../x')", "\"a-1.0.0/../x\" is not a name that a tree can hold"),
    ("add('a-1.0.0/./x')", "\"a-1.0.0/./x\" is not a name that a tree can hold"),
    ("add('a-1.0.0//x')", "\"a-1.0.0//x\" is not a name that a tree can hold"),
    ("add('a-1.0.0/x/')", "\"a-1.0.0/x/\" is not a name that a tree can hold"),
    (
      "add('a-1.0.0/' + 'n' * 256)",
      "\"a-1.0.0/\(String(repeating: "n", count: 256))\" is not a name that a tree can hold"
    ),
    ("add('a-1.0.0/x'); add('a-1.0.0/x')", "\"a-1.0.0/x\" comes twice"),
    (
      "add('a-1.0.0/Lib.rs'); add('a-1.0.0/lib.rs')",
      "\"a-1.0.0/lib.rs\" and \"a-1.0.0/Lib.rs\" differ only in case or in how they are encoded"
    ),
    (
      "add('a-1.0.0/SRC/x'); add('a-1.0.0/src/y')",
      "\"a-1.0.0/src\" and \"a-1.0.0/SRC\" differ only in case or in how they are encoded"
    ),
    (
      "add('a-1.0.0/caf\\u00e9'); add('a-1.0.0/cafe\\u0301')",
      "\"a-1.0.0/cafe\u{301}\" and \"a-1.0.0/caf\u{E9}\" differ only in case or in how they are encoded"
    ),
    ("add('a-1.0.0/d/x'); add('a-1.0.0/d')", "\"a-1.0.0/d\" comes twice"),
    (
      "add('a-1.0.0/d', type=DIRTYPE); add('a-1.0.0/d', type=DIRTYPE)",
      "\"a-1.0.0/d\" comes twice"
    ),
    (
      "add('a-1.0.0/d'); add('a-1.0.0/d/x')",
      "\"a-1.0.0/d/x\" lies beneath \"a-1.0.0/d\", which is no folder"
    ),
    (
      "add('a-1.0.0/d', type=SYMTYPE, link='e'); add('a-1.0.0/d/x')",
      "\"a-1.0.0/d/x\" lies beneath \"a-1.0.0/d\", which is no folder"
    ),
    ("add('a-1.0.0/x', type=LNKTYPE, link='a-1.0.0/y')", "\"a-1.0.0/x\" is a hard link"),
    ("add('a-1.0.0/x', type=CHRTYPE)", "\"a-1.0.0/x\" is a character device"),
    ("add('a-1.0.0/x', type=BLKTYPE)", "\"a-1.0.0/x\" is a block device"),
    ("add('a-1.0.0/x', type=FIFOTYPE)", "\"a-1.0.0/x\" is a fifo"),
    ("add('a-1.0.0/x', type=b'S')", "\"a-1.0.0/x\" is a sparse file"),
    ("add('a-1.0.0/x', type=b'7')", "\"a-1.0.0/x\" is of the unknown kind 55"),
    ("add('a-1.0.0', type=DIRTYPE)", "there is no file in it"),
    ("", "there is no file in it"),
    ("add('a-1.0.0/x\\udcff')", "a name is not UTF-8"),
    (
      "add('a-1.0.0/x', type=SYMTYPE, link='')",
      "the symlink \"a-1.0.0/x\" leads out of the crate, to \"\""
    ),
    (
      "add('a-1.0.0/x', type=SYMTYPE, link='/etc/shadow')",
      "the symlink \"x\" leads out of the crate, to \"/etc/shadow\""
    ),
    (
      "add('a-1.0.0/x', type=SYMTYPE, link='../b-1.0.0/x')",
      "the symlink \"x\" leads out of the crate, to \"../b-1.0.0/x\""
    ),
    (
      "add('a-1.0.0/d/e/f'); add('a-1.0.0/s', type=SYMTYPE, link='d/e'); "
        + "add('a-1.0.0/x', type=SYMTYPE, link='s/../../../x')",
      "the symlink \"x\" leads out of the crate, to \"s/../../../x\""
    ),
  ])
  func refusesHostileEntries(script: String, words: String) throws {
    let message = try refusal(archive(script))
    #expect(message?.hasPrefix("reading the archive's entry at byte ") == true)
    #expect(message?.hasSuffix(": \(words)") == true, "\(message ?? "accepted")")
  }

  @Test(arguments: [
    (
      "add('a-1.0.0/x', pax={'path': 'a-1.0.0/../../x'})",
      "\"a-1.0.0/../../x\" is not a name that a tree can hold"
    ),
    (
      "add('a-1.0.0/x', pax={'GNU.sparse.major': '1'})",
      "the extended header holds GNU.sparse.major"
    ),
    (
      "add('a-1.0.0/x', b'abc', pax={'size': '512'})",
      "the extended header gives another size than the header"
    ),
    (
      "add('a-1.0.0/x', b'abc', pax={'size': '-1'})",
      "the extended header gives a bad size"
    ),
  ])
  func refusesHostileExtendedHeaders(script: String, words: String) throws {
    let message = try refusal(archive(script, format: "PAX_FORMAT"))
    #expect(message?.hasSuffix(": \(words)") == true, "\(message ?? "accepted")")
  }

  @Test func refusesGlobalNames() throws {
    let bytes = try archive(
      """
      tar.pax_headers = {'path': 'a-1.0.0/y'}
      buffer.write(tar.tarinfo.create_pax_global_header({'path': 'a-1.0.0/y'}))
      tar.offset = buffer.tell()
      add('a-1.0.0/x', b'abc')
      """, format: "PAX_FORMAT")
    #expect(refusal(bytes)?.hasSuffix("the extended header gives path for all entries") == true)
  }

  @Test func acceptsAGlobalComment() throws {
    let bytes = try archive(
      """
      buffer.write(tar.tarinfo.create_pax_global_header({'comment': 'abc'}))
      tar.offset = buffer.tell()
      add('a-1.0.0/x', b'abc')
      """, format: "PAX_FORMAT")
    #expect(refusal(bytes) == nil)
  }

  @Test func refusesBrokenArchives() throws {
    let good = try archive("add('a-1.0.0/x', b'abc')")
    #expect(refusal(good) == nil)
    let first = "reading the archive's entry at byte 0: "
    #expect(refusal([]) == first + "the two zero blocks at the end are missing")
    #expect(refusal(Array(good[..<300])) == first + "it is cut off")
    #expect(refusal(Array(good[..<600])) == first + "it is cut off")
    #expect(
      refusal(Array(good[..<1024]))
        == "reading the archive's entry at byte 1024: the two zero blocks at the end are missing")
    #expect(
      refusal(Array(good[..<1536]))
        == "reading the archive's entry at byte 1024: the two zero blocks at the end are missing")
    #expect(
      refusal(good + good)
        == "reading the archive's entry at byte 1024: there is data after the end")
    var bent = good
    bent[0] = UInt8(ascii: "b")
    #expect(refusal(bent) == first + "the header's checksum is wrong")
    bent = good
    bent[130] = 0x80
    #expect(refusal(bent) == first + "the header's checksum is wrong")
    #expect(
      refusal(checksummed(bent)) == first + "the header's size is not an octal number")
    bent = good
    for index in 124..<135 { bent[index] = UInt8(ascii: "7") }
    #expect(refusal(checksummed(bent)) == first + "it is cut off")
    bent = good
    bent[257] = UInt8(ascii: "X")
    #expect(refusal(checksummed(bent)) == first + "neither a ustar nor a GNU header")
    #expect(
      refusal([UInt8](repeating: 0xFF, count: 2048))
        == first + "the header's checksum is not an octal number")
  }

  @Test func refusesLongNamesThatBelongToNothing() throws {
    let two = try archive(
      "add('a-1.0.0/' + 'd/' * 60 + 'x')\nadd('a-1.0.0/' + 'e/' * 60 + 'x')")
    // The first entry's own header is cut out, so that two long names follow each other.
    let bytes = Array(two[..<1024] + two[1536...])
    #expect(refusal(bytes)?.hasSuffix("the extended header names one thing twice") == true)
    let alone = Array(two[..<1024]) + [UInt8](repeating: 0, count: 1024)
    #expect(refusal(alone)?.hasSuffix("the extended header belongs to no entry") == true)
  }

  /// Any single bent byte is refused or leaves the same names: never a crash, never an escape.
  @Test func survivesBentBytes() throws {
    let good = try archive(
      "add('a-1.0.0/' + 'd/' * 60 + 'x', b'abc')\nadd('a-1.0.0/l', type=SYMTYPE, link='d')")
    for index in stride(from: 0, to: good.count, by: 13) {
      for value: UInt8 in [0, 0x2F, 0x37, 0xFF] {
        var bent = good
        bent[index] = value
        if let archive = try? TarArchive(parsing: bent, top: "a-1.0.0") {
          for entry in archive.entries { #expect(!entry.path.contains("..")) }
        }
        _ = refusal(checksummed(bent))
      }
    }
  }

  /// With the first header's checksum made right.
  private func checksummed(_ bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    for index in 148..<156 { bytes[index] = 0x20 }
    let sum = bytes[..<512].reduce(0) { $0 + Int($1) }
    let octal = Array(String(sum, radix: 8).utf8)
    let digits = [UInt8](repeating: UInt8(ascii: "0"), count: 6 - octal.count) + octal
    bytes.replaceSubrange(148..<156, with: digits + [0, 0x20])
    return bytes
  }
}
