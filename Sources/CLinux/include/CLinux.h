/* What room Linux needs and Swift's Glibc module does not show: calls that hide behind
   _GNU_SOURCE, variadic calls, macros. One-line wrappers; no decision is made here. */
#ifndef CLINUX_H
#define CLINUX_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

extern const int lx_AT_SYMLINK_NOFOLLOW;
extern const int lx_AT_REMOVEDIR;
extern const int lx_RENAME_NOREPLACE;
extern const int lx_RENAME_EXCHANGE;
extern const uint64_t lx_RESOLVE_BENEATH;
extern const uint64_t lx_RESOLVE_NO_SYMLINKS;
extern const uint64_t lx_RESOLVE_NO_XDEV;
extern const uint64_t lx_RESOLVE_NO_MAGICLINKS;
extern const uint64_t lx_RESOLVE_IN_ROOT;
extern const int lx_O_PATH;

int lx_open(const char *path, int flags, unsigned mode);
int lx_openat(int directory, const char *path, int flags, unsigned mode);
/* openat2(2); -1 and errno on failure. */
int lx_openat2(int directory, const char *path, int flags, unsigned mode, uint64_t resolve);
int lx_pipe2(int descriptors[2], int flags);
int lx_memfd_create(const char *name);
int lx_renameat2(int from, const char *old_path, int to, const char *new_path, unsigned flags);
int lx_fcntl_int(int descriptor, int command, int value);
/* Sets access and modification time to `seconds`, not following a symlink. */
int lx_set_times(int directory, const char *path, int64_t seconds);
/* FICLONE, then copy_file_range(2), then read and write: whichever the file systems offer. Holes
   stay holes. Fails with EINTR once `stop` (-1: nothing) is readable. */
int64_t lx_copy_contents(int from, int to, int stop);
int lx_syncfs(int file);
int lx_pidfd_open(pid_t pid);
int lx_pidfd_send_signal(int pidfd, int signal);
/* waitid(P_PIDFD, WEXITED | __WALL | extra): 0 and the raw si_code/si_status, or -1. */
int lx_wait_pidfd(int pidfd, int extra, int *code, int *status, pid_t *pid);
/* A signalfd(2) for the `count` signals, which it also blocks in the calling thread. */
int lx_signalfd(const int *signals, int count);
/* setfsuid(2) and setfsgid(2) of the calling thread only. */
void lx_set_thread_fs_ids(uid_t uid, gid_t gid);
/* The version of landlock(7) that the kernel offers, or -1 and errno. */
int lx_landlock_version(void);
/* Whether the kernel has seccomp_unotify(2). */
int lx_has_user_notification(void);
void lx_use_all_cpus(void);
int lx_terminal_columns(int descriptor);
/* Starts a program with a working directory, the three standard descriptors (-1: /dev/null), all
   signals unblocked and default, a process group of its own when `group` is set. It is killed when
   the calling thread ends, so that nobody outlives a runner that was killed (PR_SET_PDEATHSIG,
   which posix_spawn(3) cannot set). Returns an errno value. */
int lx_spawn(pid_t *pid, const char *path, char *const argv[], char *const envp[],
             const char *directory, int in, int out, int err, int group);
/* recvmsg(2) of one message of up to `size` bytes with up to `*count` descriptors (SCM_RIGHTS,
   close-on-exec); sets *count to their number. Returns the bytes, 0 at end of file, or -1. Does not
   wait when `wait` is 0. */
int64_t lx_receive(int socket, void *buffer, size_t size, int *descriptors, int *count, int wait);
int64_t lx_send(int socket, const void *buffer, size_t size);
int lx_socketpair(int descriptors[2]);
/* forkpty-like: a new pseudo-terminal pair, both ends close-on-exec. */
int lx_open_terminal(int *master, int *slave);
/* Terminal size copied from one descriptor to another; quietly nothing when `from` has none. */
void lx_copy_window_size(int from, int to);

/* A call that waits for an answer (seccomp_unotify(2), `struct seccomp_notif`). */
struct lx_notification {
  uint64_t id;
  pid_t thread;
  int32_t number;
  uint64_t arguments[6];
};
/* poll(2) without waiting: 1 when a call waits, 0 when none does, -1 when nobody is left to make
   one. */
int lx_notification_poll(int listener);
/* SECCOMP_IOCTL_NOTIF_RECV: 0, or -1 and errno, ENOENT when the caller is gone. */
int lx_notification_receive(int listener, struct lx_notification *notification);
/* SECCOMP_IOCTL_NOTIF_SEND: the call fails with `error`, or goes on when it is 0. */
int lx_notification_answer(int listener, uint64_t id, int error);
/* SECCOMP_IOCTL_NOTIF_SEND: the call is not made, and returns `value`. */
int lx_notification_pretend(int listener, uint64_t id, int64_t value);
/* SECCOMP_IOCTL_NOTIF_ADDFD: the call returns a copy of `descriptor`. */
int lx_notification_give(int listener, uint64_t id, int descriptor, int close_on_exec);
/* SECCOMP_IOCTL_NOTIF_ID_VALID: whether the caller still waits. */
int lx_notification_is_waiting(int listener, uint64_t id);
/* SECCOMP_IOCTL_NOTIF_SET_FLAGS: the answer is given to the caller on the same CPU. Quietly nothing
   before Linux 6.6. */
void lx_notification_wake_here(int listener);
/* An option that prctl(2) does not have ("CUPE"). */
extern const uint32_t lx_announcement;
/* Another one ("CUPF"), with which a library tells that a program has loaded it (clock.c). */
extern const uint32_t lx_arrival;
/* prctl(2) with the first option: fails with EINVAL, and can be seen by a listener. */
void lx_announce(void);
/* process_vm_readv(2) of as many of the `size` bytes as can be read from the start; -1 and errno. */
int64_t lx_read_memory(pid_t thread, uint64_t address, void *buffer, size_t size);
/* An empty file in memory that can never hold anything, open for reading. */
int lx_inert_file(const char *name);

#endif
