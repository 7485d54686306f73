#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <pthread.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
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
const uint64_t lx_RESOLVE_NO_MAGICLINKS = RESOLVE_NO_MAGICLINKS;
const uint64_t lx_RESOLVE_IN_ROOT = RESOLVE_IN_ROOT;
const int lx_O_PATH = O_PATH;

int lx_open(const char *path, int flags, unsigned mode) { return open(path, flags, mode); }

#ifndef SECCOMP_IOCTL_NOTIF_SET_FLAGS /* Linux 6.6 */
#define SECCOMP_IOCTL_NOTIF_SET_FLAGS SECCOMP_IOW(4, __u64)
#define SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP (1UL << 0)
#endif

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

static int is_stopped(int stop) {
  struct pollfd wait = {.fd = stop, .events = POLLIN};
  if (stop < 0 || poll(&wait, 1, 0) <= 0) return 0;
  errno = EINTR;
  return 1;
}

/* Copies up to `limit` bytes from one file's position to the other's, in steps between which it may
   be stopped. */
static int64_t copy_bytes(int from, int to, int64_t limit, int stop) {
  int64_t total = 0;
  int is_ranged = 1;
  char buffer[65536];
  while (total < limit) {
    if (is_stopped(stop)) return -1;
    size_t step = limit - total < 64 << 20 ? (size_t)(limit - total) : 64 << 20;
    ssize_t count = -1;
    if (is_ranged) {
      count = copy_file_range(from, NULL, to, NULL, step, 0);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0 && total > 0) return -1;
      /* Some file systems answer 0 instead of EINVAL: let read decide. */
      is_ranged = count > 0 || total > 0;
      if (!is_ranged) continue;
    } else {
      count = read(from, buffer, step < sizeof buffer ? step : sizeof buffer);
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return -1;
      for (ssize_t done = 0; done < count;) {
        ssize_t written = write(to, buffer + done, (size_t)(count - done));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return -1;
        done += written;
      }
    }
    if (count == 0) break;
    total += count;
  }
  return total;
}

/* The data of a file with holes, each to the same place (lseek(2), SEEK_DATA). */
static int64_t copy_data(int from, int to, int64_t size, int stop) {
  for (off_t start = 0; start < size;) {
    start = lseek(from, start, SEEK_DATA);
    if (start < 0 && errno == ENXIO) break; /* nothing but a hole to the end */
    off_t end = start < 0 ? -1 : lseek(from, start, SEEK_HOLE);
    if (end < 0 || lseek(from, start, SEEK_SET) < 0 || lseek(to, start, SEEK_SET) < 0) return -1;
    int64_t count = copy_bytes(from, to, end - start, stop);
    if (count < 0) return -1;
    if (count < end - start) return start + count; /* it has become shorter */
    start = end;
  }
  return ftruncate(to, size) < 0 ? -1 : size;
}

int64_t lx_copy_contents(int from, int to, int stop) {
  struct stat status;
  if (is_stopped(stop)) return -1;
  if (ioctl(to, FICLONE, from) == 0) return fstat(to, &status) == 0 ? status.st_size : -1;
  if (fstat(from, &status) == 0 && S_ISREG(status.st_mode) &&
      (int64_t)status.st_blocks * 512 < status.st_size)
    return copy_data(from, to, status.st_size, stop);
  return copy_bytes(from, to, INT64_MAX, stop);
}

int lx_syncfs(int file) { return syncfs(file); }

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

/* What happens between vfork(2) and exec: the parent's thread waits meanwhile and its memory is
   shared. Returns errno where it fails. */
static int become_command(const char *path, char *const argv[], char *const envp[],
                          const char *directory, const int standard[3], int group, pid_t parent) {
  /* Before signals are unblocked: a handler of the parent must not run here. */
  struct sigaction action = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &action, NULL);
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return errno;
  if (getppid() != parent) return ESRCH; /* it was killed before that */
  if (group && setpgid(0, 0) < 0) return errno;
  for (int i = 0; i < 3; i++) {
    int file = standard[i];
    if (file < 0) file = open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY);
    if (file < 0) return errno;
    /* dup2(2) onto itself would leave it close-on-exec. */
    if (file == i ? fcntl(i, F_SETFD, 0) < 0 : dup2(file, i) < 0) return errno;
    if (standard[i] < 0 && file > 2) close(file);
  }
  if (directory && chdir(directory) < 0) return errno;
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);
  execvpe(path, argv, envp);
  return errno;
}

int lx_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[],
             const char *directory, int in, int out, int err, int group) {
  const int standard[3] = {in, out, err};
  sigset_t all, before;
  sigfillset(&all);
  pid_t parent = getpid();
  volatile int error = 0;
  pthread_sigmask(SIG_BLOCK, &all, &before);
  pid_t child = vfork();
  if (child == 0) {
    error = become_command(path, argv, envp, directory, standard, group, parent);
    _exit(127);
  }
  if (child < 0) error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (child > 0 && error != 0)
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
  *pid = child;
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

int lx_notification_poll(int listener) {
  struct pollfd request = {.fd = listener, .events = POLLIN};
  if (poll(&request, 1, 0) <= 0) return 0;
  return request.revents & POLLIN ? 1 : -1;
}

int lx_notification_receive(int listener, struct lx_notification *notification) {
  struct seccomp_notif raw;
  memset(&raw, 0, sizeof raw);
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &raw) < 0) return -1;
  notification->id = raw.id;
  notification->thread = (pid_t)raw.pid;
  notification->number = raw.data.nr;
  for (int i = 0; i < 6; i++) notification->arguments[i] = raw.data.args[i];
  return 0;
}

int lx_notification_answer(int listener, uint64_t id, int error) {
  struct seccomp_notif_resp answer = {.id = id, .error = -error};
  if (error == 0) answer.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

int lx_notification_pretend(int listener, uint64_t id, int64_t value) {
  struct seccomp_notif_resp answer = {.id = id, .val = value};
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
}

int lx_notification_give(int listener, uint64_t id, int descriptor, int close_on_exec) {
  struct seccomp_notif_addfd request = {.id = id,
                                        .flags = SECCOMP_ADDFD_FLAG_SEND,
                                        .srcfd = (uint32_t)descriptor,
                                        .newfd_flags = close_on_exec ? O_CLOEXEC : 0};
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_ADDFD, &request) < 0 ? -1 : 0;
}

const uint32_t lx_announcement = 0x43555045;
const uint32_t lx_arrival = 0x43555046;

void lx_announce(void) { prctl((int)lx_announcement, 0, 0, 0, 0); }

int lx_notification_is_waiting(int listener, uint64_t id) {
  return ioctl(listener, SECCOMP_IOCTL_NOTIF_ID_VALID, &id) == 0;
}

void lx_notification_wake_here(int listener) {
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SET_FLAGS, SECCOMP_USER_NOTIF_FD_SYNC_WAKE_UP);
}

int64_t lx_read_memory(pid_t thread, uint64_t address, void *buffer, size_t size) {
  /* A page that cannot be read ends the transfer only between the parts of the list. */
  struct iovec here = {buffer, size}, there[32];
  size_t parts = 0;
  for (size_t done = 0; done < size && parts < sizeof there / sizeof *there;) {
    size_t part = 4096 - ((address + done) & 4095);
    if (part > size - done) part = size - done;
    there[parts++] = (struct iovec){(void *)(uintptr_t)(address + done), part};
    done += part;
  }
  return process_vm_readv(thread, &here, 1, there, parts, 0);
}

int lx_inert_file(const char *name) {
  int file = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (file < 0) return -1;
  char path[40];
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  int inert = -1;
  if (fcntl(file, F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_WRITE | F_SEAL_SEAL) == 0)
    inert = open(path, O_RDONLY | O_CLOEXEC);
  int error = errno;
  close(file);
  errno = error;
  return inert;
}
