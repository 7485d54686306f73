/* Changing the file tree. */
#include "attack.h"

#include <linux/fs.h>
#include <linux/mount.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>

enum { OPEN_TREE_ATTR = 467, STATMOUNT = 457, LISTMOUNT = 458 };

static const char *place(void) {
  const char *path = scratch("place");
  if (mkdir(path, 0755) < 0 && errno != EEXIST) not_attempted("mkdir: %s", strerror(errno));
  return path;
}

/* path: the kind of file system, mounted on a folder of its own. */
static void new_mount(const struct attempt *attempt) {
  private_mounts();
  judge(mount("none", place(), attempt->path, 0, NULL));
}

static void overlay(const struct attempt *attempt) {
  (void)attempt;
  private_mounts();
  judge(mount("none", place(), "overlay", 0, "lowerdir=/usr:/etc"));
}

static void fuse(const struct attempt *attempt) {
  (void)attempt;
  private_mounts();
  /* Permitted, it would ask for a descriptor of /dev/fuse. */
  BEHIND(mount("none", place(), "fuse", 0, "fd=-1,rootmode=40000,user_id=0,group_id=0"), EINVAL,
         EBADF);
}

static void bind_mount(const struct attempt *attempt) {
  private_mounts();
  judge(mount(attempt->path, place(), NULL, MS_BIND | (attempt->a ? MS_REC : 0), NULL));
}

/* path: what would become writable. */
static void remount(const struct attempt *attempt) {
  private_mounts();
  judge(mount(NULL, attempt->path, NULL, MS_REMOUNT | MS_BIND, NULL));
}

static void propagate(const struct attempt *attempt) {
  private_mounts();
  judge(mount(NULL, "/", NULL, MS_REC | (unsigned long)attempt->a, NULL));
}

static void move(const struct attempt *attempt) {
  (void)attempt;
  private_mounts();
  judge(mount("/proc", place(), NULL, MS_MOVE, NULL));
}

static void unmount(const struct attempt *attempt) {
  private_mounts();
  judge(umount2(attempt->path, (int)attempt->a));
}

static void pivot(const struct attempt *attempt) {
  (void)attempt;
  private_mounts();
  const char *path = place();
  BEHIND(syscall(SYS_pivot_root, path, path), EINVAL, EBUSY);
}

static void change_root(const struct attempt *attempt) {
  (void)attempt;
  judge(chroot(place()));
}

/* The old way out: a second root below the working folder. */
static void leave_root(const struct attempt *attempt) {
  (void)attempt;
  struct stat before, after;
  if (stat("/", &before) < 0) not_attempted("stat");
  int root = open("/", O_PATH | O_DIRECTORY);
  if (chroot(place()) < 0) refused(errno, "chroot");
  if (fchdir(root) < 0) refused(errno, "fchdir");
  for (int i = 0; i < 64; i++)
    if (chdir("..") < 0) refused(errno, "chdir");
  if (chroot(".") < 0 || stat("/", &after) < 0) refused(errno, "chroot");
  succeeded("a root was left and entered");
}

static void parent_of_root(const struct attempt *attempt) {
  (void)attempt;
  struct stat root, above;
  if (stat("/", &root) < 0) not_attempted("stat");
  if (stat("/../../../..", &above) < 0) refused(errno, "");
  if (root.st_ino != above.st_ino || root.st_dev != above.st_dev) succeeded("something is above");
  refused_as("nothing", "the root is its own parent");
}

static void copy_tree(const struct attempt *attempt) {
  private_mounts();
  judge(syscall(SYS_open_tree, AT_FDCWD, attempt->path, attempt->a));
}

static void copy_tree_with_attributes(const struct attempt *attempt) {
  (void)attempt;
  private_mounts();
  struct mount_attr attributes = {.attr_clr = MOUNT_ATTR_RDONLY};
  judge(syscall(OPEN_TREE_ATTR, AT_FDCWD, "/usr", OPEN_TREE_CLONE, &attributes,
                sizeof attributes));
}

static void open_file_system(const struct attempt *attempt) {
  judge(syscall(SYS_fsopen, attempt->path, 0));
}

static void configure(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_fsconfig, -1, FSCONFIG_SET_FLAG, "ro", NULL, 0), EBADF, EINVAL);
}

static void make_mount(const struct attempt *attempt) {
  (void)attempt;
  /* Permission is asked before the descriptor. */
  BEHIND(syscall(SYS_fsmount, -1, 0, 0), EBADF);
}

static void pick(const struct attempt *attempt) {
  private_mounts();
  judge(syscall(SYS_fspick, AT_FDCWD, attempt->path, 0));
}

static void move_mount_call(const struct attempt *attempt) {
  (void)attempt;
  private_mounts();
  BEHIND(syscall(SYS_move_mount, AT_FDCWD, "/proc", AT_FDCWD, place(), 0), EINVAL);
}

static void set_attributes(const struct attempt *attempt) {
  private_mounts();
  struct mount_attr attributes = {.attr_clr = (uint64_t)attempt->a};
  judge(syscall(SYS_mount_setattr, AT_FDCWD, attempt->path, AT_RECURSIVE, &attributes,
                sizeof attributes));
}

static void list_mounts(const struct attempt *attempt) {
  struct {
    uint32_t size, spare;
    uint64_t id, parameter, space;
  } request = {32, 0, ~0ull /* LSMT_ROOT */, 0, 0};
  uint64_t result[512];
  if (attempt->a == STATMOUNT) request.parameter = 1; /* STATMOUNT_SB_BASIC */
  judge(syscall(attempt->a, &request, result,
                attempt->a == STATMOUNT ? sizeof result : 512, 0));
}

static void handle_of(const struct attempt *attempt) {
  (void)attempt;
  struct {
    struct file_handle head;
    unsigned char bytes[128];
  } handle = {.head = {.handle_bytes = 128}};
  int id;
  judge(name_to_handle_at(AT_FDCWD, "/usr", &handle.head, &id, 0));
}

/* The root folder of ext4 is inode 2 (CVE-2014-3519, "shocker"). */
static void by_handle(const struct attempt *attempt) {
  (void)attempt;
  struct {
    struct file_handle head;
    uint32_t inode, generation;
  } handle = {.head = {.handle_bytes = 8, .handle_type = 1}, .inode = 2};
  int folder = open("/usr", O_RDONLY | O_DIRECTORY);
  BEHIND(open_by_handle_at(folder, &handle.head, O_RDONLY), ESTALE, EOPNOTSUPP);
}

static void watch_everything(const struct attempt *attempt) {
  judge(syscall(SYS_fanotify_init, attempt->a, O_RDONLY));
}

static const struct attempt attempts[] = {
    {"mount-tmpfs", new_mount, "EPERM", "root", "tmpfs"},
    {"mount-proc", new_mount, "EPERM", "root", "proc"},
    {"mount-sysfs", new_mount, "EPERM", "root", "sysfs"},
    {"mount-devpts", new_mount, "EPERM", "root", "devpts"},
    {"mount-devtmpfs", new_mount, "EPERM", "root", "devtmpfs"},
    {"mount-mqueue", new_mount, "EPERM", "root", "mqueue"},
    {"mount-cgroup2", new_mount, "EPERM", "root", "cgroup2"},
    {"mount-binfmt-misc", new_mount, "EPERM", "", "binfmt_misc"},
    {"mount-debugfs", new_mount, "EPERM", "", "debugfs"},
    {"mount-tracefs", new_mount, "EPERM", "", "tracefs"},
    {"mount-bpf", new_mount, "EPERM", "", "bpf"},
    {"mount-overlay", overlay, "EPERM", "", NULL},
    {"mount-fuse", fuse, "EPERM", "", NULL},
    {"bind-root", bind_mount, "EPERM", "root", "/", 0},
    {"bind-root-recursively", bind_mount, "EPERM", "root", "/", 1},
    {"bind-proc-1-root", bind_mount, "EPERM", "", "/proc/1/root", 0},
    {"bind-namespace", bind_mount, "EPERM", "", "/proc/self/ns/net", 0},
    {"remount-root-writable", remount, "EPERM", "root", "/"},
    {"remount-usr-writable", remount, "EPERM", "", "/usr"},
    {"remount-proc-sys-writable", remount, "EPERM", "", "/proc/sys"},
    {"make-shared", propagate, "EPERM", "root", NULL, MS_SHARED},
    {"make-slave", propagate, "EPERM", "root", NULL, MS_SLAVE},
    {"make-unbindable", propagate, "EPERM", "root", NULL, MS_UNBINDABLE},
    {"move-proc", move, "EPERM", "root"},
    {"unmount-proc", unmount, "EPERM", "root", "/proc", MNT_DETACH},
    {"unmount-mask-of-proc", unmount, "EPERM", "", "/proc/kcore", MNT_DETACH},
    {"unmount-readonly-proc-sys", unmount, "EPERM", "", "/proc/sys", MNT_DETACH},
    {"unmount-root", unmount, "EPERM", "", "/", MNT_DETACH},
    {"unmount-expire", unmount, "EPERM", "", "/build", MNT_EXPIRE},
    {"pivot-root", pivot, "EPERM", "root"},
    {"chroot", change_root, "EPERM", "root"},
    {"chroot-and-leave", leave_root, "EPERM", "root"},
    {"parent-of-root", parent_of_root, "nothing", ""},
    {"open-tree-clone", copy_tree, "EPERM", "root", "/", OPEN_TREE_CLONE},
    {"open-tree-clone-recursive", copy_tree, "EPERM", "root", "/", OPEN_TREE_CLONE | AT_RECURSIVE},
    {"open-tree-path", copy_tree, "EPERM", "root", "/", 0},
    {"open-tree-attr", copy_tree_with_attributes, "ENOSYS", ""},
    {"fsopen-tmpfs", open_file_system, "EPERM", "root", "tmpfs"},
    {"fsopen-proc", open_file_system, "EPERM", "root", "proc"},
    {"fsopen-cgroup2", open_file_system, "EPERM", "root", "cgroup2"},
    {"fsopen-ext4", open_file_system, "EPERM", "root", "ext4"},
    {"fsconfig", configure, "EPERM", "all"},
    {"fsmount", make_mount, "EPERM", "root"},
    {"fspick", pick, "EPERM", "root", "/"},
    {"move-mount", move_mount_call, "EPERM", "root"},
    {"mount-setattr-writable", set_attributes, "EPERM", "root", "/", MOUNT_ATTR_RDONLY},
    {"mount-setattr-devices", set_attributes, "EPERM", "root", "/", MOUNT_ATTR_NODEV},
    {"mount-setattr-setuid", set_attributes, "EPERM", "root", "/", MOUNT_ATTR_NOSUID},
    {"statmount", list_mounts, "ENOSYS", "", NULL, STATMOUNT},
    {"listmount", list_mounts, "ENOSYS", "", NULL, LISTMOUNT},
    {"name-to-handle", handle_of, "EPERM", "all"},
    {"open-by-handle", by_handle, "EPERM", "root"},
    {"fanotify", watch_everything, "EPERM", "root", NULL, 0},
    {"fanotify-unprivileged", watch_everything, "EPERM", "all", NULL, 0x200 /* REPORT_FID */},
    {0}};

const struct group mounts = {"mounts", attempts};
