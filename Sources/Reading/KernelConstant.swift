/// Names of Linux's userspace interface that a profile may use for a number.
///
/// The values are those of include/uapi in the kernel tree, the same on x86-64 and arm64 (which
/// both follow asm-generic here).
enum KernelConstant {
  /// Nil for a name that is not known here.
  static func value(of name: String) -> UInt64? {
    switch name {
    case "ADDR_NO_RANDOMIZE": 0x40000
    case "ARCH_SET_FS": 0x1002
    case "ARCH_GET_FS": 0x1003
    case "AF_UNSPEC": 0
    case "AF_UNIX": 0x1
    case "AF_INET": 0x2
    case "AF_INET6": 0xa
    case "AF_NETLINK": 0x10
    case "AF_PACKET": 0x11
    case "AF_ALG": 0x26
    case "AF_VSOCK": 0x28
    case "AF_XDP": 0x2c
    case "CLONE_PTRACE": 0x2000
    case "CLONE_PARENT": 0x8000
    case "CLONE_NEWNS": 0x20000
    case "CLONE_UNTRACED": 0x800000
    case "CLONE_NEWCGROUP": 0x2000000
    case "CLONE_NEWUTS": 0x4000000
    case "CLONE_NEWIPC": 0x8000000
    case "CLONE_NEWUSER": 0x10000000
    case "CLONE_NEWPID": 0x20000000
    case "CLONE_NEWNET": 0x40000000
    case "CLONE_IO": 0x80000000
    case "FICLONE": 0x40049409
    case "FIOCLEX": 0x5451
    case "FIONBIO": 0x5421
    case "FIONCLEX": 0x5450
    case "FIONREAD": 0x541b
    case "O_CREAT": 0x40
    case "__O_TMPFILE": 0x400000
    case "PR_SET_PDEATHSIG": 0x1
    case "PR_GET_PDEATHSIG": 0x2
    case "PR_GET_DUMPABLE": 0x3
    case "PR_SET_DUMPABLE": 0x4
    case "PR_SET_KEEPCAPS": 0x8
    case "PR_SET_NAME": 0xf
    case "PR_GET_NAME": 0x10
    case "PR_GET_SECCOMP": 0x15
    case "PR_SET_SECCOMP": 0x16
    case "PR_CAPBSET_READ": 0x17
    case "PR_CAPBSET_DROP": 0x18
    case "PR_SET_TSC": 0x1a
    case "PR_SET_SECUREBITS": 0x1c
    case "PR_SET_MM": 0x23
    case "PR_SET_CHILD_SUBREAPER": 0x24
    case "PR_SET_NO_NEW_PRIVS": 0x26
    case "PR_GET_NO_NEW_PRIVS": 0x27
    case "PR_CAP_AMBIENT": 0x2f
    case "PR_SET_VMA": 0x53564d41
    case "PR_SET_PTRACER": 0x59616d61
    case "S_IFMT": 0xf000
    case "S_IFCHR": 0x2000
    case "S_IFBLK": 0x6000
    case "S_IFIFO": 0x1000
    case "S_IFREG": 0x8000
    case "S_IFSOCK": 0xc000
    case "S_ISUID": 0x800
    case "S_ISGID": 0x400
    case "S_ISVTX": 0x200
    case "SOCK_STREAM": 0x1
    case "SOCK_DGRAM": 0x2
    case "SOCK_RAW": 0x3
    case "SOCK_SEQPACKET": 0x5
    case "SOCK_NONBLOCK": 0x800
    case "SOCK_CLOEXEC": 0x80000
    case "TCGETS": 0x5401
    case "TCSETS": 0x5402
    case "TCSETSW": 0x5403
    case "TCSETSF": 0x5404
    case "TIOCGPGRP": 0x540f
    case "TIOCSPGRP": 0x5410
    case "TIOCGWINSZ": 0x5413
    case "TIOCSTI": 0x5412
    case "TIOCLINUX": 0x541c
    case "TIOCSCTTY": 0x540e
    default: nil
    }
  }
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
