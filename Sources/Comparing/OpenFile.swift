public import Linux

/// A regular file opened for reading, shared by the regions that lie in it; closed with the last.
public final class OpenFile: Sendable {
  public let path: String
  /// In bytes.
  public let size: Int64
  private let descriptor: Descriptor

  /// Refuses symlinks and whatever else is not a regular file: opening a pipe would wait for ever.
  public init(_ path: String) throws(ComparingError) {
    do {
      guard try FileSystem.linkStatus(path).kind == .regular else {
        throw ComparingError.notARegularFile(path: path)
      }
      let descriptor = try FileSystem.open(path)
      size = try FileSystem.status(of: descriptor).size
      self.descriptor = descriptor
      self.path = path
    } catch let error as SystemError {
      throw .system(path: path, error)
    } catch {
      throw .notARegularFile(path: path)
    }
  }

  /// Takes over a descriptor that was opened with the same care; `path` is for messages.
  public init(_ descriptor: consuming Descriptor, path: String) throws(ComparingError) {
    let status: FileStatus
    do {
      status = try FileSystem.status(of: descriptor)
    } catch {
      throw .system(path: path, error)
    }
    guard status.kind == .regular else { throw .notARegularFile(path: path) }
    size = status.size
    self.descriptor = descriptor
    self.path = path
  }

  /// Reads exactly `count` bytes into the start of `buffer`; a file that has become shorter than it
  /// was when opened is an error.
  func read(at offset: Int64, into buffer: inout [UInt8], count: Int) throws(ComparingError) {
    let got: Int
    do {
      got = try descriptor.read(at: offset, into: &buffer, count: count)
    } catch {
      throw .system(path: path, error)
    }
    guard got == count else { throw .changed(path: path) }
  }
}
