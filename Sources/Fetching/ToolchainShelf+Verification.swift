import Linux
import Reading
public import Storing

extension ToolchainShelf {
  /// What the verification of a toolchain has shown; what failed is an error.
  public struct Verification: Sendable {
    public let toolchain: AddedToolchain
    /// As it was hashed.
    public let tree: StoredTree
    /// Whether the signatures were checked again, and that their archives make this tree.
    public let isSignatureChecked: Bool
  }

  /// Hashes the tree again. Where the archives were kept, checks their signatures again, and that
  /// they make this tree.
  public func verify(_ name: String) throws(ToolchainError) -> Verification {
    let toolchain = try get(name)
    guard let digest = toolchain.pin.digest else { throw .incomplete(missing: "tree") }
    let tree = try ToolchainError.storing(try store.verify(digest))
    guard toolchain.isKept, let signer = toolchain.pin.signer else {
      return Verification(toolchain: toolchain, tree: tree, isSignatureChecked: false)
    }
    let folder = "\(path)/\(name)"
    let parcel = try ToolchainParcel(kept: toolchain, folder: "\(folder)/archives")
    let file = "\(folder)/keyring.gpg"
    let keys = try ToolchainError.doing(
      "reading \(file)", try FileSystem.read(file, limit: PublicKeys.sizeLimit))
    let scratch = try scratch()
    _ = try parcel.verifySignatures(
      keyring: PublicKeys(keys, file: file), signers: [signer], scratch: scratch.path)
    let choice = ComponentChoice(names: toolchain.requested, host: toolchain.host)
    try parcel.verifyArchives(of: choice)
    let draft = try ToolchainError.storing(try store.draft())
    _ = try parcel.layOut(choice, store: store, in: draft.path)
    let made = try ToolchainError.storing(try Tree(reading: draft.path))
    guard made.digest == digest else {
      throw .otherTree(name: name, expected: digest, actual: made.digest)
    }
    return Verification(toolchain: toolchain, tree: tree, isSignatureChecked: true)
  }
}
