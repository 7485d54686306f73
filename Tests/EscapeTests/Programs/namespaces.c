/* Entering new namespaces, where a process would have every capability, and those of others. */
#include "attack.h"

#include <linux/nsfs.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x80
#endif

static void by_unshare(const struct attempt *attempt) { judge(unshare((int)attempt->a)); }

static void by_raw_unshare(const struct attempt *attempt) {
  judge(syscall(SYS_unshare, attempt->a));
}

static _Noreturn void judge_clone(long pid) {
  if (pid < 0) refused(errno, "");
  if (pid == 0) _exit(0);
  waitpid((pid_t)pid, NULL, __WALL);
  succeeded("a process in it");
}

static void by_clone(const struct attempt *attempt) {
  judge_clone(syscall(SYS_clone, (unsigned long)attempt->a | SIGCHLD, NULL, NULL, NULL, 0));
}

static void by_clone3(const struct attempt *attempt) {
  struct clone_args arguments = {.flags = (uint64_t)attempt->a, .exit_signal = SIGCHLD};
  judge_clone(syscall(SYS_clone3, &arguments, sizeof arguments));
}

/* Chooses the number of the new process. */
static void by_clone3_with_number(const struct attempt *attempt) {
  (void)attempt;
  pid_t number = 31999;
  struct clone_args arguments = {
      .exit_signal = SIGCHLD, .set_tid = (uintptr_t)&number, .set_tid_size = 1};
  judge_clone(syscall(SYS_clone3, &arguments, sizeof arguments));
}

static void by_clone3_into_cgroup(const struct attempt *attempt) {
  (void)attempt;
  struct clone_args arguments = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD};
  arguments.cgroup = (uint64_t)open("/sys/fs/cgroup", O_PATH | O_DIRECTORY);
  long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid < 0 && (errno == EBADF || errno == EINVAL)) succeeded("the call is there");
  judge_clone(pid);
}

/* path: a namespace that the process is in; a: its kind. */
static void by_setns(const struct attempt *attempt) {
  int descriptor = open(attempt->path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) refused(errno, "opening");
  judge(setns(descriptor, (int)attempt->a));
}

static void by_process(const struct attempt *attempt) {
  int descriptor = (int)syscall(SYS_pidfd_open, attempt->a, 0);
  if (descriptor < 0) refused(errno, "pidfd_open");
  judge(setns(descriptor, CLONE_NEWUTS | CLONE_NEWIPC));
}

/* The namespaces above these. */
static void above(const struct attempt *attempt) {
  int descriptor = open(attempt->path, O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) refused(errno, "opening");
  judge(ioctl(descriptor, (unsigned long)attempt->a));
}

/* What a user namespace without the other layers would give: root and a mount. */
static void become_root(const struct attempt *attempt) {
  (void)attempt;
  uid_t user = geteuid();
  if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0) refused(errno, "unshare");
  int map = open("/proc/self/uid_map", O_WRONLY);
  if (map < 0 || dprintf(map, "0 %u 1\n", user) < 0) refused(errno, "uid_map");
  succeeded("uid %d in a new user namespace", getuid());
}

/* path: a file that says who is who. */
static void write_map(const struct attempt *attempt) {
  int file = open(attempt->path, O_WRONLY | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  /* Where a map may be written it was written already, which the kernel allows only once. */
  if (write(file, "0 0 1\n", 6) < 0) refused(errno, "writing");
  succeeded("written");
}

#define ALL_WAYS(name, flag)                                       \
  {"unshare-" name, by_unshare, "EPERM", "root", NULL, flag},      \
      {"clone-" name, by_clone, "EPERM", "root", NULL, flag},      \
      {"clone3-" name, by_clone3, "ENOSYS|EPERM", "root", NULL, flag}, \
      {"setns-" name, by_setns, "EPERM|EACCES|ENOENT", "", "/proc/1/ns/" name, flag}

static const struct attempt attempts[] = {
    ALL_WAYS("user", CLONE_NEWUSER),
    ALL_WAYS("mnt", CLONE_NEWNS),
    ALL_WAYS("pid", CLONE_NEWPID),
    ALL_WAYS("net", CLONE_NEWNET),
    ALL_WAYS("uts", CLONE_NEWUTS),
    ALL_WAYS("ipc", CLONE_NEWIPC),
    ALL_WAYS("cgroup", CLONE_NEWCGROUP),
    {"unshare-time", by_unshare, "EPERM", "root", NULL, CLONE_NEWTIME},
    {"clone3-time", by_clone3, "ENOSYS|EPERM", "root", NULL, CLONE_NEWTIME},
    {"setns-time", by_setns, "EPERM|EACCES|ENOENT", "", "/proc/1/ns/time", CLONE_NEWTIME},
    {"unshare-all", by_unshare, "EPERM", "root", NULL,
     CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC},
    {"unshare-upper-bits", by_raw_unshare, "EPERM", "", NULL, CLONE_NEWNS | (1L << 40)},
    {"clone-upper-bits", by_clone, "EPERM", "root", NULL, CLONE_NEWUTS | (1L << 40)},
    {"clone-user-and-mnt", by_clone, "EPERM", "root", NULL, CLONE_NEWUSER | CLONE_NEWNS},
    {"clone3-choosing-pid", by_clone3_with_number, "ENOSYS|EPERM", "root"},
    {"clone3-into-cgroup", by_clone3_into_cgroup, "ENOSYS|EPERM", "all"},
    {"setns-self-uts", by_setns, "EPERM", "root", "/proc/self/ns/uts", CLONE_NEWUTS},
    {"setns-self-net", by_setns, "EPERM", "root", "/proc/self/ns/net", CLONE_NEWNET},
    {"setns-self-mnt", by_setns, "EPERM", "root", "/proc/self/ns/mnt", CLONE_NEWNS},
    {"setns-pidfd-of-init", by_process, "EPERM|EACCES", "", NULL, 1},
    {"parent-of-user-namespace", above, "EPERM", "", "/proc/self/ns/user", NS_GET_PARENT},
    {"parent-of-pid-namespace", above, "EPERM", "", "/proc/self/ns/pid", NS_GET_PARENT},
    {"owner-of-net-namespace", above, "EPERM|EACCES|ENOENT", "", "/proc/1/ns/net", NS_GET_USERNS},
    {"root-in-a-user-namespace", become_root, "EPERM", "root"},
    {"write-uid-map", write_map, "EPERM|EACCES|EROFS", "", "/proc/self/uid_map"},
    {"write-gid-map", write_map, "EPERM|EACCES|EROFS", "", "/proc/self/gid_map"},
    {"write-projid-map", write_map, "EPERM|EACCES|EROFS|EINVAL", "", "/proc/self/projid_map"},
    {"write-setgroups", write_map, "EPERM|EACCES|EROFS|EINVAL", "", "/proc/self/setgroups"},
    {0}};

const struct group namespaces = {"namespaces", attempts};
