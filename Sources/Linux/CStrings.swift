private import Glibc

/// A null-terminated array of C strings, as execve(2) takes it; freed with its owner.
@safe public struct CStrings: ~Copyable {
  private let pointers: UnsafeMutableBufferPointer<UnsafeMutablePointer<CChar>?>

  public init(_ strings: [String]) {
    unsafe pointers = .allocate(capacity: strings.count + 1)
    for (index, string) in strings.enumerated() {
      unsafe pointers.initializeElement(at: index, to: Self.copy(string))
    }
    unsafe pointers.initializeElement(at: strings.count, to: nil)
  }

  deinit {
    unsafe pointers.forEach { unsafe $0?.deallocate() }
    unsafe pointers.deallocate()
  }

  /// Lends the array's address.
  public borrowing func withPointers<Result>(
    _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
  ) -> Result {
    guard let start = unsafe pointers.baseAddress else { preconditionFailure("never empty") }
    return unsafe body(start)
  }

  /// A copy of `string` with a zero at its end, for the caller to deallocate.
  private static func copy(_ string: String) -> UnsafeMutablePointer<CChar> {
    let bytes = Array(string.utf8)
    let copy = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count + 1)
    for (index, byte) in bytes.enumerated() {
      unsafe (copy + index).initialize(to: CChar(bitPattern: byte))
    }
    unsafe (copy + bytes.count).initialize(to: 0)
    return unsafe copy
  }
}
