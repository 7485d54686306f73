import Testing

@testable import Explaining

@Suite struct FailureFinderTests {
  @Test func packagesAreReadFromCargosWords() {
    let words = [
      "error: failed to run custom build command for `tiny v0.1.0 (/build/src)`",
      "error: could not compile `app` (bin \"one\") due to 2 previous errors", "error: no `", "``",
      "",
    ]
    #expect(FailureFinder.packages(in: words) == ["tiny", "app"])
  }
}
