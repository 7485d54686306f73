/* Becoming somebody else, and leaving files behind that make whoever runs them somebody else. */
#include "attack.h"

#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/openat2.h>
#include <linux/securebits.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/un.h>
#include <sys/xattr.h>

enum { SETUID = 04755, SETGID = 02755, FCHMODAT2 = 452, SETXATTRAT = 463 };

/* ---- identity */

static void identity(const struct attempt *attempt) {
  switch (attempt->a) {
  case SYS_setgroups: judge(syscall(SYS_setgroups, 1, (gid_t[]){0}));
  case SYS_setresuid:
  case SYS_setresgid: judge(syscall(attempt->a, 0, 0, 0));
  default: judge(syscall(attempt->a, 0, 0));
  }
}

static void file_identity(const struct attempt *attempt) {
  /* The call gives back the old number, whatever happens. */
  syscall(attempt->a, 0);
  if (syscall(attempt->a, -1) == 0) succeeded("it is 0 now");
  refused_as("unchanged", "");
}

static void all_capabilities(const struct attempt *attempt) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2];
  if (syscall(SYS_capget, &header, data) < 0) refused(errno, "capget");
  if (attempt->a) {
    if (data[0].effective || data[1].effective || data[0].permitted || data[1].permitted)
      succeeded("it has capabilities: %x", data[0].effective);
    refused_as("none", "");
  }
  /* One that is always there. */
  data[0].effective = data[0].permitted = data[0].inheritable = 1u << CAP_CHOWN;
  judge(syscall(SYS_capset, &header, data));
}

static void control(const struct attempt *attempt) {
  judge(prctl((int)attempt->a, attempt->b, attempt->c, 0, 0));
}

static void bounding_set(const struct attempt *attempt) {
  (void)attempt;
  for (unsigned long capability = 0; capability < 64; capability++) {
    int is_in = prctl(PR_CAPBSET_READ, capability, 0, 0, 0);
    if (is_in < 0) break;
    if (is_in) succeeded("capability %lu is in the bounding set", capability);
  }
  refused_as("none", "");
}

static void no_new_privileges(const struct attempt *attempt) {
  (void)attempt;
  if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1) refused_as("set", "");
  succeeded("executing a setuid program would give privileges");
}

static void raise_limit(const struct attempt *attempt) {
  struct rlimit limit;
  if (getrlimit((__rlimit_resource_t)attempt->a, &limit) < 0) not_attempted("getrlimit");
  if (limit.rlim_max == RLIM_INFINITY) succeeded("there is no limit");
  limit.rlim_max = limit.rlim_max + 1;
  judge(setrlimit((__rlimit_resource_t)attempt->a, &limit));
}

static void nicer(const struct attempt *attempt) {
  (void)attempt;
  judge(setpriority(PRIO_PROCESS, 0, -20));
}

static void io_priority(const struct attempt *attempt) {
  (void)attempt;
  judge(syscall(SYS_ioprio_set, 1, 0, 1 << 13 /* real time */));
}

/* ---- setuid and setgid files. Modes are read back: a call may drop the bits silently. */

static _Noreturn void judge_mode(long result, const char *path, long bits) {
  if (result < 0) refused(errno, "");
  struct stat status;
  if (lstat(path, &status) < 0) not_attempted("lstat: %s", strerror(errno));
  if (status.st_mode & (mode_t)bits & (S_ISUID | S_ISGID)) {
    /* Nothing of this stays on the host. */
    remove(path);
    succeeded("the mode is %o", status.st_mode & 07777);
  }
  remove(path);
  refused_as("dropped", "the mode is %o", status.st_mode & 07777);
}

/* a: mode; b: which call; c: bits that the kernel ignores. */
static void change_mode(const struct attempt *attempt) {
  const char *path = scratch("file");
  int file = scratch_file("file");
  long mode = attempt->a | attempt->c;
  long result = -1;
  switch (attempt->b) {
  case SYS_chmod: result = syscall(SYS_chmod, path, mode); break;
  case SYS_fchmod: result = syscall(SYS_fchmod, file, mode); break;
  case SYS_fchmodat: result = syscall(SYS_fchmodat, AT_FDCWD, path, mode); break;
  case FCHMODAT2: result = syscall(FCHMODAT2, AT_FDCWD, path, mode, 0); break;
  }
  judge_mode(result, path, attempt->a);
}

static void create(const struct attempt *attempt) {
  const char *path = scratch("new");
  remove(path);
  umask(0);
  long mode = attempt->a | attempt->c;
  long result = -1;
  struct open_how how = {
      .flags = O_CREAT | O_WRONLY, .mode = (uint64_t)attempt->a};
  switch (attempt->b) {
  case SYS_open: result = syscall(SYS_open, path, O_CREAT | O_WRONLY, mode); break;
  case SYS_openat: result = syscall(SYS_openat, AT_FDCWD, path, O_CREAT | O_WRONLY, mode); break;
  case SYS_creat: result = syscall(SYS_creat, path, mode); break;
  case SYS_openat2: result = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof how); break;
  case SYS_mkdir: result = syscall(SYS_mkdir, path, mode); break;
  case SYS_mkdirat: result = syscall(SYS_mkdirat, AT_FDCWD, path, mode); break;
  case SYS_mknod: result = syscall(SYS_mknod, path, S_IFREG | mode, 0); break;
  case SYS_mknodat: result = syscall(SYS_mknodat, AT_FDCWD, path, S_IFREG | mode, 0); break;
  }
  judge_mode(result, path, attempt->a);
}

/* A file without a name gets one. */
static void nameless(const struct attempt *attempt) {
  const char *path = scratch("named");
  unlink(path);
  umask(0);
  int file = open(is_given("scratch") ? given("scratch") : "/tmp", O_TMPFILE | O_RDWR,
                  (mode_t)attempt->a);
  if (file < 0) refused(errno, "open");
  char name[64];
  snprintf(name, sizeof name, "/proc/self/fd/%d", file);
  judge_mode(linkat(AT_FDCWD, name, AT_FDCWD, path, AT_SYMLINK_FOLLOW), path, attempt->a);
}

static void local_socket(const struct attempt *attempt) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  snprintf(address.sun_path, sizeof address.sun_path, "%s", scratch("socket"));
  unlink(address.sun_path);
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (descriptor < 0) refused(errno, "socket");
  fchmod(descriptor, (mode_t)attempt->a); /* the mode of the file is the socket's */
  umask(0);
  judge_mode(bind(descriptor, (struct sockaddr *)&address, sizeof address), address.sun_path,
             attempt->a);
}

/* A file in memory, executed: allowed, but not with another identity. */
static void memory_file(const struct attempt *attempt) {
  int file = memfd_create("attack", 0);
  if (file < 0) refused(errno, "memfd_create");
  judge(fchmod(file, (mode_t)attempt->a));
}

/* ---- other marks on files */

static void attribute(const struct attempt *attempt) {
  static const unsigned char capability[20] = {1, 0, 0, 2, 0xff, 0xff, 0xff, 0xff};
  int file = scratch_file("file");
  const char *path = scratch("file");
  const void *value = capability;
  size_t size = sizeof capability;
  switch (attempt->a) {
  case SYS_setxattr: judge(setxattr(path, attempt->path, value, size, 0));
  case SYS_lsetxattr: judge(lsetxattr(path, attempt->path, value, size, 0));
  case SYS_fsetxattr: judge(fsetxattr(file, attempt->path, value, size, 0));
  }
  struct { uint64_t value; uint32_t size, flags; } arguments = {(uintptr_t)value, 20, 0};
  judge(syscall(SETXATTRAT, AT_FDCWD, path, 0, attempt->path, &arguments, sizeof arguments));
}

static void flags_of_file(const struct attempt *attempt) {
  int file = scratch_file("file");
  if (attempt->b) {
    struct fsxattr flags = {.fsx_xflags = FS_XFLAG_IMMUTABLE};
    judge(ioctl(file, FS_IOC_FSSETXATTR, &flags));
  }
  int flags = (int)attempt->a;
  long result = ioctl(file, FS_IOC_SETFLAGS, &flags);
  int error = errno, none = 0;
  ioctl(file, FS_IOC_SETFLAGS, &none);
  unlink(scratch("file"));
  errno = error;
  judge(result);
}

static void give_away(const struct attempt *attempt) {
  int file = scratch_file("file");
  if (attempt->a == SYS_fchown) judge(fchown(file, (uid_t)attempt->b, (gid_t)attempt->c));
  judge(syscall(attempt->a, scratch("file"), attempt->b, attempt->c));
}

#define CALLS(name, mode)                                                                  \
  {"chmod-" name, change_mode, "EPERM", "all", NULL, mode, SYS_chmod},                      \
      {"fchmod-" name, change_mode, "EPERM", "all", NULL, mode, SYS_fchmod},                \
      {"fchmodat-" name, change_mode, "EPERM", "all", NULL, mode, SYS_fchmodat},            \
      {"fchmodat2-" name, change_mode, "EPERM|ENOSYS", "", NULL, mode, FCHMODAT2},          \
      {"open-" name, create, "EPERM", "all", NULL, mode, SYS_open},                         \
      {"openat-" name, create, "EPERM", "all", NULL, mode, SYS_openat},                     \
      {"creat-" name, create, "EPERM", "all", NULL, mode, SYS_creat},                       \
      {"openat2-" name, create, "EPERM|ENOSYS", "all", NULL, mode, SYS_openat2},            \
      {"mkdir-" name, create, "EPERM|dropped", "", NULL, mode, SYS_mkdir},                  \
      {"mkdirat-" name, create, "EPERM|dropped", "", NULL, mode, SYS_mkdirat},              \
      {"mknod-" name, create, "EPERM", "all", NULL, mode, SYS_mknod},                       \
      {"mknodat-" name, create, "EPERM", "all", NULL, mode, SYS_mknodat},                   \
      {"nameless-" name, nameless, "EPERM|EOPNOTSUPP", "", NULL, mode},                     \
      {"memfd-" name, memory_file, "EPERM", "all", NULL, mode},                             \
      {"socket-" name, local_socket, "dropped|EPERM", "", NULL, mode}

static const struct attempt attempts[] = {
    {"setuid", identity, "EPERM|EINVAL", "root", NULL, SYS_setuid},
    {"setgid", identity, "EPERM|EINVAL", "root", NULL, SYS_setgid},
    {"setreuid", identity, "EPERM|EINVAL", "root", NULL, SYS_setreuid},
    {"setregid", identity, "EPERM|EINVAL", "root", NULL, SYS_setregid},
    {"setresuid", identity, "EPERM|EINVAL", "root", NULL, SYS_setresuid},
    {"setresgid", identity, "EPERM|EINVAL", "root", NULL, SYS_setresgid},
    {"setgroups", identity, "EPERM", "root", NULL, SYS_setgroups},
    {"setfsuid", file_identity, "unchanged", "root", NULL, SYS_setfsuid},
    {"setfsgid", file_identity, "unchanged", "root", NULL, SYS_setfsgid},
    {"capset", all_capabilities, "EPERM", "root", NULL, 0},
    {"capabilities", all_capabilities, "none", "root", NULL, 1},
    {"bounding-set", bounding_set, "none", "all"},
    {"ambient-raise", control, "EPERM|EINVAL", "", NULL, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE,
     CAP_CHOWN},
    {"securebits-clear", control, "EPERM", "root", NULL, PR_SET_SECUREBITS, 0},
    {"securebits-keep-caps", control, "EPERM", "root", NULL, PR_SET_SECUREBITS, SECBIT_KEEP_CAPS},
    {"keep-caps", control, "EPERM", "all", NULL, PR_SET_KEEPCAPS, 1},
    {"no-new-privs", no_new_privileges, "set", "all"},
    {"core-limit", raise_limit, "EPERM", "", NULL, RLIMIT_CORE},
    {"set-mm", control, "EPERM|EINVAL", "", NULL, PR_SET_MM, PR_SET_MM_BRK, 0},
    {"priority", nicer, "EACCES|EPERM", "root"},
    {"io-priority", io_priority, "EPERM", "root"},
    CALLS("setuid", SETUID),
    CALLS("setgid", SETGID),
    {"chmod-upper-bits", change_mode, "EPERM", "all", NULL, SETUID, SYS_chmod, 1L << 40},
    {"openat-upper-bits", create, "EPERM", "all", NULL, SETUID, SYS_openat, 1L << 40},
    {"mknodat-upper-bits", create, "EPERM", "all", NULL, SETUID, SYS_mknodat, 1L << 40},
    {"setxattr-capability", attribute, "EOPNOTSUPP|EPERM", "root", "security.capability",
     SYS_setxattr},
    {"lsetxattr-capability", attribute, "EOPNOTSUPP|EPERM", "root", "security.capability",
     SYS_lsetxattr},
    {"fsetxattr-capability", attribute, "EOPNOTSUPP|EPERM", "root", "security.capability",
     SYS_fsetxattr},
    {"setxattrat-capability", attribute, "ENOSYS", "", "security.capability", SETXATTRAT},
    {"setxattr-trusted", attribute, "EOPNOTSUPP|EPERM", "root", "trusted.attack", SYS_setxattr},
    {"setxattr-user", attribute, "EOPNOTSUPP", "all", "user.attack", SYS_setxattr},
    {"setxattrat-user", attribute, "ENOSYS", "", "user.attack", SETXATTRAT},
    {"immutable", flags_of_file, "EPERM|ENOTTY|EOPNOTSUPP", "root", NULL, FS_IMMUTABLE_FL, 0},
    {"append-only", flags_of_file, "EPERM|ENOTTY|EOPNOTSUPP", "root", NULL, FS_APPEND_FL, 0},
    {"chown-root", give_away, "EPERM|EINVAL", "root", NULL, SYS_chown, 0, 0},
    {"lchown-root", give_away, "EPERM|EINVAL", "root", NULL, SYS_lchown, 0, 0},
    {"fchown-root", give_away, "EPERM|EINVAL", "root", NULL, SYS_fchown, 0, 0},
    {"chown-group", give_away, "EPERM|EINVAL", "root", NULL, SYS_chown, -1, 4},
    {0}};

const struct group privileges = {"privileges", attempts};
