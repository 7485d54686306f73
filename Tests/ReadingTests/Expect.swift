import Failing
import Reading
import Testing

func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// Expects a reader to refuse with exactly this message.
func expectRefusal(
  _ message: String, hint: String? = nil, exitCode: ExitCode = .usage,
  sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> some Any
) {
  do {
    let value = try body()
    Issue.record("accepted: \(value)", sourceLocation: sourceLocation)
  } catch let error as ReadingError {
    #expect(error.message == message, sourceLocation: sourceLocation)
    #expect(error.hint == hint, sourceLocation: sourceLocation)
    #expect(error.exitCode == exitCode, sourceLocation: sourceLocation)
  } catch {
    Issue.record("another error: \(error)", sourceLocation: sourceLocation)
  }
}
