extension SyscallFilter {
  /// Bytes of an instruction (struct sock_filter in linux/filter.h).
  public static let instructionSize = 8

  /// Instructions that the kernel takes (BPF_MAXINSNS in linux/bpf_common.h).
  public static let mostInstructions = 4096
}
