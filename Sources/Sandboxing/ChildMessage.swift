internal import CChild

/// A message of the child (CChild.h), checked.
struct ChildMessage {
  enum Kind {
    case mounts, fault, exit, listener
  }

  let kind: Kind
  let stage: child_stage
  let index: Int
  /// errno; of the mounts' message, why there is no time namespace.
  let error: Int32
  /// As from wait(2).
  let status: Int32
  let peakBytes: Int64
  let userSeconds: Double
  let systemSeconds: Double

  /// Nil for anything that is not exactly one message.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == MemoryLayout<child_message>.size else { return nil }
    let message = unsafe bytes.withUnsafeBytes {
      unsafe $0.loadUnaligned(as: child_message.self)
    }
    switch UInt32(message.kind) {
    case CHILD_MESSAGE_MOUNTS.rawValue: kind = .mounts
    case CHILD_MESSAGE_FAULT.rawValue: kind = .fault
    case CHILD_MESSAGE_EXIT.rawValue: kind = .exit
    case CHILD_MESSAGE_LISTENER.rawValue: kind = .listener
    default: return nil
    }
    stage = child_stage(rawValue: UInt32(bitPattern: message.stage))
    index = Int(message.index)
    error = message.error
    status = message.status
    peakBytes = Int64(message.peak) << 10
    userSeconds = Double(message.user_microseconds) / 1e6
    systemSeconds = Double(message.system_microseconds) / 1e6
  }
}
