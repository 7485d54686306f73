/* Device nodes: making them, finding them, and what the few that are there can be made to do. */
#include "attack.h"

#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

/* a: kind, b: major, c: minor. */
static void make(const struct attempt *attempt) {
  const char *path = scratch("node");
  unlink(path);
  if (mknod(path, (mode_t)attempt->a | 0600, makedev((unsigned)attempt->b, (unsigned)attempt->c)) < 0)
    refused(errno, "");
  unlink(path);
  succeeded("a node");
}

static void make_beside(const struct attempt *attempt) {
  int folder = open(is_given("scratch") ? given("scratch") : "/tmp", O_PATH | O_DIRECTORY);
  if (folder < 0) not_attempted("opening a folder");
  /* The mode is a 16-bit number to the kernel: what stands above it is ignored. */
  if (syscall(SYS_mknodat, folder, "attack-node", attempt->a | 0600 | (1L << 40),
              makedev((unsigned)attempt->b, (unsigned)attempt->c)) < 0)
    refused(errno, "");
  unlinkat(folder, "attack-node", 0);
  succeeded("a node");
}

/* path: a device that is opened, for reading unless `a` is O_WRONLY or O_RDWR, and closed. Watchdogs
   are not among them: they begin when they are opened. */
static void find(const struct attempt *attempt) {
  judge(open(attempt->path, (int)attempt->a | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

static void loop(const struct attempt *attempt) {
  int control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
  if (control < 0) refused(errno, "");
  (void)attempt;
  /* A number that no loop device has. */
  BEHIND(ioctl(control, LOOP_CTL_REMOVE, -1), EINVAL, ENODEV);
}

/* path: a device of the sandbox. */
static void change_mode(const struct attempt *attempt) {
  struct stat status;
  if (stat(attempt->path, &status) < 0) not_attempted("%s is missing", attempt->path);
  judge(chmod(attempt->path, status.st_mode & 07777));
}

static void change_owner(const struct attempt *attempt) {
  judge(lchown(attempt->path, getuid(), getgid()));
}

/* The node's times are seen from the host and from every other sandbox. */
static void change_times(const struct attempt *attempt) {
  judge(utimensat(AT_FDCWD, attempt->path, NULL, 0));
}

static void remove_node(const struct attempt *attempt) {
  if (is_given("control")) not_attempted("not on the host");
  judge(unlink(attempt->path));
}

static void replace_node(const struct attempt *attempt) {
  if (is_given("control")) not_attempted("not on the host");
  const char *own = scratch("own");
  close(scratch_file("own"));
  judge(rename(own, attempt->path));
}

static void feed_random(const struct attempt *attempt) {
  (void)attempt;
  int file = open("/dev/urandom", O_RDWR | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  /* RNDGETENTCNT would only ask; RNDADDTOENTCNT of 0 bits adds nothing behind the permission. */
  int bits = 0;
  judge(ioctl(file, _IOW('R', 0x01, int), &bits));
}

static void lock_node(const struct attempt *attempt) {
  int file = open(attempt->path, O_RDWR | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  judge(fcntl(file, F_SETLEASE, lock.l_type));
}

#define MAKE(name, kind, major, minor) {"mknod-" name, make, "EPERM", "root", NULL, kind, major, minor}
#define FIND(name, path, flags) {"open-" name, find, "ENOENT|EACCES", "", path, flags}

static const struct attempt attempts[] = {
    MAKE("mem", S_IFCHR, 1, 1),
    MAKE("kmsg", S_IFCHR, 1, 11),
    MAKE("null", S_IFCHR, 1, 3),
    MAKE("terminal", S_IFCHR, 5, 0),
    MAKE("ptmx", S_IFCHR, 5, 2),
    MAKE("kvm", S_IFCHR, 10, 232),
    MAKE("fuse", S_IFCHR, 10, 229),
    MAKE("tun", S_IFCHR, 10, 200),
    MAKE("loop", S_IFBLK, 7, 0),
    MAKE("disk", S_IFBLK, 8, 0),
    MAKE("virtual-disk", S_IFBLK, 254, 0),
    {"mknod-whiteout", make, "EPERM", "all", NULL, S_IFCHR, 0, 0},
    {"mknodat-character", make_beside, "EPERM", "root", NULL, S_IFCHR, 1, 3},
    {"mknodat-block", make_beside, "EPERM", "root", NULL, S_IFBLK, 7, 0},
    FIND("mem", "/dev/mem", O_RDONLY),
    FIND("port", "/dev/port", O_RDONLY),
    FIND("kmsg", "/dev/kmsg", O_RDONLY),
    FIND("kvm", "/dev/kvm", O_RDWR),
    FIND("fuse", "/dev/fuse", O_RDWR),
    FIND("loop0", "/dev/loop0", O_RDONLY),
    FIND("disk", "/dev/sda", O_RDONLY),
    FIND("virtual-disk", "/dev/vda", O_RDONLY),
    FIND("tun", "/dev/net/tun", O_RDWR),
    FIND("vhost", "/dev/vhost-vsock", O_RDWR),
    FIND("vsock", "/dev/vsock", O_RDONLY),
    FIND("uinput", "/dev/uinput", O_WRONLY),
    FIND("input", "/dev/input/event0", O_RDONLY),
    FIND("graphics", "/dev/dri/card0", O_RDWR),
    FIND("userfaultfd", "/dev/userfaultfd", O_RDWR),
    FIND("btrfs", "/dev/btrfs-control", O_RDWR),
    FIND("mapper", "/dev/mapper/control", O_RDWR),
    FIND("virtual-console", "/dev/tty0", O_WRONLY),
    FIND("memory-of-console", "/dev/vcs", O_RDONLY),
    FIND("registers", "/dev/cpu/0/msr", O_RDONLY),
    FIND("shared-memory", "/dev/shm", O_RDONLY),
    FIND("snapshot", "/dev/snapshot", O_RDONLY),
    {"loop-control", loop, "ENOENT|EACCES", ""},
    {"mode-of-null", change_mode, "EPERM|EROFS", "root", "/dev/null"},
    {"owner-of-null", change_owner, "EPERM|EROFS", "", "/dev/null"},
    {"times-of-null", change_times, "EPERM|EROFS|EACCES", "all", "/dev/null"},
    {"times-of-zero", change_times, "EPERM|EROFS|EACCES", "all", "/dev/zero"},
    {"lease-of-null", lock_node, "EPERM|EINVAL|EACCES", "", "/dev/null"},
    {"remove-null", remove_node, "EPERM|EROFS|EACCES|EBUSY", "", "/dev/null"},
    {"replace-null", replace_node, "EPERM|EROFS|EACCES|EBUSY|EXDEV", "", "/dev/null"},
    {"feed-random", feed_random, "EPERM", "root"},
    {0}};

const struct group devices = {"devices", attempts};
