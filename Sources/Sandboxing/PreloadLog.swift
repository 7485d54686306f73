internal import Linux

/// Takes down which of the programs that are executed load the preloaded library.
struct PreloadLog {
  /// A program that loads nothing, and is no part of the build.
  let announcer: String?
  private var found = PreloadReach()
  /// Programs that have begun and could have loaded it, by the number of their process.
  private var waiting: [Int32: Execution] = [:]

  private struct Execution {
    let start: UInt64
    let executable: String
  }

  /// More processes than live at one time; of those beyond nothing is known.
  private static let mostWaiting = 1 << 16

  init(announcer: String?) {
    self.announcer = announcer
  }

  /// Everything that was found, those that never loaded it included.
  var reach: PreloadReach {
    var end = self
    let rest = waiting.values.sorted {
      $0.executable.utf8.lexicographicallyPrecedes($1.executable.utf8)
    }
    for execution in rest { end.miss(execution) }
    return end.found
  }

  /// Notes that a process, which waits for its answer, is about to execute the file at `path`.
  mutating func note(
    _ path: [UInt8], by call: SyscallListener.Notification, caller: ForeignProcess,
    listener: borrowing SyscallListener, reader: ProcessReader
  ) {
    guard let process = reader.identity(of: reader.group(of: call.thread)) else { return }
    if let earlier = waiting.removeValue(forKey: process.id) {
      // One that is gone, or what this process is now; else that call failed.
      let isRunning = reader.executable(of: process.id).utf8.elementsEqual(earlier.executable.utf8)
      if earlier.start != process.start || isRunning { miss(earlier) }
    }
    guard let program = ProgramFile(at: path, in: caller), listener.isWaiting(call) else { return }
    let executable = program.path
    if let announcer, executable.utf8.elementsEqual(announcer.utf8) { return }
    if program.linkage == .glibc {
      guard waiting.count < Self.mostWaiting else { return }
      waiting[process.id] = Execution(start: process.start, executable: executable)
    } else {
      miss(executable, program.linkage) {
        reader.trace(thread: call.thread).becoming(executable)
      }
    }
  }

  /// Notes that the library was loaded by what a process has last executed.
  mutating func arrive(thread: Int32, reader: ProcessReader) {
    guard let process = reader.identity(of: thread), let execution = waiting[process.id],
      execution.start == process.start
    else { return }
    waiting[process.id] = nil
    found.reached += 1
    let index = found.programs.firstIndex {
      $0.executable.utf8.elementsEqual(execution.executable.utf8)
    }
    if let index {
      found.programs[index].count += 1
    } else if found.programs.count < PreloadReach.capacity {
      found.programs.append((execution.executable, 1))
    }
  }

  private mutating func miss(_ execution: Execution) {
    miss(execution.executable, .glibc) {
      ProcessTrace(processes: []).becoming(execution.executable)
    }
  }

  private mutating func miss(
    _ executable: String, _ linkage: PreloadReach.Linkage, caller: () -> ProcessTrace
  ) {
    let index = found.missed.firstIndex { $0.executable.utf8.elementsEqual(executable.utf8) }
    if let index {
      found.missed[index].count += 1
    } else if found.missed.count < PreloadReach.capacity {
      found.missed.append(
        PreloadReach.Missed(executable: executable, linkage: linkage, caller: caller()))
    } else {
      found.unlistedMissed += 1
    }
  }
}

extension ProcessTrace {
  /// With the first process as it is when it has executed a file.
  fileprivate func becoming(_ executable: String) -> ProcessTrace {
    let process = Process(
      pid: processes.first?.pid ?? 0, executable: executable, arguments: [],
      environment: processes.first?.environment ?? [:], libraries: [])
    return ProcessTrace(processes: [process] + processes.dropFirst())
  }
}
