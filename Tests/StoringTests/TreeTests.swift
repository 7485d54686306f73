import Hashing
import Linux
import Storing
import Testing

@Suite struct TreeTests {
  @Test func emptyFolder() throws {
    let scratch = try Scratch()
    // SHA-256 of nothing: an empty Directory message has no bytes.
    #expect(
      try Tree(reading: scratch.path).digest.hex
        == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
  }
}
