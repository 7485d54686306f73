import Comparing
import Linux
import Listing
import Reading
import Testing

@Suite struct InspectionTests {
  @Test func saysWhatReadelfSays() throws {
    let bench = try Workbench()
    try bench.compile(
      "int f(void) { return 1; }", "libf.so", ["-shared", "-fPIC", "-Wl,-soname,libf.so.3"])
    try bench.run("ln", "-s", "libf.so", "libf.so.3")
    let program = try bench.compile(
      "#include <math.h>\nint f(void); int main(int c, char **v) { return f() - 1 + (int)sin(0 * c); }",
      "program",
      [
        "-L.", "-lf", "-lm", "-Wl,-z,now", "-Wl,-z,relro", "-Wl,-rpath,/opt/x",
        "-Wl,--build-id=sha1",
        "-Wl,--enable-new-dtags", "-fPIE", "-pie", "-g",
      ])
    let found = try Inspection(program)
    #expect(found.type == "position-independent executable")
    #expect(found.machine == "x86_64" || found.machine == "aarch64")
    #expect(found.interpreter?.hasPrefix("/lib") == true)
    #expect(found.relro == .full)
    #expect(found.hasExecutableStack == false)
    #expect(!found.isStripped)
    #expect(found.hasDebugInformation)
    let dynamic = try #require(found.dynamic)
    #expect(dynamic.bindsNow)
    #expect(dynamic.runpath == "/opt/x")
    #expect(dynamic.rpath == nil)
    let listed = try bench.run("readelf", "-dW", "program").split(separator: "\n")
      .filter { $0.contains("(NEEDED)") }
      .compactMap { $0.split(separator: "[").last.map { String($0.dropLast()) } }
    #expect(dynamic.needed == listed)
    #expect(listed.contains("libf.so.3"))
    let id = try #require(found.buildID)
    #expect(try bench.run("readelf", "-nW", "program").contains(id))
    #expect(found.compilers.contains { $0.hasPrefix("GCC: ") })
    #expect(found.dependencies == nil)
    #expect(found.words.contains("needs: libf.so.3"))

    let library = try Inspection("\(bench.path)/libf.so")
    #expect(library.type == "shared library")
    #expect(library.dynamic?.soname == "libf.so.3")
  }

  @Test func tellsKindsApart() throws {
    let bench = try Workbench()
    let source = "int main(void) { return 0; }"
    #expect(try Inspection(bench.compile(source, "object.o", ["-c"])).type == "object")
    let fixed = try Inspection(bench.compile(source, "static", ["-static", "-no-pie", "-s"]))
    #expect(fixed.type == "executable")
    #expect(fixed.dynamic == nil)
    #expect(fixed.isStripped)
    #expect(fixed.words.contains("linked statically"))
    let stack = try Inspection(bench.compile(source, "stack", ["-z", "execstack"]))
    #expect(stack.hasExecutableStack == true)
    let old = try Inspection(
      bench.compile(
        source, "old", ["-Wl,-rpath,/a:/b", "-Wl,--disable-new-dtags", "-Wl,-z,norelro"]))
    #expect(old.dynamic?.rpath == "/a:/b")
    #expect(old.relro == .none)
    let pie = try Inspection(bench.compile(source, "static-pie", ["-static-pie"]))
    #expect(pie.type == "position-independent executable")
    #expect(pie.interpreter == nil)
  }

  @Test func writesJSON() throws {
    let bench = try Workbench()
    let program = try bench.compile("int main(void) { return 0; }", "program")
    let json = try Inspection(program).json
    let again = try JSON(parsing: json.prettyBytes(), file: "inspection")
    #expect(again == json)
    #expect(json["schema"]?.stringValue == "cupel-inspection/1")
    #expect(json["needed"]?.arrayValue?.compactMap(\.stringValue) == ["libc.so.6"])
  }

  @Test func refusesWhatIsNoELFFile() throws {
    let bench = try Workbench()
    for bytes in [[], [0x7F], Array("#!/bin/sh\n".utf8), [0x7F, 0x45, 0x4C, 0x46]] as [[UInt8]] {
      let path = try bench.write(bytes, "file")
      #expect(throws: ListingError.self) { try Inspection(path) }
    }
    try bench.run("ln", "-s", "file", "link")
    #expect(throws: ListingError.self) { try Inspection("\(bench.path)/link") }
    #expect(throws: ListingError.self) { try Inspection("\(bench.path)/nothing") }
  }

  /// Whatever is changed, it is read or refused, and what is read can be shown.
  @Test func outlivesDamage() throws {
    let bench = try Workbench()
    let program = try bench.compile("int main(void) { return 0; }", "program", ["-s"])
    let whole = try FileSystem.read(program)
    var generator = SystemRandomNumberGenerator()
    for round in 0..<1500 {
      var bytes = whole
      if round % 5 == 0 { bytes = Array(bytes.prefix(Int.random(in: 0..<bytes.count))) }
      for _ in 0..<Int.random(in: 1...6) where !bytes.isEmpty {
        let isHeader = Bool.random(using: &generator)
        let place = Int.random(in: 0..<(isHeader ? min(bytes.count, 1024) : bytes.count))
        bytes[place] = [0, 0xFF, 0x80, UInt8.random(in: 0...255)].randomElement() ?? 0
      }
      let path = try bench.write(bytes, "damaged")
      do throws(ListingError) {
        _ = try Inspection(path).words
      } catch {
        #expect(!error.message.isEmpty)
      }
    }
  }
}
