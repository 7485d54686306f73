#define _GNU_SOURCE
#include "CChild.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef KEYCTL_JOIN_SESSION_KEYRING
#define KEYCTL_JOIN_SESSION_KEYRING 1
#endif

#ifndef SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV /* Linux 5.19 */
#define SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV (1UL << 5)
#endif

#ifndef CLONE_NEWTIME /* Linux 5.6 */
#define CLONE_NEWTIME 0x00000080
#endif

enum { CONTROL = 3, MOST_STEPS = 128, MOST_EXPORTS = 16, MOST_FILTER = 4096 };

static struct sock_filter filter[MOST_FILTER];

static _Noreturn void fail(enum child_stage stage, int index) {
  struct child_message message = {
      .kind = CHILD_MESSAGE_FAULT, .stage = stage, .index = index, .error = errno};
  (void)!send(CONTROL, &message, sizeof message, MSG_NOSIGNAL);
  _exit(125);
}

static ssize_t receive(void *buffer, size_t size) {
  ssize_t count;
  do {
    count = recv(CONTROL, buffer, size, MSG_TRUNC);
  } while (count < 0 && errno == EINTR);
  if (count > (ssize_t)size) { errno = EMSGSIZE; return -1; } /* cut off: never use a part */
  return count;
}

static void await(char expected, enum child_stage stage) {
  char byte = 0;
  ssize_t count = receive(&byte, 1);
  if (count == 0) _exit(125); /* the runner is gone */
  if (count < 0 || byte != expected) fail(stage, 0);
}

/* Sends descriptors to the runner, and closes them here. */
static void hand_over(enum child_message_kind kind, int error, const int *descriptors,
                      int count) {
  struct child_message message = {.kind = (uint8_t)kind, .error = error};
  struct iovec data = {&message, sizeof message};
  _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MOST_EXPORTS)];
  memset(control, 0, sizeof control);
  struct msghdr header = {.msg_iov = &data, .msg_iovlen = 1};
  if (count > 0) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * (size_t)count);
    struct cmsghdr *rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * (size_t)count);
    memcpy(CMSG_DATA(rights), descriptors, sizeof(int) * (size_t)count);
  }
  if (sendmsg(CONTROL, &header, MSG_NOSIGNAL) < 0) fail(CHILD_STAGE_HANDOVER, 0);
  for (int i = 0; i < count; i++) close(descriptors[i]);
}

/* A detached copy of the mount tree at `path`, with its attributes set. */
static int detach(const char *path, uint32_t flags) {
  int tree = (int)syscall(SYS_open_tree, AT_FDCWD, path,
                          OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
  if (tree < 0) return -1;
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_NOSUID};
  /* A device can be written to through a read-only mount; only its node's times and mode cannot be
     changed then, which the host would see. */
  if (!(flags & CHILD_WRITABLE)) attributes.attr_set |= MOUNT_ATTR_RDONLY;
  if (!(flags & CHILD_DEVICE)) attributes.attr_set |= MOUNT_ATTR_NODEV;
  if (flags & (CHILD_NOEXEC | CHILD_DEVICE)) attributes.attr_set |= MOUNT_ATTR_NOEXEC;
  if (syscall(SYS_mount_setattr, tree, "", AT_EMPTY_PATH | AT_RECURSIVE, &attributes,
              sizeof attributes) < 0)
    return -1;
  return tree;
}

static int attach(int tree, const char *target) {
  long result = syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
  int error = errno;
  close(tree);
  errno = error;
  return (int)result;
}

static int set_readonly(const char *target) {
  struct mount_attr attributes = {.attr_set = MOUNT_ATTR_RDONLY};
  return (int)syscall(SYS_mount_setattr, AT_FDCWD, target, 0, &attributes, sizeof attributes);
}

/* The runner has closed what it wrote, but a child that another of its threads cloned meanwhile has
   a copy of its descriptors until it has closed them: wait for that, 2 seconds at most. */
static int freeze(const char *target) {
  for (int attempt = 0; attempt < 1000; attempt++) {
    if (set_readonly(target) == 0) return 0;
    if (errno != EBUSY) return -1;
    poll(NULL, 0, 2);
  }
  return -1;
}

static int write_file(const struct child_step *step, const char *path) {
  if (step->size == 0) return mknod(path, S_IFREG | step->mode, 0);
  int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, step->mode);
  if (file < 0) return -1;
  for (uint64_t done = 0; done < step->size;) {
    ssize_t count = write(file, step->text + done, step->size - done);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    done += (uint64_t)count;
  }
  return close(file);
}

/* Mounts a file of the root's own memory over an existing one; it has no name of its own. */
static int cover(const struct child_step *step) {
  static const char name[] = ".cover";
  if (write_file(step, name) < 0) return -1;
  int file = detach(name, CHILD_NOEXEC);
  if (file < 0 || attach(file, step->target) < 0) return -1;
  return unlink(name);
}

static int mask(const char *target) {
  struct stat status;
  if (lstat(target, &status) < 0) return errno == ENOENT ? 0 : -1;
  if (S_ISDIR(status.st_mode))
    return mount("tmpfs", target, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC,
                 "nr_inodes=1,mode=555");
  int null = detach("dev/null", CHILD_DEVICE);
  return null < 0 ? -1 : attach(null, target);
}

static int freeze_onto_itself(const struct child_step *step) {
  struct stat status;
  if (lstat(step->target, &status) < 0) return errno == ENOENT ? 0 : -1;
  int tree = detach(step->target, step->flags | CHILD_NOEXEC);
  return tree < 0 ? -1 : attach(tree, step->target);
}

static int perform(const struct child_step *step, int source) {
  unsigned long flags = MS_NOSUID | MS_NODEV;
  if (step->flags & CHILD_NOEXEC) flags |= MS_NOEXEC;
  switch (step->kind) {
  case CHILD_STEP_DIRECTORY:
    return mkdir(step->target, step->mode) < 0 && errno != EEXIST ? -1 : 0;
  case CHILD_STEP_FILE: return write_file(step, step->target);
  case CHILD_STEP_COVER: return cover(step);
  case CHILD_STEP_SYMLINK: return symlink(step->source, step->target);
  case CHILD_STEP_BIND: return attach(source, step->target);
  case CHILD_STEP_TMPFS: return mount("tmpfs", step->target, "tmpfs", flags, step->source);
  case CHILD_STEP_PROC:
    return mount("proc", step->target, "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, step->source);
  case CHILD_STEP_MASK: return mask(step->target);
  case CHILD_STEP_READONLY: return freeze_onto_itself(step);
  default: errno = EINVAL; return -1;
  }
}

static void raise_loopback(void) {
  struct ifreq request;
  memset(&request, 0, sizeof request);
  strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP;
  int probe = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (probe < 0 || ioctl(probe, SIOCSIFFLAGS, &request) < 0) fail(CHILD_STAGE_NETWORK, 0);
  close(probe);
}

/* What the kernel takes longest to make. Here and not in clone3(2), so that the runner can read and
   compile its profile meanwhile. */
static void make_namespaces(uint64_t namespaces) {
  if (unshare((int)namespaces) < 0) fail(CHILD_STAGE_NAMESPACES, 0);
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) fail(CHILD_STAGE_PROPAGATION, 0);
  if (namespaces & CLONE_NEWNET) raise_loopback();
}

/* Puts the children to come into a time namespace whose clocks since boot begin with `uptime`
   (time_namespaces(7)). Returns why there is none, or 0. */
static int set_uptime(int64_t uptime) {
  if (unshare(CLONE_NEWTIME) < 0) return errno;
  static const char *const clocks[] = {"monotonic ", "boottime "};
  static const clockid_t ids[] = {CLOCK_MONOTONIC, CLOCK_BOOTTIME};
  int file = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
  if (file < 0) fail(CHILD_STAGE_TIME, 0);
  for (int i = 0; i < 2; i++) {
    struct timespec now;
    if (clock_gettime(ids[i], &now) < 0) fail(CHILD_STAGE_TIME, 1);
    /* "clock seconds nanoseconds"; no snprintf(3) here. */
    int64_t offset = uptime - now.tv_sec;
    uint64_t magnitude = offset < 0 ? 0 - (uint64_t)offset : (uint64_t)offset;
    char line[48];
    size_t end = sizeof line;
    line[--end] = '0';
    line[--end] = ' ';
    do line[--end] = (char)('0' + magnitude % 10);
    while (magnitude /= 10);
    if (offset < 0) line[--end] = '-';
    size_t length = strlen(clocks[i]);
    end -= length;
    memcpy(line + end, clocks[i], length);
    if (write(file, line + end, sizeof line - end) < 0) fail(CHILD_STAGE_TIME, 2);
  }
  close(file);
  return 0;
}

/* Returns a descriptor of the host's root; the new one is the root and working folder. */
static int build_root(const struct child_description *d) {
  /* Needs the host's /proc, and root's identity there. */
  int time_error = d->uptime < 0 ? ENOENT : set_uptime(d->uptime);
  int sources[MOST_STEPS];
  if (d->step_count > MOST_STEPS) { errno = E2BIG; fail(CHILD_STAGE_ROOT, 0); }
  /* Sources are cloned before the identity changes (a folder on the way may be private to the
     runner) and before anything is mounted (the new root may hide them). */
  for (uint32_t i = 0; i < d->step_count; i++) {
    sources[i] = -1;
    if (d->steps[i].kind != CHILD_STEP_BIND) continue;
    sources[i] = detach(d->steps[i].source, d->steps[i].flags);
    if (sources[i] < 0) fail(CHILD_STAGE_SOURCE, (int)i);
  }
  /* Raw calls: glibc's wrappers signal the threads of a process that is only a copy here. */
  if (d->drop_groups && syscall(SYS_setgroups, 0, NULL) < 0) fail(CHILD_STAGE_IDENTITY, 0);
  if (syscall(SYS_setresgid, d->gid, d->gid, d->gid) < 0) fail(CHILD_STAGE_IDENTITY, 1);
  if (syscall(SYS_setresuid, d->uid, d->uid, d->uid) < 0) fail(CHILD_STAGE_IDENTITY, 2);
  if (sethostname(d->hostname, strlen(d->hostname)) < 0) fail(CHILD_STAGE_HOSTNAME, 0);
  if (setdomainname(d->domain, strlen(d->domain)) < 0) fail(CHILD_STAGE_HOSTNAME, 1);

  /* Any folder serves as a place for the new root until pivot_root(2), except /proc: a fresh proc
     is refused while the old one is covered. */
  umask(0);
  static const char *const places[] = {"/tmp", "/var/tmp", "/run", "/mnt", "/usr"};
  const char *place = NULL;
  for (size_t i = 0; i < sizeof places / sizeof *places && !place; i++)
    if (mount("tmpfs", places[i], "tmpfs", MS_NOSUID | MS_NODEV, "size=16m,mode=755") == 0)
      place = places[i];
  if (!place || chdir(place) < 0) fail(CHILD_STAGE_ROOT, 0);
  /* Targets resolve as they will inside: an absolute symlink in a mounted tree must not lead to the
     host's files. pivot_root(2) wants the old root back. */
  int host = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (host < 0 || chroot(".") < 0) fail(CHILD_STAGE_ROOT, 1);

  int exports[MOST_EXPORTS];
  int export_count = 0;
  for (uint32_t i = 0; i < d->step_count; i++) {
    const struct child_step *step = &d->steps[i];
    if (perform(step, sources[i]) < 0) fail(CHILD_STAGE_STEP, (int)i);
    if (!(step->flags & CHILD_EXPORTED)) continue;
    if (export_count == MOST_EXPORTS) { errno = E2BIG; fail(CHILD_STAGE_STEP, (int)i); }
    exports[export_count] = open(step->target, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (exports[export_count++] < 0) fail(CHILD_STAGE_STEP, (int)i);
  }

  hand_over(CHILD_MESSAGE_MOUNTS, time_error, exports, export_count);
  return host;
}

/* Waits for the filter. Sets *listen when the runner wants a listener. */
static uint16_t await_filter(int *listen) {
  static char packet[1 + sizeof filter];
  ssize_t count = receive(packet, sizeof packet);
  if (count == 0) _exit(125);
  if (count < 0) fail(CHILD_STAGE_HANDOVER, 1);
  /* No filter at all is an error too, never a sandbox without one. */
  if (count < 1 + (ssize_t)sizeof *filter || (packet[0] != 'P' && packet[0] != 'L') ||
      (count - 1) % (ssize_t)sizeof *filter != 0) {
    errno = EPROTO;
    fail(CHILD_STAGE_HANDOVER, 2);
  }
  *listen = packet[0] == 'L';
  memcpy(filter, packet + 1, (size_t)count - 1);
  return (uint16_t)((count - 1) / (ssize_t)sizeof *filter);
}

/* Mounts that the runner fills become read-only when it is done. */
static void freeze_filled(const struct child_description *d) {
  int is_filled = 0;
  for (uint32_t i = 0; i < d->step_count; i++) {
    if (!(d->steps[i].flags & CHILD_FREEZE)) continue;
    if (!is_filled) await('F', CHILD_STAGE_HANDOVER);
    is_filled = 1;
    if (freeze(d->steps[i].target) < 0) fail(CHILD_STAGE_STEP, (int)i);
  }
}

static void enter_root(const struct child_description *d, int host) {
  int root = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (root < 0 || fchdir(host) < 0 || chroot(".") < 0 || fchdir(root) < 0)
    fail(CHILD_STAGE_PIVOT, 4);
  close(root);
  close(host);
  if (syscall(SYS_pivot_root, ".", ".") < 0) fail(CHILD_STAGE_PIVOT, 0);
  if (umount2(".", MNT_DETACH) < 0) fail(CHILD_STAGE_PIVOT, 1);
  if (chdir("/") < 0) fail(CHILD_STAGE_PIVOT, 2);
  if (!(d->omitted & CHILD_OMIT_READONLY_ROOT) && set_readonly("/") < 0)
    fail(CHILD_STAGE_PIVOT, 3);
}

static void drop_capabilities(void) {
  if (prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) < 0)
    fail(CHILD_STAGE_CAPABILITIES, 0);
  for (int capability = 0;; capability++) {
    if (prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno == EINVAL && capability > CAP_SETFCAP) break; /* past the kernel's last one */
    fail(CHILD_STAGE_CAPABILITIES, 1);
  }
  unsigned long bits = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                       SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED |
                       SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  if (prctl(PR_SET_SECUREBITS, bits, 0, 0, 0) < 0) fail(CHILD_STAGE_CAPABILITIES, 2);
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct none[2] = {{0, 0, 0}, {0, 0, 0}};
  if (syscall(SYS_capset, &header, none) < 0) fail(CHILD_STAGE_CAPABILITIES, 3);
}

/* One rule: what may be done beneath the file or folder behind a descriptor. */
static int allow_beneath(int ruleset, int file, uint64_t access) {
  struct { uint64_t access; int32_t file; } __attribute__((packed)) rule = {access, file};
  return (int)syscall(SYS_landlock_add_rule, ruleset, 1 /* PATH_BENEATH */, &rule, 0);
}

/* A standard stream can be opened again through /proc/self/fd, as /dev/stdout is, only where a rule
   says so: its file is beneath no folder of the sandbox. Pipes and sockets need none. */
static void allow_streams(const struct child_landlock *landlock, int ruleset) {
  for (int i = 0; i < 3; i++) {
    struct stat status;
    int flags = fcntl(i, F_GETFL);
    if (flags < 0 || fstat(i, &status) < 0) fail(CHILD_STAGE_LANDLOCK, -2);
    if (!S_ISREG(status.st_mode) && !S_ISCHR(status.st_mode)) continue;
    uint64_t access = S_ISCHR(status.st_mode) ? landlock->device_stream : 0;
    if ((flags & O_ACCMODE) != O_WRONLY) access |= landlock->readable_stream;
    if ((flags & O_ACCMODE) != O_RDONLY) access |= landlock->writable_stream;
    /* EBADFD: a file of the kernel's own, such as a memfd, which no rule restricts. */
    if (allow_beneath(ruleset, i, access) < 0 && errno != EBADFD) fail(CHILD_STAGE_LANDLOCK, -2);
  }
}

static void restrict_files(const struct child_landlock *landlock) {
  if (landlock->rule_count == 0) return;
  /* struct landlock_ruleset_attr of version 6; an older kernel takes what it knows, the rest
     being 0. */
  uint64_t handled[3] = {landlock->files, landlock->network, landlock->scopes};
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, handled, sizeof handled, 0);
  if (ruleset < 0) fail(CHILD_STAGE_LANDLOCK, -1);
  for (uint32_t i = 0; i < landlock->rule_count; i++) {
    const struct child_landlock_rule *rule = &landlock->rules[i];
    struct stat status;
    int file = open(rule->path, O_PATH | O_CLOEXEC);
    if (file < 0 || fstat(file, &status) < 0) fail(CHILD_STAGE_LANDLOCK, (int)i);
    uint64_t access = S_ISDIR(status.st_mode) ? rule->access : rule->access & landlock->file_rights;
    if (allow_beneath(ruleset, file, access) < 0) fail(CHILD_STAGE_LANDLOCK, (int)i);
    close(file);
  }
  allow_streams(landlock, ruleset);
  if (syscall(SYS_landlock_restrict_self, ruleset, 0) < 0) fail(CHILD_STAGE_LANDLOCK, -3);
  close(ruleset);
}

static void install_filter(uint16_t length, int listen) {
  struct sock_fprog program = {.len = length, .filter = filter};
  if (!listen) {
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) < 0)
      fail(CHILD_STAGE_FILTER, 0);
    return;
  }
  /* Where the kernel can, a call that the runner has begun to answer is not broken off by signals
     that do not kill, and so not made and seen a second time. */
  unsigned long flags = SECCOMP_FILTER_FLAG_NEW_LISTENER;
  int listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER,
                              flags | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, &program);
  if (listener < 0 && errno == EINVAL)
    listener = (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (listener >= 0) {
    hand_over(CHILD_MESSAGE_LISTENER, 0, &listener, 1);
    return;
  }
  /* EBUSY: somebody outside listens to this process already, and there can be only one. The runner
     sends a filter that does without. */
  struct child_message message = {.kind = CHILD_MESSAGE_LISTENER, .error = errno};
  if (send(CONTROL, &message, sizeof message, MSG_NOSIGNAL) < 0) fail(CHILD_STAGE_HANDOVER, 3);
  uint16_t plain_length = await_filter(&listen);
  if (listen) { errno = EPROTO; fail(CHILD_STAGE_HANDOVER, 4); }
  install_filter(plain_length, 0);
}

static void restrict_process(const struct child_description *d) {
  for (uint32_t i = 0; i < d->limit_count; i++) {
    struct rlimit limit;
    if (getrlimit((__rlimit_resource_t)d->limits[i].resource, &limit) < 0)
      fail(CHILD_STAGE_LIMIT, (int)i);
    /* Only ever lowered: raising needs CAP_SYS_RESOURCE, which root in a container may lack. */
    if (limit.rlim_max > d->limits[i].value) limit.rlim_max = d->limits[i].value;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit((__rlimit_resource_t)d->limits[i].resource, &limit) < 0)
      fail(CHILD_STAGE_LIMIT, (int)i);
  }
  if (d->cpus && syscall(SYS_sched_setaffinity, 0, d->cpus_size, d->cpus) < 0)
    fail(CHILD_STAGE_CPUS, 0);
  if (d->niceness) {
    /* getpriority(2) may give -1 for what is no error: this is the process's own, which exists. */
    int niceness = getpriority(PRIO_PROCESS, 0) + d->niceness;
    if (setpriority(PRIO_PROCESS, 0, niceness) < 0) fail(CHILD_STAGE_NICENESS, 0);
  }
  if (personality(d->personality) < 0) fail(CHILD_STAGE_PERSONALITY, 0);
  /* A kernel without keys has nothing to leave; where a filter around cupel refuses the call, as
     in containers, the keys are refused with it. */
  if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 && errno != ENOSYS &&
      errno != EPERM)
    fail(CHILD_STAGE_KEYRING, 0);

  if (!(d->omitted & CHILD_OMIT_CAPABILITIES)) drop_capabilities();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) fail(CHILD_STAGE_PRIVILEGES, 0);
  /* This process is a copy of the runner: nobody in the sandbox may read its memory. */
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0) fail(CHILD_STAGE_PRIVILEGES, 1);
  umask(d->umask);
  restrict_files(&d->landlock);
}

/* Where memory runs out the kernel is to choose the program and not this process, whose end would
   hide why. Any process may raise its score and go back (proc(5), oom_score_adj). Raised
   before the change of user and Landlock, which take the file away, and given on to the program.
   Without a /proc to write to both have one score. */
static int raise_oom_score(char *own, size_t size) {
  int low = open("/proc/self/oom_score_adj", O_RDWR | O_CLOEXEC);
  int file = fcntl(low, F_DUPFD_CLOEXEC, 10); /* a stream that is not given must stay closed */
  close(low);
  ssize_t count = file < 0 ? -1 : read(file, own, size - 1);
  if (count <= 0) return -1;
  own[count] = 0;
  int value = 0;
  for (const char *digit = own + (*own == '-'); *digit >= '0' && *digit <= '9'; digit++)
    value = value * 10 + (*digit - '0');
  if (*own == '-') return file; /* spared on purpose, with all that it runs */
  value += 200;
  char text[3] = {(char)('0' + value / 100), (char)('0' + value / 10 % 10),
                  (char)('0' + value % 10)};
  if (value < 1000) (void)!pwrite(file, text, sizeof text, 0);
  return file;
}

static int become_program(void *description) {
  const struct child_description *d = description;
  sigset_t none;
  sigemptyset(&none);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &none, NULL, 8);
  if (setsid() < 0) fail(CHILD_STAGE_STREAMS, 0);
  if (d->terminal && ioctl(0, TIOCSCTTY, 0) < 0) fail(CHILD_STAGE_STREAMS, 1);
  if (chdir(d->directory) < 0) fail(CHILD_STAGE_DIRECTORY, 0);
  int error = ENOENT;
  for (char *const *path = d->paths; *path; path++) {
    execve(*path, d->argv, d->envp);
    if (errno != ENOENT && errno != ENOTDIR) error = errno;
  }
  errno = error;
  fail(CHILD_STAGE_EXEC, 0);
}

/* The program begins in this process's memory and this process waits until it has its own
   (vfork(2)), which saves copying page tables; on a stack of its own, so that it cannot return
   where this process will. glibc's clone(2) takes no lock, unlike its fork(3), and is the call
   that a filter permits where it refuses clone3(2). */
static pid_t start_program(const struct child_description *d) {
  static _Alignas(16) char stack[64 * 1024];
  void *top = stack + sizeof stack;
  pid_t program = clone(become_program, top, CLONE_VM | CLONE_VFORK | SIGCHLD, (void *)d);
  /* Before Linux 6.2 no memory is shared across time namespaces (time_namespaces(7)). */
  if (program < 0 && errno == EINVAL)
    program = clone(become_program, top, SIGCHLD, (void *)d);
  return program;
}

static _Noreturn void be_init(pid_t program) {
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  for (int i = 0; i < 6; i++)
    if (i != CONTROL) close(i);
  int signals = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) fail(CHILD_STAGE_FORK, 1);
  struct pollfd waits[2] = {{.fd = signals, .events = POLLIN}, {.fd = CONTROL, .events = POLLIN}};
  for (;;) {
    int status;
    pid_t pid;
    while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
      if (pid != program) continue;
      struct rusage usage;
      getrusage(RUSAGE_CHILDREN, &usage);
      struct child_message message = {
          .kind = CHILD_MESSAGE_EXIT,
          .status = status,
          .peak = (int32_t)usage.ru_maxrss,
          .user_microseconds =
              (uint64_t)usage.ru_utime.tv_sec * 1000000 + (uint64_t)usage.ru_utime.tv_usec,
          .system_microseconds =
              (uint64_t)usage.ru_stime.tv_sec * 1000000 + (uint64_t)usage.ru_stime.tv_usec,
      };
      (void)!send(CONTROL, &message, sizeof message, MSG_NOSIGNAL);
      _exit(0); /* the kernel kills whatever is left in the pid namespace */
    }
    if (poll(waits, 2, -1) < 0) continue;
    if (waits[0].revents & POLLIN) {
      struct signalfd_siginfo info;
      (void)!read(signals, &info, sizeof info);
    }
    if (waits[1].revents) {
      char packet[2];
      ssize_t count = receive(packet, sizeof packet);
      if (count <= 0) _exit(125); /* the runner is gone: so is the sandbox */
      if (count == 2 && packet[0] == 'S') kill(program, packet[1]);
    }
  }
}

static void take_streams(const struct child_birth *b) {
  /* Numbers below 10 may collide with 0 to 5: lift all six out of the way first. */
  int given[6] = {b->in, b->out, b->err, b->control, b->extra[0], b->extra[1]};
  for (int i = 0; i < 6; i++)
    if (given[i] >= 0) {
      given[i] = fcntl(given[i], F_DUPFD, 10);
      if (given[i] < 0) _exit(125);
    }
  for (int i = 0; i < 6; i++) {
    if (given[i] >= 0)
      dup2(given[i], i);
    else
      close(i);
  }
  fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
  if (syscall(SYS_close_range, 6, ~0U, 0) < 0) fail(CHILD_STAGE_START, 0);
  /* A folder of the host would be a way out: openat(0, "..") leads to all the rest. */
  struct stat status;
  for (int i = 0; i < 6; i++)
    if (given[i] >= 0 && fstat(i, &status) == 0 && S_ISDIR(status.st_mode)) {
      errno = EISDIR;
      fail(CHILD_STAGE_STREAMS, 3);
    }
}

/* The runner's arguments (host paths, perhaps secrets) must not show in /proc/1/cmdline. */
static void hide_arguments(const struct child_birth *b) {
  static const char name[] = "cupel-init";
  memset(b->title, 0, b->title_size);
  for (uint32_t i = 0; i < sizeof name && i + 1 < b->title_size; i++) b->title[i] = name[i];
  prctl(PR_SET_NAME, name, 0, 0, 0);
}

static _Noreturn void run(const struct child_birth *b) {
  take_streams(b);
  hide_arguments(b);
  char own_score[16];
  int score = raise_oom_score(own_score, sizeof own_score);
  sigset_t all;
  sigfillset(&all);
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, NULL, 8);
  /* CLONE_CLEAR_SIGHAND resets handlers but keeps what is ignored. Raw, because glibc's
     sigaction may wait for a lock that another thread of the runner held. */
  struct { void *handler; unsigned long flags; void *restorer; unsigned long mask; } action;
  memset(&action, 0, sizeof action);
  for (int number = 1; number <= 64; number++)
    syscall(SYS_rt_sigaction, number, &action, NULL, 8);

  make_namespaces(b->later_namespaces);
  await('G', CHILD_STAGE_START);
  const struct child_description *d = b->description;
  /* Only now, so that the cgroup which the runner chose is the root of what is seen inside. */
  if (unshare(CLONE_NEWCGROUP) < 0) fail(CHILD_STAGE_START, 2);
  enter_root(d, build_root(d));
  for (int i = 0; i < 3; i++)
    if (fcntl(i, F_GETFD) < 0 && open("/dev/null", i == 0 ? O_RDONLY : O_WRONLY) != i)
      fail(CHILD_STAGE_STREAMS, 2);
  freeze_filled(d);
  restrict_process(d);
  int listen = 0;
  uint16_t filter_length = await_filter(&listen);
  install_filter(filter_length, listen);
  pid_t program = start_program(d);
  if (program < 0) fail(CHILD_STAGE_FORK, 0);
  /* Now rather than at the end, for which somebody waits. */
  munmap((void *)d, b->description_size);
  if (score >= 0) {
    (void)!pwrite(score, own_score, strlen(own_score), 0);
    close(score);
  }
  be_init(program);
}

pid_t child_start(const struct child_birth *birth, int *pidfd) {
  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = birth->namespaces | CLONE_PIDFD | CLONE_CLEAR_SIGHAND;
  arguments.pidfd = (uint64_t)(uintptr_t)pidfd;
  /* No signal: where the runner's parent left SIGCHLD ignored, the kernel would reap the child
     itself and its number could be another's by the time its user map is written. */
  arguments.exit_signal = 0;
  long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid == 0) run(birth);
  return (pid_t)pid;
}

int child_probe(uint64_t namespaces) {
  struct clone_args arguments;
  memset(&arguments, 0, sizeof arguments);
  arguments.flags = namespaces | CLONE_CLEAR_SIGHAND;
  long pid = syscall(SYS_clone3, &arguments, sizeof arguments);
  if (pid < 0) return errno;
  if (pid == 0) _exit(0);
  while (waitpid((pid_t)pid, NULL, __WALL) < 0 && errno == EINTR) {}
  return 0;
}
