/// A pointer to a text with its length, as Rust keeps `&'static str`: in lists of names, and in the
/// `Location` of a panic, where line and column follow.
struct StringSlice {
  /// The address of the pointer.
  let place: Int64
  /// The text's offset in its section.
  let range: Range<Int>
  /// The line and column that follow, where this can be the location of a panic.
  let position: (line: UInt32, column: UInt32)?
}
