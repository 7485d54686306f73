#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <pty.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

const int lx_AT_SYMLINK_NOFOLLOW = AT_SYMLINK_NOFOLLOW;
const int lx_AT_REMOVEDIR = AT_REMOVEDIR;
const int lx_RENAME_NOREPLACE = RENAME_NOREPLACE;
const int lx_RENAME_EXCHANGE = RENAME_EXCHANGE;
const uint64_t lx_RESOLVE_BENEATH = RESOLVE_BENEATH;
const uint64_t lx_RESOLVE_NO_SYMLINKS = RESOLVE_NO_SYMLINKS;
const uint64_t lx_RESOLVE_NO_XDEV = RESOLVE_NO_XDEV;

int lx_open(const char *path, int flags, unsigned mode) { return open(path, flags, mode); }

int lx_openat(int directory, const char *path, int flags, unsigned mode) {
  return openat(directory, path, flags, mode);
}

int lx_openat2(int directory, const char *path, int flags, unsigned mode, uint64_t resolve) {
  struct open_how how = {.flags = (uint64_t)flags, .mode = mode, .resolve = resolve};
  return (int)syscall(SYS_openat2, directory, path, &how, sizeof how);
}

int lx_pipe2(int descriptors[2], int flags) { return pipe2(descriptors, flags); }

int lx_memfd_create(const char *name) { return memfd_create(name, MFD_CLOEXEC); }

int lx_renameat2(int from, const char *old_path, int to, const char *new_path, unsigned flags) {
  return renameat2(from, old_path, to, new_path, flags);
}

int lx_fcntl_int(int descriptor, int command, int value) {
  return fcntl(descriptor, command, value);
}

int lx_set_times(int directory, const char *path, int64_t seconds) {
  struct timespec times[2] = {{.tv_sec = seconds}, {.tv_sec = seconds}};
  return utimensat(directory, path, times, AT_SYMLINK_NOFOLLOW);
}

int64_t lx_copy_contents(int from, int to) {
  if (ioctl(to, FICLONE, from) == 0) {
    struct stat status;
    return fstat(to, &status) == 0 ? status.st_size : -1;
  }
  int64_t total = 0;
  for (;;) {
    ssize_t copied = copy_file_range(from, NULL, to, NULL, 1 << 30, 0);
    if (copied < 0 && errno == EINTR) continue;
    if (copied < 0 && total == 0) break;
    if (copied < 0) return -1;
    if (copied == 0) {
      if (total > 0) return total;
      break; /* some file systems answer 0 instead of EINVAL: let read decide */
    }
    total += copied;
  }
  char buffer[65536];
  for (;;) {
    ssize_t count = read(from, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) return total;
    for (ssize_t done = 0; done < count;) {
      ssize_t written = write(to, buffer + done, (size_t)(count - done));
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return -1;
      done += written;
    }
    total += count;
  }
}

int lx_pidfd_open(pid_t pid) { return (int)syscall(SYS_pidfd_open, pid, 0); }

int lx_pidfd_send_signal(int pidfd, int signal) {
  return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int lx_wait_pidfd(int pidfd, int extra, int *code, int *status, pid_t *pid) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  int result;
  do {
    result = waitid((idtype_t)3 /* P_PIDFD */, (id_t)pidfd, &info, WEXITED | __WALL | extra);
  } while (result < 0 && errno == EINTR);
  *code = info.si_code;
  *status = info.si_status;
  *pid = info.si_pid;
  return result;
}

int lx_signalfd(const int *signals, int count) {
  sigset_t set;
  sigemptyset(&set);
  for (int i = 0; i < count; i++) sigaddset(&set, signals[i]);
  if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0) return -1;
  return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

void lx_set_thread_fs_ids(uid_t uid, gid_t gid) {
  syscall(SYS_setfsgid, gid);
  syscall(SYS_setfsuid, uid);
}

int lx_landlock_version(void) {
  return (int)syscall(444 /* landlock_create_ruleset */, NULL, 0, 1 /* ask for the version */);
}

int lx_has_user_notification(void) {
  unsigned action = 0x7fc00000; /* SECCOMP_RET_USER_NOTIF */
  return syscall(SYS_seccomp, 2 /* SECCOMP_GET_ACTION_AVAIL */, 0, &action) == 0;
}

void lx_use_all_cpus(void) {
  unsigned char mask[1024];
  memset(mask, 0xff, sizeof mask);
  syscall(SYS_sched_setaffinity, 0, sizeof mask, mask);
}

int lx_terminal_columns(int descriptor) {
  struct winsize size;
  return ioctl(descriptor, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

int lx_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[],
             const char *directory, int in, int out, int err, int group) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int standard[3] = {in, out, err};
  for (int i = 0; i < 3; i++) {
    if (standard[i] < 0)
      posix_spawn_file_actions_addopen(&actions, i, "/dev/null", i == 0 ? O_RDONLY : O_WRONLY, 0);
    else
      posix_spawn_file_actions_adddup2(&actions, standard[i], i);
  }
  if (directory) posix_spawn_file_actions_addchdir_np(&actions, directory);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setsigmask(&attributes, &none);
  short flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
  if (group) flags |= POSIX_SPAWN_SETPGROUP;
  posix_spawnattr_setflags(&attributes, flags);
  int error = posix_spawnp(pid, path, &actions, &attributes, argv, envp);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  return error;
}

int64_t lx_receive(int socket, void *buffer, size_t size, int *descriptors, int *count, int wait) {
  char control[CMSG_SPACE(sizeof(int) * 32)];
  struct iovec data = {buffer, size};
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)*count)};
  ssize_t bytes;
  do {
    bytes = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | (wait ? 0 : MSG_DONTWAIT));
  } while (bytes < 0 && errno == EINTR);
  *count = 0;
  if (bytes <= 0) return bytes;
  for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header;
       header = CMSG_NXTHDR(&message, header)) {
    if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS) continue;
    size_t length = header->cmsg_len - CMSG_LEN(0);
    memcpy(descriptors + *count, CMSG_DATA(header), length);
    *count += (int)(length / sizeof(int));
  }
  return bytes;
}

int64_t lx_send(int socket, const void *buffer, size_t size) {
  ssize_t bytes;
  do {
    bytes = send(socket, buffer, size, MSG_NOSIGNAL);
  } while (bytes < 0 && errno == EINTR);
  return bytes;
}

int lx_socketpair(int descriptors[2]) {
  return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, descriptors);
}

int lx_open_terminal(int *master, int *slave) {
  if (openpty(master, slave, NULL, NULL, NULL) < 0) return -1;
  fcntl(*master, F_SETFD, FD_CLOEXEC);
  fcntl(*slave, F_SETFD, FD_CLOEXEC);
  return 0;
}

void lx_copy_window_size(int from, int to) {
  struct winsize size;
  if (ioctl(from, TIOCGWINSZ, &size) == 0) ioctl(to, TIOCSWINSZ, &size);
}
