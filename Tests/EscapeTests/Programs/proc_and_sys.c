/* Files of the kernel. Those that would act are opened for writing and nothing is written. */
#include "attack.h"

#include <linux/limits.h>
#include <sys/sysmacros.h>

/* path: what is opened for writing. */
static void open_for_writing(const struct attempt *attempt) {
  struct stat status;
  int file = open(attempt->path, O_WRONLY | O_CLOEXEC);
  if (file >= 0 && fstat(file, &status) == 0 && S_ISCHR(status.st_mode) &&
      status.st_rdev == makedev(1, 3))
    refused_as("masked", "it is /dev/null");
  judge(file);
}

/* Offsets of the clocks of a time namespace: none. */
static void clock_offsets(const struct attempt *attempt) {
  (void)attempt;
  int file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  judge(write(file, "monotonic 0 0\n", 14));
}

static void read_something(const struct attempt *attempt) {
  char buffer[64];
  int file = open(attempt->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  ssize_t count = read(file, buffer, sizeof buffer);
  if (count < 0) refused(errno, "reading");
  if (count == 0) refused_as("empty", "");
  succeeded("read %zd bytes", count);
}

static void look(const struct attempt *attempt) { judge(access(attempt->path, F_OK)); }

/* Addresses of the kernel's own code, which say where it lies in memory. */
static void addresses(const struct attempt *attempt) {
  char line[256];
  FILE *file = fopen(attempt->path, "re");
  if (!file) refused(errno, "opening");
  while (fgets(line, sizeof line, file))
    if (strtoull(line, NULL, 16) != 0) succeeded("an address");
  refused_as("empty", "no address");
}

/* A value that only privileged processes may lower. */
static void lower_oom_score(const struct attempt *attempt) {
  (void)attempt;
  int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  judge(write(file, "-1000", 5));
}

static void login_uid(const struct attempt *attempt) {
  (void)attempt;
  int file = open("/proc/self/loginuid", O_WRONLY | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  judge(write(file, "0", 1));
}

/* path: a folder of control groups. */
static void new_cgroup(const struct attempt *attempt) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s/attack", attempt->path);
  if (mkdir(path, 0755) < 0) refused(errno, "");
  rmdir(path);
  succeeded("a control group");
}

#define NOT_THERE "ENOENT"
#define NOT_WRITABLE "EROFS|EACCES|EPERM|ENOENT"
#define SYSCTL(name, path) {"sysctl-" name, open_for_writing, NOT_WRITABLE, "root", "/proc/sys/" path}

static const struct attempt attempts[] = {
    SYSCTL("hostname", "kernel/hostname"),
    SYSCTL("domainname", "kernel/domainname"),
    SYSCTL("core-pattern", "kernel/core_pattern"),
    {"sysctl-modprobe", open_for_writing, NOT_WRITABLE, "", "/proc/sys/kernel/modprobe"},
    SYSCTL("randomize-va-space", "kernel/randomize_va_space"),
    SYSCTL("pid-max", "kernel/pid_max"),
    SYSCTL("printk", "kernel/printk"),
    SYSCTL("shmmax", "kernel/shmmax"),
    {"sysctl-max-user-namespaces", open_for_writing, NOT_WRITABLE, "",
     "/proc/sys/user/max_user_namespaces"},
    SYSCTL("drop-caches", "vm/drop_caches"),
    SYSCTL("overcommit", "vm/overcommit_memory"),
    SYSCTL("mmap-min-addr", "vm/mmap_min_addr"),
    SYSCTL("suid-dumpable", "fs/suid_dumpable"),
    SYSCTL("protected-symlinks", "fs/protected_symlinks"),
    SYSCTL("ip-forward", "net/ipv4/ip_forward"),
    SYSCTL("port-range", "net/ipv4/ip_local_port_range"),
    {"sysctl-ns-last-pid", open_for_writing, NOT_WRITABLE, "", "/proc/sys/kernel/ns_last_pid"},
    {"sysctl-binfmt-misc", open_for_writing, NOT_WRITABLE, "", "/proc/sys/fs/binfmt_misc/register"},
    {"sysrq-trigger", open_for_writing, "masked|EACCES|EPERM|EROFS|ENOENT", "",
     "/proc/sysrq-trigger"},
    {"proc-irq-affinity", open_for_writing, NOT_WRITABLE, "root",
     "/proc/irq/default_smp_affinity"},
    {"proc-mtrr", open_for_writing, NOT_WRITABLE, "", "/proc/mtrr"},
    {"proc-bus-pci", open_for_writing, "EROFS|EACCES|EPERM|ENOENT|EISDIR", "",
     "/proc/bus/pci/00/00.0"},
    {"proc-timer-list-writing", open_for_writing, "masked|EACCES|EPERM|EROFS|ENOENT", "", "/proc/timer_list"},
    {"proc-kcore", read_something, "EACCES|EPERM|empty|ENOENT", "", "/proc/kcore"},
    {"proc-kmsg", read_something, "EACCES|EPERM|ENOENT|empty", "", "/proc/kmsg"},
    {"proc-vmcore", read_something, "EACCES|EPERM|ENOENT|empty", "", "/proc/vmcore"},
    {"proc-keys", read_something, "EACCES|EPERM|ENOENT|empty", "", "/proc/keys"},
    {"proc-key-users", read_something, "EACCES|EPERM|ENOENT|empty", "all", "/proc/key-users"},
    {"proc-timer-list", read_something, "EACCES|EPERM|ENOENT|empty", "root", "/proc/timer_list"},
    {"proc-sched-debug", read_something, "EACCES|EPERM|ENOENT|empty", "", "/proc/sched_debug"},
    {"proc-latency-stats", read_something, "EACCES|EPERM|ENOENT|empty", "", "/proc/latency_stats"},
    {"proc-scsi", read_something, "EACCES|EPERM|ENOENT|empty", "", "/proc/scsi/scsi"},
    {"proc-acpi", read_something, "EACCES|EPERM|ENOENT|empty", "", "/proc/acpi/wakeup"},
    {"proc-kpagecount", read_something, "EACCES|EPERM|ENOENT|empty", "root", "/proc/kpagecount"},
    {"proc-kpageflags", read_something, "EACCES|EPERM|ENOENT|empty", "root", "/proc/kpageflags"},
    {"proc-slabinfo", read_something, "EACCES|EPERM|ENOENT|empty", "root", "/proc/slabinfo"},
    {"proc-pagetypeinfo", read_something, "EACCES|EPERM|ENOENT|empty", "root",
     "/proc/pagetypeinfo"},
    {"proc-vmallocinfo", read_something, "EACCES|EPERM|ENOENT|empty", "root", "/proc/vmallocinfo"},
    {"proc-iomem-addresses", addresses, "empty|EACCES|EPERM|ENOENT", "", "/proc/iomem"},
    {"proc-kallsyms-addresses", addresses, "empty|EACCES|EPERM|ENOENT", "", "/proc/kallsyms"},
    {"proc-modules-addresses", addresses, "empty|EACCES|EPERM|ENOENT", "", "/proc/modules"},
    {"self-oom-score", lower_oom_score, "EACCES|EPERM|EROFS", ""},
    {"self-loginuid", login_uid, "EACCES|EPERM|EROFS|ENOENT|EINVAL", ""},
    {"self-timens-offsets", clock_offsets, "EACCES|EPERM|EROFS|ENOENT", ""},
    {"sys", look, NOT_THERE, "all", "/sys/kernel"},
    {"sys-uevent-helper", open_for_writing, NOT_THERE "|EACCES|EROFS", "", "/sys/kernel/uevent_helper"},
    {"sys-power-state", open_for_writing, NOT_THERE "|EACCES|EROFS", "", "/sys/power/state"},
    {"sys-mm", open_for_writing, NOT_THERE "|EACCES|EROFS", "",
     "/sys/kernel/mm/transparent_hugepage/enabled"},
    {"sys-debug", look, NOT_THERE, "", "/sys/kernel/debug"},
    {"sys-tracing", look, NOT_THERE, "", "/sys/kernel/tracing/trace"},
    {"sys-modules", look, NOT_THERE, "all", "/sys/module"},
    {"sys-firmware", look, NOT_THERE, "", "/sys/firmware/acpi/tables"},
    {"sys-block", look, NOT_THERE, "all", "/sys/block"},
    {"sys-net", look, NOT_THERE, "all", "/sys/class/net"},
    {"cgroup-folder", look, NOT_THERE, "", "/sys/fs/cgroup"},
    {"cgroup-new", new_cgroup, NOT_THERE "|EROFS|EACCES", "", "/sys/fs/cgroup/unified"},
    {"cgroup-release-agent", open_for_writing, NOT_THERE "|EROFS|EACCES", "",
     "/sys/fs/cgroup/memory/release_agent"},
    {"cgroup-procs", open_for_writing, NOT_THERE "|EROFS|EACCES", "",
     "/sys/fs/cgroup/cgroup.procs"},
    {0}};

const struct group proc_and_sys = {"proc-and-sys", attempts};
