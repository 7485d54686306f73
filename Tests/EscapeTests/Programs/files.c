/* Writing where a build has no business, by whatever path. */
#include "attack.h"

#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/time.h>

#define PROGRAM "/usr/bin/env"

static void new_file(const struct attempt *attempt) {
  if (is_given("control")) not_attempted("not on the host");
  judge(open(attempt->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
}

static void new_folder(const struct attempt *attempt) {
  if (is_given("control")) not_attempted("not on the host");
  judge(mkdir(attempt->path, 0755));
}

static void write_existing(const struct attempt *attempt) {
  judge(open(attempt->path, (int)attempt->a | O_CLOEXEC));
}

/* From a descriptor for reading to one for writing. */
static void reopen(const struct attempt *attempt) {
  char path[64];
  int file = open(attempt->path, O_RDONLY | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  snprintf(path, sizeof path, "/proc/self/fd/%d", file);
  judge(open(path, O_RDWR | O_CLOEXEC));
}

static void map_writable(const struct attempt *attempt) {
  int file = open(attempt->path, O_RDONLY | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  void *memory = mmap(NULL, 4096, PROT_READ, MAP_SHARED, file, 0);
  if (memory == MAP_FAILED) refused(errno, "mmap");
  judge(mprotect(memory, 4096, PROT_READ | PROT_WRITE));
}

static void link_to(const struct attempt *attempt) {
  const char *path = scratch("link");
  unlink(path);
  judge(link(attempt->path, path));
}

static void change(const struct attempt *attempt) {
  if (is_given("control")) not_attempted("not on the host");
  struct stat status;
  switch (attempt->a) {
  case 0: judge(unlink(attempt->path));
  case 1: judge(rename(attempt->path, scratch("moved")));
  case 2: judge(chmod(attempt->path, 0777));
  case 3: judge(utimes(attempt->path, NULL));
  case 4: judge(truncate(attempt->path, 0));
  case 5: judge(rmdir(attempt->path));
  case 6:
    if (stat(attempt->path, &status) < 0) refused(errno, "stat");
    judge(chown(attempt->path, getuid(), getgid()));
  default: judge(syscall(SYS_renameat2, AT_FDCWD, attempt->path, AT_FDCWD, "/usr/bin/id",
                         2 /* EXCHANGE */));
  }
}

static void flags(const struct attempt *attempt) {
  if (is_given("control")) not_attempted("not on the host");
  int file = open(attempt->path, O_RDONLY | O_CLOEXEC), value = 0;
  if (file < 0) refused(errno, "opening");
  judge(ioctl(file, FS_IOC_SETFLAGS, &value));
}

static void lease(const struct attempt *attempt) {
  int file = open(attempt->path, O_RDONLY | O_CLOEXEC);
  if (file < 0) refused(errno, "opening");
  judge(fcntl(file, F_SETLEASE, F_RDLCK));
}

/* A symlink in a writable folder that leads out again. */
static void through_symlink(const struct attempt *attempt) {
  const char *path = scratch("symlink");
  unlink(path);
  if (symlink(attempt->path, path) < 0) not_attempted("symlink");
  judge(open(path, O_WRONLY | O_CLOEXEC));
}

/* The program of the first process, as in CVE-2019-5736. */
static void own_program(const struct attempt *attempt) {
  judge(open(attempt->path, O_RDWR | O_CLOEXEC));
}

static const struct attempt attempts[] = {
    {"new-in-root", new_file, "EROFS|EACCES|EPERM", "", "/attack"},
    {"new-in-usr", new_file, "EROFS|EACCES|EPERM", "", "/usr/bin/attack"},
    {"new-in-etc", new_file, "EROFS|EACCES|EPERM", "", "/etc/attack"},
    {"new-in-dev", new_file, "EROFS|EACCES|EPERM", "", "/dev/attack"},
    {"new-in-proc", new_file, "EROFS|EACCES|EPERM|ENOENT", "", "/proc/attack"},
    {"new-in-input", new_file, "EROFS|EACCES|EPERM", "", "/build/attack/new"},
    {"folder-in-root", new_folder, "EROFS|EACCES|EPERM", "", "/attack"},
    {"folder-in-dev", new_folder, "EROFS|EACCES|EPERM", "", "/dev/attack"},
    {"write-program", write_existing, "EROFS|EACCES|EPERM", "root", PROGRAM, O_RDWR},
    {"write-library", write_existing, "EROFS|EACCES|EPERM", "root", "/lib/x86_64-linux-gnu/libc.so.6", O_RDWR},
    {"append-passwd", write_existing, "EROFS|EACCES|EPERM|ENOENT", "root", "/etc/passwd", O_WRONLY | O_APPEND},
    {"write-input", write_existing, "EROFS|EACCES|EPERM|ETXTBSY", "", "/build/attack/attack", O_RDWR},
    {"reopen-program", reopen, "EROFS|EACCES|EPERM", "root", PROGRAM},
    {"reopen-folder-as-file", reopen, "EISDIR|EROFS", "", "/usr"},
    {"map-program-writable", map_writable, "EACCES", "", PROGRAM},
    {"link-to-program", link_to, "EXDEV|EROFS|EPERM", "", PROGRAM},
    {"link-to-passwd", link_to, "EXDEV|EROFS|EPERM|ENOENT", "", "/etc/passwd"},
    {"remove-program", change, "EROFS|EACCES|EPERM", "", PROGRAM, 0},
    {"move-program", change, "EROFS|EXDEV|EACCES|EPERM", "", PROGRAM, 1},
    {"mode-of-program", change, "EROFS|EACCES|EPERM", "", PROGRAM, 2},
    {"times-of-program", change, "EROFS|EACCES|EPERM", "", PROGRAM, 3},
    {"truncate-program", change, "EROFS|EACCES|EPERM|ETXTBSY", "", PROGRAM, 4},
    {"remove-folder", change, "EROFS|EACCES|EPERM|ENOTEMPTY|EBUSY|ENOENT", "", "/usr", 5},
    {"owner-of-program", change, "EROFS|EACCES|EPERM", "", PROGRAM, 6},
    {"exchange-programs", change, "EROFS|EACCES|EPERM", "", PROGRAM, 7},
    {"times-of-root", change, "EROFS|EACCES|EPERM", "", "/", 3},
    {"mode-of-dev", change, "EROFS|EACCES|EPERM", "", "/dev", 2},
    {"flags-of-program", flags, "EROFS|EACCES|EPERM|ENOTTY|EOPNOTSUPP", "", PROGRAM},
    {"lease-of-program", lease, "EACCES|EPERM", "", PROGRAM},
    {"symlink-to-passwd", through_symlink, "EROFS|EACCES|EPERM|ENOENT", "root", "/etc/passwd"},
    {"symlink-to-sysctl", through_symlink, "EROFS|EACCES|EPERM|ENOENT", "root",
     "/proc/sys/kernel/hostname"},
    {"own-program", own_program, "EROFS|ETXTBSY|EACCES|EPERM", "", "/proc/self/exe"},
    {"program-of-init", own_program, "EACCES|EPERM|ENOENT", "", "/proc/1/exe"},
    {0}};

const struct group files = {"files", attempts};
