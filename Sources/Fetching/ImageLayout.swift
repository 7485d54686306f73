import Hashing
import Linux
import Reading
import Storing

/// An OCI image layout (OCI Image Format 1.1, "Image Layout"): files named by their digests, a folder
/// of them or a tar archive of that folder. Every file is checked before it is believed.
struct ImageLayout: ~Copyable {
  /// As the user named it.
  private let path: String
  private let folder: Directory
  /// Where an archive is unpacked.
  private let draft: Draft?

  private static let documentLimit: Int64 = 4 << 20
  /// An index may name indexes, but hardly more than one deep.
  private static let depthLimit = 4

  /// Opens what the user named.
  static func open(_ path: String, store: Store) throws(FetchingError) -> ImageLayout {
    let layout = try find(path, store)
    let version = try layout.document("oci-layout")["imageLayoutVersion"]?.stringValue
    guard version == "1.0.0" else {
      throw layout.bad("its file oci-layout is not of version 1.0.0")
    }
    return layout
  }

  private static func find(_ path: String, _ store: Store) throws(FetchingError) -> ImageLayout {
    let task = "reading the image \(path)"
    if FileSystem.isDirectory(path) {
      return ImageLayout(path: path, folder: try doing(task, try Directory(path)), draft: nil)
    }
    let draft = try storing(try store.draft())
    try Self.unpack(path, to: draft.path)
    let folder = try doing(task, try Directory(draft.path))
    return ImageLayout(path: path, folder: folder, draft: draft)
  }

  private init(path: String, folder: consuming Directory, draft: consuming Draft?) {
    self.path = path
    self.folder = folder
    self.draft = draft
  }

  private func bad(_ reason: String) -> FetchingError { .badImage(path: path, reason: reason) }

  /// Takes out of an archive what belongs to a layout; what else is there is left alone.
  private static func unpack(_ path: String, to folder: String) throws(FetchingError) {
    let task = "reading the image \(path)"
    let file = try doing(task, try FileSystem.open(path))
    try doing(task, try FileSystem.makeDirectories("\(folder)/blobs/sha256"))
    let root = try doing(task, try Directory(folder))
    var reader = TarReader(filename: path, allowsExtensions: true)
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var current: Descriptor?
    while true {
      let count = try doing(task, try file.read(into: &buffer))
      if count == 0 { break }
      try reader.feed(buffer[..<count]) { event throws(FetchingError) in
        switch event {
        case .entry(let entry):
          let name = entry.path.hasPrefix("./") ? String(entry.path.dropFirst(2)) : entry.path
          guard isWanted(name) else { return }
          guard case .file = entry.kind else {
            throw .badImage(path: path, reason: "\(name) is no plain file")
          }
          do throws(SystemError) {
            current = try root.create(name)
          } catch {
            if error.isAlreadyThere {
              throw .badImage(path: path, reason: "\(name) comes twice")
            }
            throw .system(task, error)
          }
        case .contents(let bytes):
          do throws(SystemError) {
            try current?.write(Array(bytes))
          } catch {
            throw .system(task, error)
          }
        case .endOfFile: current = nil
        }
      }
    }
    try reader.finish()
  }

  private static func isWanted(_ name: String) -> Bool {
    if name == "oci-layout" || name == "index.json" { return true }
    return name.hasPrefix("blobs/sha256/") && Digest(hex: name.dropFirst(13)) != nil
  }

  // MARK: Files

  /// A file that no digest names.
  private func document(_ name: String) throws(FetchingError) -> JSON {
    let bytes: [UInt8]
    do throws(SystemError) {
      bytes = try folder.openBeneath(name).readToEnd(limit: Int(Self.documentLimit))
    } catch {
      if error.isNotFound { throw bad("it has no file \(name), so it is no OCI image layout") }
      throw .system("reading the image \(path)", error)
    }
    return try Self.json(bytes, name)
  }

  private static func json(_ bytes: [UInt8], _ name: String) throws(FetchingError) -> JSON {
    do throws(ReadingError) {
      return try JSON(parsing: bytes, file: name)
    } catch {
      throw .reading(error)
    }
  }

  private func open(_ digest: Digest, size: Int64?) throws(FetchingError) -> Descriptor {
    let task = "reading the image \(path)"
    func opened() throws(FetchingError) -> Descriptor {
      do throws(SystemError) {
        return try folder.openBeneath("blobs/sha256/\(digest.hex)")
      } catch {
        if error.isBlocked { throw bad("its file \(digest) is a link") }
        if error.isNotFound { throw bad("its file \(digest) is missing") }
        throw .system(task, error)
      }
    }
    let file = try opened()
    let status = try doing(task, try FileSystem.status(of: file))
    guard status.kind == .regular else { throw bad("its file \(digest) is no plain file") }
    if let size, status.size != size {
      throw bad("its file \(digest) has \(status.size) bytes, what names it says \(size)")
    }
    return file
  }

  private func document(_ digest: Digest, size: Int64?) throws(FetchingError) -> JSON {
    let file = try open(digest, size: size)
    let bytes = try doing(
      "reading the image \(path)", try file.readToEnd(limit: Int(Self.documentLimit)))
    let actual = Digest.hashing(bytes)
    guard actual == digest else { throw .blobMismatch(expected: digest, actual: actual) }
    return try Self.json(bytes, "\(digest) of the image")
  }

  // MARK: Finding the image

  /// The image of this machine's architecture that the layout names, or that `digest` names.
  func manifest(
    _ digest: Digest?, reference: String?, architecture: Architecture
  ) throws(FetchingError) -> ImageManifest {
    if let digest { return try manifest(digest, size: nil, type: nil, architecture, depth: 0) }
    let index = try document("index.json")
    return try choose(from: index, reference: reference, architecture, depth: 0)
  }

  private func manifest(
    _ digest: Digest, size: Int64?, type: String?, _ architecture: Architecture, depth: Int
  ) throws(FetchingError) -> ImageManifest {
    guard depth < Self.depthLimit else { throw bad("its indexes name each other too deeply") }
    let document = try document(digest, size: size)
    let own = document["mediaType"]?.stringValue
    if let own, let type, own != type {
      throw bad("\(digest) calls itself \(own), what names it \(type)")
    }
    // A document that does not say its own kind has one form or the other.
    let isIndex = document["manifests"] != nil
    guard isIndex != (document["layers"] != nil) else {
      throw bad("\(digest) is neither a manifest nor an index")
    }
    if let named = own ?? type {
      let types = isIndex ? ImageManifest.indexTypes : ImageManifest.manifestTypes
      guard types.contains(named) else { throw bad("\(digest) is of the unknown type \(named)") }
    }
    if isIndex { return try choose(from: document, reference: nil, architecture, depth: depth) }
    let manifest = try ImageManifest(document, digest: digest, path: path)
    let configuration = try self.document(
      manifest.configuration.digest, size: manifest.configuration.size)
    return try manifest.configured(by: configuration, architecture: architecture, path: path)
  }

  private func choose(
    from index: JSON, reference: String?, _ architecture: Architecture, depth: Int
  ) throws(FetchingError) -> ImageManifest {
    var fitting: [ImageManifest.Descriptor] = []
    var unmarked: [ImageManifest.Descriptor] = []
    var others: [String] = []
    guard let items = index["manifests"]?.arrayValue else { throw bad("its index lists nothing") }
    for item in items {
      let name = item["annotations"]?["org.opencontainers.image.ref.name"]?.stringValue
      if let reference, name.map({ $0.utf8.elementsEqual(reference.utf8) }) != true { continue }
      let descriptor = try ImageManifest.Descriptor(item, path: path)
      guard let platform = item["platform"] else {
        unmarked.append(descriptor)
        continue
      }
      let system = platform["os"]?.stringValue ?? ""
      let machine = platform["architecture"]?.stringValue ?? ""
      if system == "linux", machine == architecture.image {
        fitting.append(descriptor)
      } else {
        others.append("\(system)/\(machine)")
      }
    }
    let found = fitting.isEmpty ? unmarked : fitting
    guard let chosen = found.first else {
      throw bad(
        "it has no image for linux/\(architecture.image)"
          + (reference.map { " under the name \($0)" } ?? "")
          + (others.isEmpty ? "" : ", only for \(others.joined(separator: ", "))"))
    }
    if found.contains(where: { $0.digest != chosen.digest }) {
      throw bad(
        "it has \(found.count) images for linux/\(architecture.image); "
          + "name one as `manifest` or `reference` in the recipe")
    }
    return try manifest(
      chosen.digest, size: chosen.size, type: chosen.type, architecture, depth: depth + 1)
  }

  // MARK: Layers

  /// Hands over the tar stream of a layer and fails unless compressed and expanded contents are what
  /// manifest and configuration say. `use` must not believe what it got before this returns.
  func expand(
    _ layer: ImageManifest.Layer, use: (ArraySlice<UInt8>) throws(FetchingError) -> Void
  ) throws(FetchingError) {
    let task = "unpacking the layer \(layer.descriptor.digest)"
    let file = try open(layer.descriptor.digest, size: layer.descriptor.size)
    var buffer = [UInt8](repeating: 0, count: 256 << 10)
    var hasher = Hasher()
    while true {
      let count = try doing(task, try file.read(into: &buffer))
      if count == 0 { break }
      hasher.update(buffer, count: count)
    }
    let actual = hasher.finish()
    guard actual == layer.descriptor.digest else {
      throw .blobMismatch(expected: layer.descriptor.digest, actual: actual)
    }
    let blob = "\(folder.path)/blobs/sha256/\(layer.descriptor.digest.hex)"
    let command = Command(layer.compression.expander + [blob], timeout: 3600)
    var expanded = Hasher()
    var left = layer.expandedLimit
    var failure: FetchingError?
    let output: Command.Output
    do throws(CommandError) {
      output = try command.run { piece in
        left -= Int64(piece.count)
        guard left >= 0 else {
          failure = bad("the layer \(layer.descriptor.digest) expands to too much")
          return false
        }
        let bytes = Array(piece)
        expanded.update(bytes)
        do throws(FetchingError) {
          try use(bytes[...])
          return true
        } catch {
          failure = error
          return false
        }
      }
    } catch {
      throw .apt(task: task, error)
    }
    if let failure { throw failure }
    guard output.status == 0 else {
      throw bad(
        "the layer \(layer.descriptor.digest) cannot be expanded: "
          + output.errorText.trimmed)
    }
    let contents = expanded.finish()
    guard contents == layer.contents else {
      throw .blobMismatch(expected: layer.contents, actual: contents)
    }
  }
}
