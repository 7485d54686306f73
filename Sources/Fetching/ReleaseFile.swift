import Hashing
import Linux
import Reading

/// A suite's InRelease file: what was signed, and by whom.
struct ReleaseFile {
  let suite: String
  /// Of the whole file.
  let digest: Digest
  /// Fingerprints of primary keys.
  let signers: [String]
  let codename: String
  let date: UTCTime
  let validUntil: UTCTime?
  /// What it says of other files, by name.
  private let digests: [String: Digest]

  private static let sizeLimit = 16 << 20

  /// Reads the file at `path`, verified by gpgv with a keyring: what follows comes from the text that
  /// gpgv found signed, in `folder`, and from nowhere else.
  init(
    suite: String, path: String, keyring: Keyring, folder: String
  ) throws(FetchingError) {
    guard FileSystem.exists(path) else {
      throw .archive(
        .malformedRelease(
          suite: suite, reason: "there is no InRelease file, the form with the signature in it"))
    }
    let bytes = try doing(
      "reading the Release file of \(suite)", try FileSystem.read(path, limit: Self.sizeLimit))
    let copy = "\(folder)/verified.asc"
    let signed = "\(folder)/verified"
    let output: Command.Output
    do throws(SystemError) {
      try FileSystem.removeTree(signed)
      try FileSystem.write(bytes, to: copy)
    } catch {
      throw .system("copying the Release file of \(suite)", error)
    }
    do throws(CommandError) {
      output = try Command(
        [
          "gpgv", "--status-fd", "1", "--keyring", keyring.path, "--output", signed, copy,
        ],
        environment: [
          ("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("LC_ALL", "C.UTF-8"), ("HOME", folder),
        ], timeout: 60, outputLimit: 1 << 20
      ).run()
    } catch {
      throw .apt(task: "verifying the Release file of \(suite)", error)
    }
    let signatures = SignatureStatus(output.text)
    guard !signatures.signers.isEmpty, !signatures.isBroken, FileSystem.exists(signed) else {
      throw .archive(.notVerified(suite: suite, status: signatures.words))
    }
    let text = try doing(
      "reading the Release file of \(suite)", try FileSystem.read(signed, limit: Self.sizeLimit))
    try self.init(
      suite: suite, digest: Digest.hashing(bytes), signers: signatures.signers, text: text)
  }

  /// Reads the signed text: fields as `Key: value`, lists on indented lines (Debian wiki,
  /// DebianRepository/Format, "Release files").
  init(
    suite: String, digest: Digest, signers: [String], text: [UInt8]
  ) throws(FetchingError) {
    func malformed(_ reason: String) -> FetchingError {
      .archive(.malformedRelease(suite: suite, reason: reason))
    }
    var fields: [String: String] = [:]
    var digests: [String: Digest] = [:]
    var field = ""
    for line in String(decoding: text, as: UTF8.self).split(separator: "\n") {
      if line.hasPrefix(" ") {
        guard field == "SHA256" else { continue }
        let words = line.split(separator: " ")
        guard words.count == 3, let digest = Digest(hex: words[0]) else {
          throw malformed("a line of its SHA256 field is no digest, size and name")
        }
        if let known = digests.updateValue(digest, forKey: String(words[2])), known != digest {
          throw malformed("it gives two digests for \(words[2])")
        }
        continue
      }
      guard let colon = line.firstIndex(of: ":") else { throw malformed("a line is no field") }
      field = String(line[..<colon])
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      guard fields.updateValue(String(value), forKey: field) == nil else {
        throw malformed("the field \(field) comes twice")
      }
    }
    guard let date = fields["Date"].flatMap(UTCTime.init(release:)) else {
      throw malformed("it has no date")
    }
    if let text = fields["Valid-Until"] {
      guard let time = UTCTime(release: text) else { throw malformed("Valid-Until is no date") }
      validUntil = time
    } else {
      validUntil = nil
    }
    guard let codename = fields["Codename"] ?? fields["Suite"] else {
      throw malformed("it has no codename")
    }
    self.suite = suite
    self.digest = digest
    self.signers = signers
    self.codename = codename
    self.date = date
    self.digests = digests
  }

  /// Fails unless the Release file names `index` with this digest.
  func check(_ index: AptIndex, _ actual: Digest) throws(FetchingError) {
    guard digests[index.name] == actual else {
      throw .archive(
        .indexMismatch(
          suite: suite, index: index.name, expected: digests[index.name], actual: actual))
    }
  }
}
