/// Names of Linux's userspace interface that a profile may use for a number.
///
/// The values are those of include/uapi in the kernel tree, the same on x86-64 and arm64 (which
/// both follow asm-generic here).
enum KernelConstant {
  static let all: [String: UInt64] = [
    "ADDR_NO_RANDOMIZE": 0x40000,
    "ARCH_SET_FS": 0x1002,
    "ARCH_GET_FS": 0x1003,
    "AF_UNSPEC": 0,
    "AF_UNIX": 0x1,
    "AF_INET": 0x2,
    "AF_INET6": 0xa,
    "AF_NETLINK": 0x10,
    "AF_PACKET": 0x11,
    "AF_ALG": 0x26,
    "AF_VSOCK": 0x28,
    "AF_XDP": 0x2c,
    "CLONE_PTRACE": 0x2000,
    "CLONE_PARENT": 0x8000,
    "CLONE_NEWNS": 0x20000,
    "CLONE_UNTRACED": 0x800000,
    "CLONE_NEWCGROUP": 0x2000000,
    "CLONE_NEWUTS": 0x4000000,
    "CLONE_NEWIPC": 0x8000000,
    "CLONE_NEWUSER": 0x10000000,
    "CLONE_NEWPID": 0x20000000,
    "CLONE_NEWNET": 0x40000000,
    "CLONE_IO": 0x80000000,
    "FICLONE": 0x40049409,
    "FIOCLEX": 0x5451,
    "FIONBIO": 0x5421,
    "FIONCLEX": 0x5450,
    "FIONREAD": 0x541b,
    "O_CREAT": 0x40,
    "__O_TMPFILE": 0x400000,
    "PR_SET_PDEATHSIG": 0x1,
    "PR_GET_PDEATHSIG": 0x2,
    "PR_GET_DUMPABLE": 0x3,
    "PR_SET_DUMPABLE": 0x4,
    "PR_SET_KEEPCAPS": 0x8,
    "PR_SET_NAME": 0xf,
    "PR_GET_NAME": 0x10,
    "PR_GET_SECCOMP": 0x15,
    "PR_SET_SECCOMP": 0x16,
    "PR_CAPBSET_READ": 0x17,
    "PR_CAPBSET_DROP": 0x18,
    "PR_SET_TSC": 0x1a,
    "PR_SET_SECUREBITS": 0x1c,
    "PR_SET_MM": 0x23,
    "PR_SET_CHILD_SUBREAPER": 0x24,
    "PR_SET_NO_NEW_PRIVS": 0x26,
    "PR_GET_NO_NEW_PRIVS": 0x27,
    "PR_CAP_AMBIENT": 0x2f,
    "PR_SET_VMA": 0x53564d41,
    "PR_SET_PTRACER": 0x59616d61,
    "S_IFMT": 0xf000,
    "S_IFCHR": 0x2000,
    "S_IFBLK": 0x6000,
    "S_IFIFO": 0x1000,
    "S_IFREG": 0x8000,
    "S_IFSOCK": 0xc000,
    "S_ISUID": 0x800,
    "S_ISGID": 0x400,
    "S_ISVTX": 0x200,
    "SOCK_STREAM": 0x1,
    "SOCK_DGRAM": 0x2,
    "SOCK_RAW": 0x3,
    "SOCK_SEQPACKET": 0x5,
    "SOCK_NONBLOCK": 0x800,
    "SOCK_CLOEXEC": 0x80000,
    "TCGETS": 0x5401,
    "TCSETS": 0x5402,
    "TCSETSW": 0x5403,
    "TCSETSF": 0x5404,
    "TIOCGPGRP": 0x540f,
    "TIOCSPGRP": 0x5410,
    "TIOCGWINSZ": 0x5413,
    "TIOCSTI": 0x5412,
    "TIOCLINUX": 0x541c,
    "TIOCSCTTY": 0x540e,
  ]
}

/// An error number by name (include/uapi/asm-generic/errno-base.h and errno.h).
public enum ErrorName: String, Sendable, CaseIterable {
  case EPERM, ENOENT, EACCES, EBUSY, ENODEV, EINVAL, EROFS, ENOSYS, EOPNOTSUPP, EAFNOSUPPORT

  public var number: Int32 {
    switch self {
    case .EPERM: 1
    case .ENOENT: 2
    case .EACCES: 13
    case .EBUSY: 16
    case .ENODEV: 19
    case .EINVAL: 22
    case .EROFS: 30
    case .ENOSYS: 38
    case .EOPNOTSUPP: 95
    case .EAFNOSUPPORT: 97
    }
  }
}
