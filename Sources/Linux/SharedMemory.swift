private import Glibc

/// Memory that processes cloned later have in common with this one (mmap(2), MAP_SHARED). What is
/// stored in it stays where it is until the whole is given back with its owner.
@safe public struct SharedMemory: ~Copyable {
  private let start: UnsafeMutableRawPointer
  private var capacity: Int
  private var used = 0

  /// Address space alone; memory is taken as it is written.
  public init(capacity: Int) throws(SystemError) {
    let start = unsafe mmap(
      nil, capacity, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0)
    guard let start = unsafe start, unsafe start != MAP_FAILED else {
      throw .current("mapping shared memory")
    }
    unsafe self.start = start
    self.capacity = capacity
  }

  deinit {
    if capacity > 0 { unsafe munmap(start, capacity) }
  }

  /// Gives this process's share back, and what was stored with it. Others keep theirs.
  public mutating func giveBack() {
    if capacity > 0 { unsafe munmap(start, capacity) }
    capacity = 0
    used = 0
  }

  /// A copy of the elements; E2BIG when there is no room left.
  public mutating func store<Element>(
    _ elements: [Element]
  ) throws(SystemError) -> UnsafeMutablePointer<Element> {
    let alignment = MemoryLayout<Element>.alignment
    let offset = (used + alignment - 1) / alignment * alignment
    let size = elements.count * MemoryLayout<Element>.stride
    guard size <= capacity - offset else { throw SystemError("using shared memory", code: E2BIG) }
    used = offset + size
    let copy = unsafe (start + offset).bindMemory(to: Element.self, capacity: elements.count)
    unsafe copy.initialize(from: elements, count: elements.count)
    return unsafe copy
  }

  /// A copy of the string with a zero at its end.
  public mutating func store(
    _ string: String
  ) throws(SystemError) -> UnsafeMutablePointer<CChar> {
    unsafe try store(string.utf8.map { CChar(bitPattern: $0) } + [0])
  }
}
