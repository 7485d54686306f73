import Linux
import Testing

@testable import Sandboxing

@Suite struct RandomNumbersTests {
  private static func drawn(_ seed: UInt64, calls: Int = 1, count: UInt64 = 16) -> [UInt8] {
    var numbers = RandomNumbers(seed: seed)
    var bytes: [UInt8] = []
    for _ in 0..<calls { bytes = numbers.next(count, thread: 7, started: 100) }
    return bytes
  }

  @Test func aSeedDecidesThem() {
    #expect(Self.drawn(1) == Self.drawn(1))
    #expect(Self.drawn(1) != Self.drawn(2))
    #expect(Self.drawn(1, calls: 2) != Self.drawn(1))
    #expect(Self.drawn(1, calls: 3) == Self.drawn(1, calls: 3))
  }

  @Test func everyThreadBeginsAnew() {
    var numbers = RandomNumbers(seed: 1)
    let first = numbers.next(16, thread: 7, started: 100)
    #expect(numbers.next(16, thread: 8, started: 100) == first)
    #expect(numbers.next(16, thread: 7, started: 100) != first)
    #expect(numbers.next(16, thread: 7, started: 101) == first, "another thread of this number")
  }

  /// As many as are asked for, up to what one call gives.
  @Test(arguments: [(0, 0), (1, 1), (8, 8), (9, 9), (256, 256), (1 << 40, 4096)])
  func theirNumber(_ asked: UInt64, _ given: Int) {
    #expect(Self.drawn(1, count: asked).count == given)
  }

  /// All values of a byte about as often: 3 sigma of 256 are 48.
  @Test func theyLookRandom() {
    var numbers = RandomNumbers(seed: 1)
    var counts = [Int](repeating: 0, count: 256)
    for _ in 0..<16 {
      for byte in numbers.next(4096, thread: 7, started: 100) { counts[Int(byte)] += 1 }
    }
    #expect(counts.allSatisfy { (150...360).contains($0) }, "\(counts)")
  }

  // MARK: In a sandbox

  private static let program = """
    import os, sys, threading
    print(os.getrandom(16).hex(), os.getrandom(5).hex(), len(os.getrandom(100000)))
    threading.Thread(target=lambda: print(os.getrandom(16).hex())).start()
    """

  private static func run(_ seed: UInt64?, _ program: String = program) throws -> Run {
    try Run.python(program) { $0.randomSeed = seed }
  }

  @Test func aProgramGetsTheSeedsNumbers() throws {
    let first = try Self.run(1)
    #expect(first.outcome.ending == .exited(0), "\(first.error)")
    #expect(first.lines.count == 2)
    #expect(try Self.run(1).output == first.output)
    #expect(try Self.run(2).output != first.output)
  }

  @Test func withoutASeedItIsTheKernels() throws {
    #expect(try Self.run(nil).output != Self.run(nil).output)
  }

  /// A hash table of Python's, whose order is that of its own getrandom(2) at the start.
  @Test func orderThatDependsOnChanceIsChosen() throws {
    let program = "print(set(str(n) for n in range(64)))"
    #expect(try Self.run(1, program).output == Self.run(1, program).output)
    #expect(try Self.run(1, program).output != Self.run(2, program).output)
  }

  /// mkstemp(3) draws a name, and another where there is such a file.
  @Test func filesGetNamesOfTheirOwn() throws {
    let run = try Run.shell("for i in 1 2 3 4; do mktemp /tmp/XXXXXX; done | sort -u | wc -l") {
      $0.randomSeed = 1
    }
    #expect(run.lines == ["4"], "\(run.output)\(run.error)")
  }

  /// What the kernel refuses is refused as ever, and the count says what was answered.
  @Test func callsThatFailStillFail() throws {
    let program = """
      import ctypes
      libc = ctypes.CDLL(None, use_errno=True)
      def call(address, size, flags):
          ctypes.set_errno(0)
          return libc.syscall(318, ctypes.c_void_p(address), ctypes.c_size_t(size), flags), ctypes.get_errno()
      buffer = ctypes.create_string_buffer(8)
      print(call(ctypes.addressof(buffer), 8, 0), call(ctypes.addressof(buffer), 8, 6),
            call(ctypes.addressof(buffer), 8, 64), call(1, 8, 0), call(ctypes.addressof(buffer), 0, 1))
      """
    var seeded: Int?
    var sandbox = try Sandbox.ofHost(["/usr/bin/python3", "-c", program])
    sandbox.randomSeed = 1
    let run = try Run(sandbox) { _ in
    } ended: {
      seeded = $0.seededCalls
    }
    #expect(run.lines == ["(8, 0) (-1, 22) (-1, 22) (-1, 14) (0, 0)"], "\(run.output)\(run.error)")
    #expect(try #require(seeded) >= 2)
  }

  /// Where nobody listens the kernel answers, and that is said.
  @Test func withoutAListenerTheKernelAnswers() throws {
    var sandbox = try Sandbox.ofHost(["/usr/bin/python3", "-c", Self.program])
    sandbox.randomSeed = 1
    sandbox.reportsDenials = false
    var seeded: Int? = 0
    let run = try Run(sandbox) { _ in
    } ended: {
      seeded = $0.seededCalls
    }
    #expect(run.outcome.ending == .exited(0), "\(run.error)")
    #expect(seeded == nil)
  }
}
