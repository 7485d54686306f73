import Linux
import Sandboxing
import Testing

/// The library that moves the clock (Sources/Planning/Embedded/clock.c), and who loads it.
@Suite struct PreloadTests {
  private static let offset: Int64 = 398 * 86400
  private static let place = "/tests"

  /// Compiled on this host once: the library, programs that look for it, and a static one.
  private static let programs: Result<String, CommandError> = {
    let here = "/" + #filePath.split(separator: "/").dropLast().joined(separator: "/")
    let folder = "\(here)/../../.build/cupel-test-clock"
    do throws(CommandError) {
      _ = try Command(
        [
          "sh", "-ec",
          """
          rm -rf "$1"
          mkdir -p "$1"
          cd "$1"
          cc -shared -fPIC -O2 -ffreestanding -fexceptions -fno-stack-protector -nostdlib \
            -Wall -Wextra -Werror -Wl,-z,now -Wl,-z,defs -DOFFSET=\(offset)L \
            -o clock.so "$2/../../Sources/Planning/Embedded/clock.c" -lc -ldl
          cc -w -o waits "$2/waits.c"
          printf '#include <stdio.h>\\n#include <time.h>\\nint main(void) {\\n\
          printf("%%ld\\\\n", (long)time(0)); }' > time.c
          cc -static -o static time.c
          cc -o dynamic time.c
          ln -sf static link
          printf '#!/tests/static\\n' > script
          printf '#!/bin/sh\\ndate +%%s\\n' > shell-script
          : > nothing
          chmod 755 script shell-script nothing
          printf x > plain
          """, "sh", folder, here,
        ], timeout: 120
      ).runChecked()
      return .success(folder)
    } catch {
      return .failure(error)
    }
  }()

  private struct Seen {
    let run: Run
    let reach: PreloadReach?
    /// Seconds of the wall clock when it had ended.
    let now = Machine.wallClockSeconds

    var reached: [String: Int] {
      let programs = reach?.programs ?? []
      return Dictionary(
        programs.map { (FileSystem.split($0.executable).name, $0.count) }, uniquingKeysWith: +)
    }

    /// `static 2`, in the order in which they were seen.
    var missed: [String] {
      (reach?.missed ?? []).map {
        "\(FileSystem.split($0.executable).name) \($0.linkage.rawValue) \($0.count)"
      }
    }

    /// How far each line of the output, a time, is from now.
    var offsets: [Int64?] {
      run.lines.map { line in Int64(line).map { ($0 - now + 30) / 60 * 60 } }
    }
  }

  private static func see(
    _ script: String, change: (inout Sandbox) -> Void = { _ in }
  ) throws -> Seen {
    let programs = try programs.get()
    var sandbox = try Sandbox.ofHost(["/bin/sh", "-c", script])
    sandbox.mounts += [
      .file("/etc/ld.so.preload", contents: "\(place)/clock.so\n"),
      .directory(place), .bind(source: programs, target: place),
    ]
    sandbox.watchesPreload = true
    change(&sandbox)
    var reach: PreloadReach?
    let run = try Run(sandbox) { _ in
    } ended: {
      reach = $0.preloadReach
    }
    return Seen(run: run, reach: reach)
  }

  // MARK: The time

  @Test func programsSeeTheOtherTime() throws {
    let seen = try Self.see(
      """
      date +%s
      /usr/bin/python3 -c 'import time, datetime; print(int(time.time()));
      print(int(datetime.datetime.now().timestamp())); print(time.clock_gettime_ns(11) // 10**9)'
      perl -e 'use Time::HiRes; print time, "\\n", int Time::HiRes::time, "\\n"'
      bash -c 'printf "%(%s)T\\n" -1; echo $EPOCHSECONDS'
      \(Self.place)/dynamic; env -i \(Self.place)/dynamic; \(Self.place)/shell-script
      """)
    #expect(seen.run.outcome.ending == .exited(0), "\(seen.run.error)")
    #expect(seen.run.error.isEmpty, "\(seen.run.error)")
    #expect(seen.offsets == Array(repeating: Self.offset, count: 11), "\(seen.run.output)")
    #expect(seen.run.denials.isEmpty)
  }

  /// Spans, the times of files and the environment are those of everybody.
  @Test func nothingElseIsMoved() throws {
    let seen = try Self.see(
      """
      : > /tmp/file; stat -c %Y /tmp/file
      env | grep -ci -e clock -e preload -e cupel
      cut -d. -f1 /proc/uptime
      /usr/bin/python3 -c 'import time; print(int(time.monotonic())); print(int(time.clock_gettime(7)))
      began = time.monotonic(); time.sleep(0.2); print(round(time.monotonic() - began, 1))'
      """)
    let lines = seen.run.lines
    try #require(lines.count == 6, "\(seen.run.output)\(seen.run.error)")
    #expect(abs(try #require(Int64(lines[0])) - seen.now) < 60)
    #expect(lines[1] == "0")
    let uptime = try #require(Int64(lines[2]))
    #expect(abs(try #require(Int64(lines[3])) - uptime) < 60)
    #expect(abs(try #require(Int64(lines[4])) - uptime) < 60)
    #expect(["0.2", "0.3", "0.4", "0.5"].contains(lines[5]))
  }

  /// Each of the functions that wait until a moment, a tenth of a second from now by their clock.
  @Test func waitsUntilAMomentEnd() throws {
    let seen = try Self.see("\(Self.place)/waits")
    #expect(seen.run.outcome.ending == .exited(0), "\(seen.run.error)")
    #expect(seen.run.lines.count >= 22, "\(seen.run.output)")
    for line in seen.run.lines { #expect(line.hasSuffix(" ok"), "\(line)") }
    #expect(seen.reached["waits"] == 1)
  }

  /// faketime hangs rustc: jemalloc asks for the time while it is set up. The clock that make compares
  /// with is that of the files.
  @Test func compilersAndMakeWork() throws {
    let seen = try Self.see(
      """
      cd /tmp
      printf 'int main(void) { return 0; }\\n' > a.c
      printf 'a: a.c\\n\\tgcc -o a a.c\\n' > Makefile
      make 2>&1; make 2>&1; ./a
      """)
    #expect(seen.run.outcome.ending == .exited(0), "\(seen.run.error)")
    #expect(seen.run.lines == ["gcc -o a a.c", "make: 'a' is up to date."], "\(seen.run.output)")
    #expect(seen.missed == [])
    #expect(seen.reached["cc1"] == 1)
  }

  // MARK: Who loads it

  @Test func everyProgramIsCounted() throws {
    let seen = try Self.see(
      "true; /bin/true; /usr/bin/env true; (echo $(/bin/date)); env -i /bin/true; exec /bin/true")
    #expect(seen.run.outcome.ending == .exited(0), "\(seen.run.error)")
    #expect(seen.reached == ["dash": 1, "true": 4, "env": 2, "date": 1], "\(seen.reached)")
    #expect(seen.reach?.reached == 8)
    #expect(seen.missed == [])
  }

  @Test func staticProgramsAreNamed() throws {
    let seen = try Self.see(
      "cd \(Self.place); ./static; ./link; ./script; sh -c ./static; /bin/true")
    #expect(seen.offsets == [0, 0, 0, 0], "\(seen.run.output)")
    #expect(seen.missed == ["static static 4"])
    #expect(seen.reached == ["dash": 2, "true": 1], "\(seen.reached)")
    let missed = try #require(seen.reach?.missed.first)
    #expect(missed.executable == "\(Self.place)/static")
    #expect(missed.caller.processes.map(\.executable).first == "\(Self.place)/static")
    #expect(missed.caller.processes.count == 2)
  }

  /// What cannot be executed has not begun.
  @Test func callsThatFailCountForNothing() throws {
    let seen = try Self.see(
      """
      cd \(Self.place)
      for program in ./plain ./none . ./nothing; do $program; done
      PATH=/none:/etc:/usr/bin env true
      /usr/bin/python3 -c '
      import os, ctypes
      try: os.execv("/bin/true", ["x" * (4 << 20)])
      except OSError: os.execv("/bin/true", ["true"])'
      """)
    #expect(seen.run.outcome.ending == .exited(0), "\(seen.run.error)")
    #expect(seen.missed == [], "\(seen.missed)")
    #expect(seen.reached["true"] == 2)
  }

  /// A thread that is not the first executes; the process goes on under its first thread's number.
  @Test func threadsThatExecuteAreTheirProcess() throws {
    let seen = try Self.see(
      """
      /usr/bin/python3 -c '
      import os, threading
      thread = threading.Thread(target=lambda: os.execv("/bin/true", ["true"]))
      thread.start(); thread.join()'
      """)
    #expect(seen.reached["true"] == 1)
    #expect(seen.missed == [])
  }

  /// A program that makes the library's call is none that has loaded it.
  @Test func theCallAloneIsNotBelieved() throws {
    let seen = try Self.see(
      "/usr/bin/python3 -c 'import ctypes; [ctypes.CDLL(None).prctl(0x43555046, 0) for i in range(9)]'"
    )
    #expect(seen.reach?.reached == 2)
  }

  @Test func withoutTheLibraryEverythingIsMissed() throws {
    let seen = try Self.see("date +%s") { sandbox in
      sandbox.mounts.removeAll { $0.target == "/etc/ld.so.preload" }
    }
    #expect(seen.offsets == [0])
    #expect(seen.reach?.reached == 0)
    #expect(seen.missed.sorted() == ["dash dynamic 1", "date dynamic 1"])
  }

  /// Only so many programs are kept.
  @Test func floodsAreBounded() throws {
    let seen = try Self.see(
      """
      mkdir /tmp/many; cd /tmp/many
      for i in $(seq 300); do cp \(Self.place)/static s$i; ./s$i; done > /dev/null
      """)
    #expect(seen.run.outcome.ending == .exited(0), "\(seen.run.error)")
    #expect(seen.reach?.missed.count == 256)
    #expect(seen.reach?.unlistedMissed == 44)
  }

  @Test func withoutAListenerNothingIsKnown() throws {
    let seen = try Self.see("date +%s") { $0.reportsDenials = false }
    #expect(seen.offsets == [Self.offset])
    #expect(seen.reach == nil)
  }

  @Test func whereNobodyAsksNothingIsKnown() throws {
    let seen = try Self.see("date +%s") { $0.watchesPreload = false }
    #expect(seen.offsets == [Self.offset])
    #expect(seen.reach == nil)
  }

  // MARK: /etc

  @Test func theListIsAddedToATreesOwn() throws {
    let scratch = try Scratch()
    let tree = "\(scratch.path)/tree"
    try FileSystem.makeDirectories("\(tree)/etc/folder")
    try FileSystem.write(Array("own.so".utf8), to: "\(tree)/etc/ld.so.preload")
    try FileSystem.write(Array("x".utf8), to: "\(tree)/etc/folder/file")
    try FileSystem.makeSymlink("\(tree)/etc/link", to: "folder/file")
    let copy = "\(scratch.path)/copy"
    try PreloadingEtc.copy(of: tree, naming: "/library.so", to: copy)
    let list = String(decoding: try FileSystem.read("\(copy)/ld.so.preload"), as: UTF8.self)
    #expect(list == "own.so\n/library.so\n")
    #expect(try FileSystem.read("\(copy)/link") == Array("x".utf8))
    #expect(try FileSystem.linkStatus("\(copy)/link").kind == .symlink)
  }
}
