public import Hashing
import Linux
public import Planning
public import Reading
public import Storing

/// A kit that was read and verified: its trees are on their way into the store, its plan is made
/// again from what it carries and came out as the one that it records.
///
/// Nothing of it is in the store before `publish`.
public struct Kit: ~Copyable {
  /// The SHA-256 of manifest.json.
  public let digest: Digest
  public let plan: Plan
  /// The project as the kit has it.
  public let staged: StagedProject
  public let lock: Lock
  /// cupel.toml, or an empty one where the kit has none.
  public let manifest: Manifest
  /// The profile's text, then that of the one that it extends.
  public let profileTexts: [[UInt8]]
  /// What was published; nil where the kit has no record.
  public let record: PublishedRecord?
  private let members: KitMembers
  private let contents: KitContents
  private let store: Store
  private let scratch: Draft

  /// Reads the kit at `path`, a file or a folder.
  public init(
    reading path: String, store: Store, notice: (Notice) -> Void = { _ in }
  ) throws(StagingError) {
    let scratch = try storing(try store.draft())
    let members = try KitMembers(reading: path, into: scratch.path)
    let documents = try KitDocuments(members)
    var contents = try KitContents(members, store: store)
    try documents.check(contents.listings)
    try contents.fill()
    let staged = try documents.stage(contents, crates: scratch.path, notice: notice)
    plan = try documents.plan(staged)
    digest = members.manifest.digest
    lock = documents.lock
    manifest = documents.manifest
    profileTexts = documents.profileTexts
    record = documents.record
    self.staged = staged
    self.members = members
    self.contents = contents
    self.store = store
    self.scratch = scratch
  }

  /// The folder of the packages of the lock, each under its digest, where the kit carries them
  /// instead of the rootfs; nil where it carries the tree.
  public borrowing func packages() throws(StagingError) -> String? {
    if members.manifest.packages.isEmpty { return nil }
    let folder = "\(scratch.path)/packages"
    try doing("laying out packages", try FileSystem.makeDirectories(folder, permissions: 0o700))
    for digest in members.manifest.packages {
      let path = members.path(of: .package(digest))
      if FileSystem.exists(path) {
        try doing(
          "laying out packages", try FileSystem.rename(path, to: "\(folder)/\(digest.hex).deb"))
      }
    }
    return folder
  }

  /// Puts the trees into the store, and with `keeping` the small members too, all of them under
  /// names that keep them from being collected.
  public borrowing func publish(keeping: Bool) throws(StagingError) {
    try storing(try contents.trees.publish())
    guard keeping else { return }
    let name = "kits/\(digest.hex)"
    let draft = try storing(try store.draft())
    for member in members.manifest.members {
      switch member.part {
      case .plan, .lock, .manifest, .record, .profile, .crate:
        let target = "\(draft.path)/\(member.name)"
        let bytes = try members.required(member.part)
        do throws(SystemError) {
          try FileSystem.makeDirectories(FileSystem.split(target).parent)
          try FileSystem.write(bytes, to: target)
        } catch {
          throw .system("keeping \(member.name)", error)
        }
      case .package, .tree, .contents: break
      }
    }
    try doing(
      "keeping manifest.json",
      try FileSystem.write(members.manifest.bytes, to: "\(draft.path)/\(KitManifest.name)"))
    let documents = try Staging.publish(draft)
    for (tree, listing) in contents.listings {
      try storing(try store.setRoot("\(name)/\(tree.name)", to: listing.digest))
    }
    try storing(try store.setRoot("\(name)/rootfs", to: plan.inputs.rootfs.digest))
    try storing(try store.setRoot("\(name)/documents", to: documents.digest))
  }
}
