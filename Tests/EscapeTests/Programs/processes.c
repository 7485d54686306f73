/* The memory, descriptors and fate of other processes: of the sandbox's own first one, of a child,
   and of one on the host (victim=PID), which cannot even be named. */
#include "attack.h"

#include <linux/kcmp.h>
#include <sched.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>

/* Whom the attempt is about: a == 0 a child, 1 the first process, 2 the victim on the host. */
static pid_t whom(const struct attempt *attempt) {
  if (attempt->a == 0) return victim_child();
  return attempt->a == 1 ? 1 : (pid_t)given_number("victim");
}

static void attach(const struct attempt *attempt) {
  judge(ptrace((enum __ptrace_request)attempt->b, whom(attempt), NULL, NULL));
}

static void trace_me(const struct attempt *attempt) {
  (void)attempt;
  judge(ptrace(PTRACE_TRACEME, 0, NULL, NULL));
}

static char word[8] = "private";

static void transfer(const struct attempt *attempt) {
  char buffer[8] = "changed";
  struct iovec here = {buffer, sizeof buffer}, there = {word, sizeof word};
  pid_t pid = whom(attempt);
  if (attempt->b) BEHIND(process_vm_writev(pid, &here, 1, &there, 1, 0), EFAULT);
  BEHIND(process_vm_readv(pid, &here, 1, &there, 1, 0), EFAULT);
}

static void take_descriptor(const struct attempt *attempt) {
  int pidfd = (int)syscall(SYS_pidfd_open, whom(attempt), 0);
  if (pidfd < 0) refused(errno, "pidfd_open");
  BEHIND(syscall(SYS_pidfd_getfd, pidfd, 1, 0), EBADF);
}

static void compare(const struct attempt *attempt) {
  judge(syscall(SYS_kcmp, getpid(), whom(attempt), KCMP_VM, 0, 0));
}

/* path: a file of the process, opened as `b` says and read when it is a number of bytes. */
static void file_of(const struct attempt *attempt) {
  char path[64], buffer[16];
  snprintf(path, sizeof path, "/proc/%d/%s", whom(attempt), attempt->path);
  int file = open(path, (int)attempt->b | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  if (attempt->b != O_RDONLY) succeeded("opened for writing");
  ssize_t count = attempt->c ? pread(file, buffer, sizeof buffer, attempt->c)
                             : read(file, buffer, sizeof buffer);
  if (count < 0) refused(errno, "reading");
  if (count == 0) refused_as("empty", "");
  succeeded("read %zd bytes", count);
}

static void link_of(const struct attempt *attempt) {
  char path[64], target[256];
  snprintf(path, sizeof path, "/proc/%d/%s", whom(attempt), attempt->path);
  judge(readlink(path, target, sizeof target));
}

/* The memory of the process that started this one, through its file. */
static void memory_of_parent(const struct attempt *attempt) {
  char path[64], buffer[8];
  snprintf(path, sizeof path, "/proc/%d/mem", getppid());
  int file = open(path, (int)attempt->b | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  off_t place = (off_t)(uintptr_t)word;
  if (attempt->b == O_RDONLY) judge(pread(file, buffer, sizeof buffer, place));
  judge(pwrite(file, "private", 8, place));
}

static void signal_null(const struct attempt *attempt) { judge(kill(whom(attempt), 0)); }

static void signal_group(const struct attempt *attempt) {
  judge(kill(-whom(attempt), 0));
}

static void signal_queued(const struct attempt *attempt) {
  siginfo_t info = {.si_signo = 0, .si_code = SI_QUEUE};
  judge(syscall(SYS_rt_sigqueueinfo, whom(attempt), 0, &info));
}

static void signal_thread(const struct attempt *attempt) {
  pid_t pid = whom(attempt);
  judge(syscall(SYS_tgkill, pid, pid, 0));
}

static void handle(const struct attempt *attempt) {
  judge(syscall(SYS_pidfd_open, whom(attempt), 0));
}

static void limits(const struct attempt *attempt) {
  struct rlimit limit;
  judge(prlimit(whom(attempt), RLIMIT_NOFILE, NULL, &limit));
}

static void priority(const struct attempt *attempt) {
  errno = 0;
  int value = getpriority(PRIO_PROCESS, (id_t)whom(attempt));
  if (errno) refused(errno, "");
  judge(setpriority(PRIO_PROCESS, (id_t)whom(attempt), value));
}

static void affinity(const struct attempt *attempt) {
  cpu_set_t cpus;
  pid_t pid = whom(attempt);
  if (sched_getaffinity(pid, sizeof cpus, &cpus) < 0) refused(errno, "");
  judge(sched_setaffinity(pid, sizeof cpus, &cpus));
}

static void owner(const struct attempt *attempt) {
  int ends[2];
  if (pipe(ends) < 0) not_attempted("pipe");
  judge(fcntl(ends[0], F_SETOWN, whom(attempt)));
}

static void move_memory(const struct attempt *attempt) {
  judge(syscall(SYS_migrate_pages, whom(attempt), 0, NULL, NULL));
}

static void advise(const struct attempt *attempt) {
  int pidfd = (int)syscall(SYS_pidfd_open, whom(attempt), 0);
  if (pidfd < 0) refused(errno, "pidfd_open");
  struct iovec range = {(void *)((uintptr_t)word & ~4095ul), 4096};
  judge(syscall(SYS_process_madvise, pidfd, &range, 1, 20 /* MADV_COLD */, 0));
}

static void robust_list(const struct attempt *attempt) {
  void *head;
  size_t size;
  judge(syscall(SYS_get_robust_list, whom(attempt), &head, &size));
}

/* Numbers in /proc that belong to nobody inside. */
static void sees_victim(const struct attempt *attempt) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%ld/%s", given_number("victim"), attempt->path);
  judge(access(path, F_OK));
}

enum { CHILD, FIRST, HOST };
#define EXIST_NOT "EPERM|ESRCH"

static const struct attempt attempts[] = {
    {"ptrace-attach-child", attach, "EPERM", "all", NULL, CHILD, PTRACE_ATTACH},
    {"ptrace-seize-child", attach, "EPERM", "all", NULL, CHILD, PTRACE_SEIZE},
    {"ptrace-attach-init", attach, "EPERM", "", NULL, FIRST, PTRACE_ATTACH},
    {"ptrace-seize-host", attach, EXIST_NOT, "all", NULL, HOST, PTRACE_SEIZE},
    {"ptrace-traceme", trace_me, "EPERM", "all"},
    {"process-vm-readv-child", transfer, "EPERM", "all", NULL, CHILD, 0},
    {"process-vm-writev-child", transfer, "EPERM", "all", NULL, CHILD, 1},
    {"process-vm-readv-init", transfer, "EPERM", "", NULL, FIRST, 0},
    {"process-vm-readv-host", transfer, EXIST_NOT, "all", NULL, HOST, 0},
    {"pidfd-getfd-child", take_descriptor, "EPERM", "all", NULL, CHILD},
    {"pidfd-getfd-init", take_descriptor, "EPERM", "", NULL, FIRST},
    {"pidfd-getfd-host", take_descriptor, EXIST_NOT "|EINVAL", "all", NULL, HOST},
    {"kcmp-child", compare, "EPERM", "all", NULL, CHILD},
    {"kcmp-init", compare, "EPERM", "", NULL, FIRST},
    {"proc-1-environ", file_of, "EACCES|EPERM|ENOENT", "", "environ", FIRST, O_RDONLY},
    {"proc-1-mem", file_of, "EACCES|EPERM|ENOENT", "", "mem", FIRST, O_RDONLY},
    {"proc-1-mem-writing", file_of, "EACCES|EPERM|ENOENT", "", "mem", FIRST, O_RDWR},
    {"proc-1-maps", file_of, "EACCES|EPERM|ENOENT|empty", "", "maps", FIRST, O_RDONLY},
    {"proc-1-auxv", file_of, "EACCES|EPERM|ENOENT", "", "auxv", FIRST, O_RDONLY},
    {"proc-1-stack", file_of, "EACCES|EPERM|ENOENT", "", "stack", FIRST, O_RDONLY},
    {"proc-1-syscall", file_of, "EACCES|EPERM|ENOENT", "", "syscall", FIRST, O_RDONLY},
    {"proc-1-pagemap", file_of, "EACCES|EPERM|ENOENT|empty", "", "pagemap", FIRST, O_RDONLY},
    {"proc-1-io", file_of, "EACCES|EPERM|ENOENT", "", "io", FIRST, O_RDONLY},
    {"proc-1-fd", file_of, "EACCES|EPERM|ENOENT", "", "fd/3", FIRST, O_RDONLY},
    {"proc-1-root", file_of, "EACCES|EPERM|ENOENT", "", "root/etc/passwd", FIRST, O_RDONLY},
    {"proc-1-cwd", file_of, "EACCES|EPERM|ENOENT", "", "cwd/.", FIRST, O_RDONLY},
    {"proc-1-exe", file_of, "EACCES|EPERM|ENOENT", "", "exe", FIRST, O_RDONLY},
    {"proc-1-exe-writing", file_of, "EACCES|EPERM|ENOENT", "", "exe", FIRST, O_RDWR},
    {"proc-1-oom-score-adj", file_of, "EACCES|EPERM|ENOENT|EROFS", "", "oom_score_adj", FIRST, O_WRONLY},
    {"proc-1-clear-refs", file_of, "EACCES|EPERM|ENOENT|EROFS", "", "clear_refs", FIRST, O_WRONLY},
    {"proc-1-link-exe", link_of, "EACCES|EPERM|ENOENT", "", "exe", FIRST},
    {"proc-1-link-root", link_of, "EACCES|EPERM|ENOENT", "", "root", FIRST},
    {"proc-1-link-fd", link_of, "EACCES|EPERM|ENOENT", "", "fd/0", FIRST},
    {"proc-parent-mem-writing", memory_of_parent, "EACCES|EPERM|EROFS", "all", NULL, 0, O_RDWR},
    {"host-process-kill", signal_null, "ESRCH", "all", NULL, HOST},
    {"host-group-kill", signal_group, "ESRCH", "all", NULL, HOST},
    {"host-process-sigqueue", signal_queued, "ESRCH|EPERM", "all", NULL, HOST},
    {"host-process-tgkill", signal_thread, "ESRCH", "all", NULL, HOST},
    {"host-process-pidfd", handle, "ESRCH|EINVAL", "all", NULL, HOST},
    {"host-process-limits", limits, "ESRCH", "all", NULL, HOST},
    {"host-process-priority", priority, "ESRCH", "all", NULL, HOST},
    {"host-process-affinity", affinity, "ESRCH", "all", NULL, HOST},
    {"host-process-setown", owner, "ESRCH", "all", NULL, HOST},
    {"host-process-migrate-pages", move_memory, "ESRCH|EPERM|ENOSYS", "", NULL, HOST},
    {"host-process-madvise", advise, "ESRCH|EINVAL|EPERM", "", NULL, HOST},
    {"host-process-robust-list", robust_list, "ESRCH|EPERM", "all", NULL, HOST},
    {"host-process-in-proc", sees_victim, "ENOENT", "all", "stat"},
    {"host-process-task-in-proc", sees_victim, "ENOENT", "all", "task"},
    {0}};

const struct group processes = {"processes", attempts};
