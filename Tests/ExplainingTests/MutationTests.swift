import Explaining
import Testing

/// Broken files must neither trap nor hang, and the sums must hold.
@Suite struct MutationTests {
  private static let interesting: [UInt8] = [0x00, 0x01, 0x7F, 0x80, 0xFE, 0xFF]

  private static func mutate(_ bytes: [UInt8], _ numbers: inout FixedNumbers) -> [UInt8] {
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...6, using: &numbers) {
      let start = Int.random(in: 4..<bytes.count, using: &numbers)
      let fill = interesting.randomElement(using: &numbers) ?? 0
      let isRandom = Bool.random(using: &numbers)
      for index in start..<min(start + Int.random(in: 1...8, using: &numbers), bytes.count) {
        bytes[index] = isRandom ? UInt8.random(in: 0...255, using: &numbers) : fill
      }
    }
    if Int.random(in: 0..<8, using: &numbers) == 0 {
      bytes.removeLast(Int.random(in: 0..<bytes.count / 2, using: &numbers))
    }
    return bytes
  }

  private static func check(_ a: [UInt8], _ b: [UInt8], _ bench: Bench, seed: UInt64) throws {
    var numbers = FixedNumbers(seed: seed)
    for round in 0..<600 {
      let changed = mutate(b, &numbers)
      let original = round % 3 == 0 ? mutate(a, &numbers) : a
      try bench.write(original, "original")
      try bench.write(changed, "mutant")
      let explanation = try Explanation("\(bench.path)/original", "\(bench.path)/mutant")
      #expect((explanation == nil) == (changed == original), "round \(round)")
      #expect(
        explanation?.isConsistent ?? true, "round \(round): \(String(describing: explanation))")
    }
  }

  @Test func programs() throws {
    let bench = try Bench()
    var files: [[UInt8]] = []
    for text in ["/home/a/x.c", "/opt/other/x.c"] {
      try bench.write(
        """
        const char *names[] = { "one", "\(text)", "three" };
        int a(int x) { return names[x][0]; }
        int _start(void) { return a(1) + a(2); }
        """, "s.c")
      try bench.run(["gcc", "-O1", "-nostdlib", "-fPIE", "-pie", "-g", "s.c", "-o", "program"])
      files.append(try bench.read("program"))
    }
    try Self.check(files[0], files[1], bench, seed: 1)
  }

  @Test(arguments: ["-c", "-cg"]) func objects(option: String) throws {
    let bench = try Bench()
    var files: [[UInt8]] = []
    for number in ["1", "1764000000"] {
      try bench.write(
        "int _ZN4main5alpha17hf95c9f23a09829c\(number.count % 10)E(void) { return \(number); }",
        "s.c")
      try bench.run(
        ["gcc", "-O1", "-ffunction-sections", "s.c", "-o", "o"]
          + (option == "-c" ? ["-c"] : ["-c", "-g"]))
      files.append(try bench.read("o"))
    }
    try Self.check(files[0], files[1], bench, seed: 2)
  }

  @Test func archives() throws {
    let bench = try Bench()
    try bench.write("int one(void) { return 1; }", "s.c")
    try bench.run(["gcc", "-c", "s.c", "-o", "a_name_longer_than_sixteen_bytes.o"])
    try bench.run(["ar", "rcsD", "a.a", "a_name_longer_than_sixteen_bytes.o"])
    let bytes = try bench.read("a.a")
    try Self.check(bytes, bytes, bench, seed: 3)
  }

  @Test func modules() throws {
    let code: [UInt8] = [10, 11, 2, 4, 0, 0x41, 1, 0x0B, 4, 0, 0x41, 2, 0x0B]
    let names: [UInt8] =
      [0, 18, 4] + Array("name".utf8) + [1, 11, 2, 0, 3, 0x6F, 0x6E, 0x65]
      + [1, 3, 0x74, 0x77, 0x6F]
    let imports: [UInt8] = [2, 7, 1, 1, 0x61, 1, 0x62, 0, 0]
    let head: [UInt8] = [0, 0x61, 0x73, 0x6D, 1, 0, 0, 0]
    let module = head + imports + code + names
    try Self.check(module, module, try Bench(), seed: 4)
  }
}
