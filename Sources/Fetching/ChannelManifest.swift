import Hashing
import Linux
import Reading

/// The list of a release's components, `channel-rust-X.toml` of version 2, as far as it names archives
/// and their digests.
struct ChannelManifest {
  struct Archive: Equatable {
    /// Of the file, without the folders of its address.
    let name: String
    let sha256: Digest
  }

  static let sizeLimit = 16 << 20

  /// For messages.
  private let file: String
  private let packages: TOML.Table
  private let renames: TOML.Table?

  init(parsing bytes: [UInt8], file: String) throws(ToolchainError) {
    self.file = file
    do throws(ReadingError) {
      let root = try TOML.parse(bytes, file: file, role: .input)
      guard let version = root["manifest-version"]?.string else {
        throw Self.error(.missingKey("manifest-version", table: "the file"), file, root.position)
      }
      guard version == "2" else {
        throw Self.error(
          .unsupportedVersion(version, supported: "manifest-version 2"), file,
          root["manifest-version"]?.position)
      }
      guard let packages = root["pkg"]?.table else {
        throw Self.error(.missingKey("pkg", table: "the file"), file, root.position)
      }
      self.packages = packages
      renames = root["renames"]?.table
    } catch {
      throw .reading(error)
    }
  }

  private static func error(
    _ fact: ReadingError.Fact, _ file: String, _ position: Position?
  ) -> ReadingError {
    ReadingError(file: file, position: position, role: .input, fact: fact)
  }

  /// The forms in which a component can be had, the smaller one first. `name` may end with a target,
  /// as in `rust-std-wasm32-unknown-unknown`.
  func archives(of name: String, host: String) throws(ToolchainError) -> [Archive] {
    do throws(ReadingError) {
      for (package, target) in candidates(name, host) {
        guard let targets = packages[package]?.table?["target"]?.table else { continue }
        for key in [target, "*"] {
          guard let entry = targets[key]?.table, entry["available"]?.boolean == true else {
            continue
          }
          var archives: [Archive] = []
          for prefix in ["xz_", ""] where entry["\(prefix)url"] != nil {
            archives.append(try archive(entry, prefix))
          }
          if !archives.isEmpty { return archives }
        }
      }
    } catch {
      throw .reading(error)
    }
    throw .notInChannel(component: name, target: host, manifest: file)
  }

  private func candidates(_ name: String, _ host: String) -> [(package: String, target: String)] {
    var found = [(name, host)]
    if let renamed = renames?[name]?.table?["to"]?.string { found.append((renamed, host)) }
    for package in packages.keys where name.hasPrefix("\(package)-") {
      found.append((package, String(name.dropFirst(package.count + 1))))
    }
    return found
  }

  private func archive(_ entry: TOML.Table, _ prefix: String) throws(ReadingError) -> Archive {
    let url = entry["\(prefix)url"]?.string ?? ""
    let name = url.utf8.lastIndex(of: UInt8(ascii: "/"))
      .map { String(url[url.utf8.index(after: $0)...]) }
    guard let name, Lock.Toolchain.isName(name) else {
      throw Self.error(
        .badValue(key: "\(prefix)url", value: url, reason: "not the address of an archive"), file,
        entry["\(prefix)url"]?.position)
    }
    let hex = entry["\(prefix)hash"]?.string ?? ""
    guard let sha256 = Digest(hex: hex) else {
      throw Self.error(
        .badValue(
          key: "\(prefix)hash", value: hex, reason: "not 64 lower-case hexadecimal digits"), file,
        entry["\(prefix)hash"]?.position ?? entry.position)
    }
    return Archive(name: name, sha256: sha256)
  }
}
