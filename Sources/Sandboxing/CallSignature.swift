/// How the arguments of a call are told: which of them matter, and what kind each is.
///
/// Descriptors and addresses are left out, so that equal attempts read alike.
enum CallSignature {
  indirect enum Argument {
    /// A path or another string in memory, ended by a zero.
    case text(Int)
    case number(Int)
    case hexadecimal(Int)
    /// Permissions.
    case octal(Int)
    /// One name of a table.
    case constant(Int, [UInt64: String])
    /// Several names of a table.
    case flags(Int, [(bit: UInt64, name: String)])
    /// O_* with the access mode.
    case openFlags(Int)
    /// SOCK_* with two flags.
    case socketType(Int)
    /// A socket address and the argument that holds its length.
    case address(Int, length: Int)
    /// File type and permissions as mknod(2) takes them.
    case fileMode(Int)
  }

  /// Calls without an entry are told without arguments.
  static let all: [String: [Argument]] = [
    "socket": [.constant(0, families), .socketType(1), .number(2)],
    "socketpair": [.constant(0, families), .socketType(1), .number(2)],
    "connect": [.address(1, length: 2)],
    "bind": [.address(1, length: 2)],
    "sendto": [.address(4, length: 5)],
    "open": [.text(0), .openFlags(1)],
    "openat": [.text(1), .openFlags(2)],
    "creat": [.text(0), .octal(1)],
    "mkdir": [.text(0), .octal(1)],
    "mkdirat": [.text(1), .octal(2)],
    "mknod": [.text(0), .fileMode(1)],
    "mknodat": [.text(1), .fileMode(2)],
    "chmod": [.text(0), .octal(1)],
    "fchmod": [.octal(1)],
    "fchmodat": [.text(1), .octal(2)],
    "mount": [.text(0), .text(1), .text(2), .hexadecimal(3)],
    "umount2": [.text(0), .hexadecimal(1)],
    "pivot_root": [.text(0), .text(1)],
    "chroot": [.text(0)],
    "move_mount": [.text(1), .text(3)],
    "open_tree": [.text(1), .hexadecimal(2)],
    "fsopen": [.text(0)],
    "fspick": [.text(1)],
    "fsconfig": [.number(1), .text(2)],
    "mount_setattr": [.text(1)],
    "unshare": [.flags(0, namespaces)],
    "setns": [.flags(1, namespaces)],
    "clone": [.flags(0, namespaces)],
    "ptrace": [.constant(0, ptraceRequests), .number(1)],
    "process_vm_readv": [.number(0)],
    "process_vm_writev": [.number(0)],
    "kcmp": [.number(0), .number(1), .number(2)],
    "pidfd_getfd": [.number(1)],
    "add_key": [.text(0), .text(1)],
    "request_key": [.text(0), .text(1)],
    "keyctl": [.constant(0, keyOperations)],
    "bpf": [.constant(0, bpfCommands)],
    "perf_event_open": [.number(1), .number(2)],
    "userfaultfd": [.hexadecimal(0)],
    "finit_module": [.text(1)],
    "init_module": [.text(2)],
    "delete_module": [.text(0)],
    "kexec_file_load": [.hexadecimal(4)],
    "acct": [.text(0)],
    "swapon": [.text(0)],
    "swapoff": [.text(0)],
    "quotactl": [.hexadecimal(0), .text(1)],
    "reboot": [.hexadecimal(2)],
    "syslog": [.number(0)],
    "clock_settime": [.number(0)],
    "clock_adjtime": [.number(0)],
    "sethostname": [.text(0)],
    "setdomainname": [.text(0)],
    "ioperm": [.hexadecimal(0), .number(1)],
    "iopl": [.number(0)],
    "modify_ldt": [.number(0)],
    "name_to_handle_at": [.text(1)],
    "personality": [.hexadecimal(0)],
    "ioctl": [.constant(1, terminalRequests)],
  ]

  // socket(2); include/linux/socket.h
  static let families: [UInt64: String] = [
    0: "AF_UNSPEC", 1: "AF_UNIX", 2: "AF_INET", 3: "AF_AX25", 4: "AF_IPX", 5: "AF_APPLETALK",
    6: "AF_NETROM", 7: "AF_BRIDGE", 8: "AF_ATMPVC", 9: "AF_X25", 10: "AF_INET6", 11: "AF_ROSE",
    12: "AF_DECnet", 13: "AF_NETBEUI", 14: "AF_SECURITY", 15: "AF_KEY", 16: "AF_NETLINK",
    17: "AF_PACKET", 18: "AF_ASH", 19: "AF_ECONET", 20: "AF_ATMSVC", 21: "AF_RDS", 22: "AF_SNA",
    23: "AF_IRDA", 24: "AF_PPPOX", 25: "AF_WANPIPE", 26: "AF_LLC", 27: "AF_IB", 28: "AF_MPLS",
    29: "AF_CAN", 30: "AF_TIPC", 31: "AF_BLUETOOTH", 32: "AF_IUCV", 33: "AF_RXRPC",
    34: "AF_ISDN", 35: "AF_PHONET", 36: "AF_IEEE802154", 37: "AF_CAIF", 38: "AF_ALG",
    39: "AF_NFC", 40: "AF_VSOCK", 41: "AF_KCM", 42: "AF_QIPCRTR", 43: "AF_SMC", 44: "AF_XDP",
    45: "AF_MCTP",
  ]

  // clone(2)
  private static let namespaces: [(bit: UInt64, name: String)] = [
    (0x80, "CLONE_NEWTIME"), (0x2_0000, "CLONE_NEWNS"), (0x200_0000, "CLONE_NEWCGROUP"),
    (0x400_0000, "CLONE_NEWUTS"), (0x800_0000, "CLONE_NEWIPC"), (0x1000_0000, "CLONE_NEWUSER"),
    (0x2000_0000, "CLONE_NEWPID"), (0x4000_0000, "CLONE_NEWNET"),
  ]

  // ptrace(2)
  private static let ptraceRequests: [UInt64: String] = [
    0: "PTRACE_TRACEME", 1: "PTRACE_PEEKTEXT", 2: "PTRACE_PEEKDATA", 3: "PTRACE_PEEKUSER",
    4: "PTRACE_POKETEXT", 5: "PTRACE_POKEDATA", 6: "PTRACE_POKEUSER", 7: "PTRACE_CONT",
    8: "PTRACE_KILL", 16: "PTRACE_ATTACH", 17: "PTRACE_DETACH", 24: "PTRACE_SYSCALL",
    0x4206: "PTRACE_SEIZE",
  ]

  // keyctl(2)
  private static let keyOperations: [UInt64: String] = [
    0: "KEYCTL_GET_KEYRING_ID", 1: "KEYCTL_JOIN_SESSION_KEYRING", 2: "KEYCTL_UPDATE",
    3: "KEYCTL_REVOKE", 5: "KEYCTL_SETPERM", 6: "KEYCTL_DESCRIBE", 8: "KEYCTL_LINK",
    10: "KEYCTL_SEARCH", 11: "KEYCTL_READ",
  ]

  // bpf(2)
  private static let bpfCommands: [UInt64: String] = [
    0: "BPF_MAP_CREATE", 1: "BPF_MAP_LOOKUP_ELEM", 2: "BPF_MAP_UPDATE_ELEM", 5: "BPF_PROG_LOAD",
    6: "BPF_OBJ_PIN", 7: "BPF_OBJ_GET", 8: "BPF_PROG_ATTACH", 18: "BPF_BTF_LOAD",
  ]

  // ioctl_tty(2), ioctl_console(2)
  private static let terminalRequests: [UInt64: String] = [
    0x540e: "TIOCSCTTY", 0x5412: "TIOCSTI", 0x541c: "TIOCLINUX", 0x541d: "TIOCCONS",
    0x5423: "TIOCSETD", 0x4b46: "KDSKBENT", 0x4b49: "KDSKBSENT", 0x4b3a: "KDSETMODE",
  ]

  // open(2); include/uapi/asm-generic/fcntl.h. The bits that arm64 and x86-64 number differently
  // (O_DIRECTORY, O_NOFOLLOW, O_DIRECT) are left out.
  static let openFlags: [(bit: UInt64, name: String)] = [
    (0x40, "O_CREAT"), (0x80, "O_EXCL"), (0x200, "O_TRUNC"), (0x400, "O_APPEND"),
    (0x40_0000, "O_TMPFILE"),
  ]

  static let socketTypes: [UInt64: String] = [
    1: "SOCK_STREAM", 2: "SOCK_DGRAM", 3: "SOCK_RAW", 4: "SOCK_RDM", 5: "SOCK_SEQPACKET",
    6: "SOCK_DCCP", 10: "SOCK_PACKET",
  ]

  // inode(7)
  static let fileTypes: [UInt64: String] = [
    0x1000: "S_IFIFO", 0x2000: "S_IFCHR", 0x6000: "S_IFBLK", 0x8000: "S_IFREG",
    0xc000: "S_IFSOCK",
  ]
}
