import Fetching
import Linux
import Reading
import Synchronization

/// Shows how far a rootfs is: one line redrawn on a terminal, one line a step elsewhere.
final class RootfsBar: Sendable {
  private let lastStep = Mutex("")
  private let columns = Machine.terminalColumns(StandardStream.error.rawValue)

  @Sendable func show(_ progress: RootfsProgress) {
    let (step, detail) = words(progress)
    lastStep.withLock { last in
      if let columns {
        let line = "\(step) \(detail)".prefix(columns - 1)
        StandardStream.error.write("\r\u{1B}[K\(line)")
      } else if last != step {
        Talk.say(step)
      }
      last = step
    }
  }

  func clear() {
    if columns != nil { StandardStream.error.write("\r\u{1B}[K") }
  }

  private func words(_ progress: RootfsProgress) -> (step: String, detail: String) {
    switch progress {
    case .resolving(false): ("resolving packages with apt", "")
    case .resolving(true):
      ("resolving packages with apt, which accepts archives of any date on this host", "")
    case .downloading(let bytes, let totalBytes, let packages, let totalPackages):
      (
        "downloading \(totalPackages) packages, \(ByteCount(bytes: totalBytes).rounded)",
        "\(bar(bytes, totalBytes)) \(packages)/\(totalPackages)"
      )
    case .unpacking(let packages, let totalPackages):
      (
        "unpacking \(totalPackages) packages",
        "\(bar(Int64(packages), Int64(totalPackages))) \(packages)/\(totalPackages)"
      )
    case .layering(let layers, let totalLayers):
      (
        "unpacking the image's layers",
        "\(bar(Int64(layers), Int64(totalLayers))) \(layers)/\(totalLayers)"
      )
    case .storing: ("hashing the tree", "")
    }
  }

  private func bar(_ done: Int64, _ total: Int64) -> String {
    let width = 24
    let filled = total > 0 ? Int(Int64(width) * done / total) : 0
    return "[" + String(repeating: "=", count: filled)
      + String(repeating: " ", count: width - filled) + "]"
  }
}
