import Hashing
import Reading

/// What an image is made of (OCI Image Format 1.1, "Image Manifest" and "Image Configuration"), or
/// Docker's image manifest, version 2, schema 2, which differs in the names of types.
struct ImageManifest {
  struct Descriptor {
    let type: String
    let digest: Digest
    /// In bytes.
    let size: Int64
  }

  enum Compression {
    case none, gzip, zstd

    /// The program that writes a file's contents to its standard output.
    var expander: [String] {
      switch self {
      case .none: ["cat", "--"]
      case .gzip: ["gzip", "-dc", "--"]
      case .zstd: ["zstd", "-dcq", "--"]
      }
    }
  }

  struct Layer {
    let descriptor: Descriptor
    let compression: Compression
    /// Of the tar archive.
    let contents: Digest

    /// Real layers shrink to a third; zstd can say gigabytes in a kilobyte.
    private static let ratioLimit: Int64 = 200
    private static let floor: Int64 = 64 << 20
    private static let ceiling: Int64 = 64 << 30

    /// Most bytes that it may expand to.
    var expandedLimit: Int64 {
      let (product, overflow) = descriptor.size.multipliedReportingOverflow(by: Self.ratioLimit)
      return overflow ? Self.ceiling : min(Self.ceiling, max(Self.floor, product))
    }
  }

  static let indexTypes = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
  ]
  static let manifestTypes = [
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
  ]
  private static let configurationTypes = [
    "application/vnd.oci.image.config.v1+json", "application/vnd.docker.container.image.v1+json",
  ]
  private static let layerTypes: [(type: String, compression: Compression)] = [
    ("application/vnd.oci.image.layer.v1.tar", .none),
    ("application/vnd.oci.image.layer.v1.tar+gzip", .gzip),
    ("application/vnd.oci.image.layer.v1.tar+zstd", .zstd),
    ("application/vnd.docker.image.rootfs.diff.tar.gzip", .gzip),
  ]
  /// As many as a lock may name.
  private static let layerLimit = 499

  let digest: Digest
  let configuration: Descriptor
  /// From the lowest to the highest.
  private(set) var layers: [Layer]

  /// Reads a manifest; `path` is for messages. Its layers' contents are not known yet.
  init(_ document: JSON, digest: Digest, path: String) throws(FetchingError) {
    func bad(_ reason: String) -> FetchingError { .badImage(path: path, reason: reason) }
    guard document["schemaVersion"]?.integerValue == 2, let configuration = document["config"],
      let items = document["layers"]?.arrayValue
    else { throw bad("the manifest \(digest) is not of version 2") }
    self.digest = digest
    self.configuration = try Descriptor(configuration, path: path)
    guard Self.configurationTypes.contains(self.configuration.type) else {
      throw bad("its configuration is of the unknown type \(self.configuration.type)")
    }
    guard (1...Self.layerLimit).contains(items.count) else {
      throw bad("it has \(items.count) layers")
    }
    var layers: [Layer] = []
    for item in items {
      let descriptor = try Descriptor(item, path: path)
      guard let known = Self.layerTypes.first(where: { $0.type == descriptor.type }) else {
        throw bad("the layer \(descriptor.digest) is of the unknown type \(descriptor.type)")
      }
      layers.append(
        Layer(
          descriptor: descriptor, compression: known.compression, contents: descriptor.digest))
    }
    self.layers = layers
  }

  /// With the contents that the configuration names for each layer.
  func configured(
    by document: JSON, architecture: Architecture, path: String
  ) throws(FetchingError) -> ImageManifest {
    func bad(_ reason: String) -> FetchingError { .badImage(path: path, reason: reason) }
    let machine = document["architecture"]?.stringValue ?? ""
    let system = document["os"]?.stringValue ?? ""
    guard machine == architecture.image, system == "linux" else {
      throw bad("the image is for \(system)/\(machine), not for linux/\(architecture.image)")
    }
    let files = document["rootfs"]
    guard files?["type"]?.stringValue == "layers", let items = files?["diff_ids"]?.arrayValue,
      items.count == layers.count
    else { throw bad("its configuration does not name the contents of each layer") }
    var manifest = self
    manifest.layers = []
    for (layer, item) in zip(layers, items) {
      guard let contents = item.stringValue.flatMap({ Digest(prefixed: $0) }) else {
        throw bad("its configuration names contents that are no sha256 digest")
      }
      manifest.layers.append(
        Layer(
          descriptor: layer.descriptor, compression: layer.compression, contents: contents))
    }
    return manifest
  }
}

extension ImageManifest.Descriptor {
  init(_ item: JSON, path: String) throws(FetchingError) {
    guard let type = item["mediaType"]?.stringValue, let size = item["size"]?.integerValue,
      size >= 0, let digest = item["digest"]?.stringValue.flatMap({ Digest(prefixed: $0) })
    else {
      throw .badImage(
        path: path, reason: "a descriptor has no type, no size or no sha256 digest")
    }
    self.type = type
    self.digest = digest
    self.size = size
  }
}
