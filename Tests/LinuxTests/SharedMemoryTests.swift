import Linux
import Testing

@Suite struct SharedMemoryTests {
  @Test func keepsWhatIsStoredWhereItIs() throws {
    var memory = try SharedMemory(capacity: 1 << 20)
    let text = unsafe try memory.store("héllo")
    let numbers = unsafe try memory.store([UInt64](1...3))
    _ = unsafe try memory.store([UInt8](repeating: 7, count: 100_000))
    let readText = unsafe String(cString: text)
    let readNumbers = unsafe Array(UnsafeBufferPointer(start: numbers, count: 3))
    let address = UInt(bitPattern: numbers)
    #expect(readText == "héllo")
    #expect(readNumbers == [1, 2, 3])
    #expect(address % 8 == 0)
  }

  @Test func refusesWhatDoesNotFit() throws {
    var memory = try SharedMemory(capacity: 4096)
    _ = unsafe try memory.store([UInt8](repeating: 1, count: 4090))
    #expect(throws: SystemError.self) { _ = unsafe try memory.store("too long") }
    _ = unsafe try memory.store("short")
  }
}
