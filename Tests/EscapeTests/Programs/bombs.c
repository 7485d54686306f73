/* More than a sandbox was given. Each stops by itself a little above the limit that the test sets
   (processes=, memory=, space=, files=), so that a machine without one survives it. */
#include "attack.h"

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

/* As many processes as will be, all of them dead with this one. */
static void many_processes(const struct attempt *attempt) {
  (void)attempt;
  long limit = given_number("processes");
  int made = 0, error = 0;
  pid_t pids[4096];
  int start[2];
  if (limit > 4000 || pipe(start) < 0) not_attempted("the limit is too large");
  while (made <= limit) {
    pid_t pid = fork();
    if (pid == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      char byte;
      close(start[1]);
      _exit((int)read(start[0], &byte, 1));
    }
    if (pid < 0) {
      error = errno;
      break;
    }
    pids[made++] = pid;
  }
  close(start[1]);
  for (int i = 0; i < made; i++) kill(pids[i], SIGKILL);
  for (int i = 0; i < made; i++) waitpid(pids[i], NULL, 0);
  if (made > limit) succeeded("%d processes at one time", made);
  refused(error, "after %d processes", made);
}

/* Those that are nobody's child. */
static void many_orphans(const struct attempt *attempt) {
  (void)attempt;
  long limit = given_number("processes");
  int start[2], count[2], error = 0;
  if (limit > 4000 || pipe(start) < 0 || pipe(count) < 0) not_attempted("pipe");
  int made = 0;
  for (long i = 0; i <= limit && !error; i++) {
    pid_t pid = fork();
    if (pid < 0) { error = errno; break; }
    if (pid == 0) {
      setsid();
      pid_t orphan = fork();
      if (orphan > 0) _exit(0);
      if (orphan < 0) _exit(errno);
      char byte;
      close(start[1]);
      _exit((int)read(start[0], &byte, 1));
    }
    int status;
    waitpid(pid, &status, 0);
    if (WEXITSTATUS(status)) error = WEXITSTATUS(status);
    else made++;
  }
  close(start[1]);
  usleep(200 * 1000); /* until the first process has buried them */
  if (made > limit) succeeded("%d orphans at one time", made);
  refused(error, "after %d orphans", made);
}

static void *wait_for_end(void *descriptor) {
  char byte;
  return (void *)(intptr_t)read(*(int *)descriptor, &byte, 1);
}

static void many_threads(const struct attempt *attempt) {
  (void)attempt;
  long limit = given_number("processes");
  int start[2], made = 0, error = 0;
  if (pipe(start) < 0) not_attempted("pipe");
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 64 << 10);
  for (; made <= limit; made++) {
    pthread_t thread;
    if ((error = pthread_create(&thread, &attributes, wait_for_end, start))) break;
  }
  close(start[1]);
  if (made > limit) succeeded("%d threads at one time", made);
  refused(error, "after %d threads", made);
}

/* a: 0 heap, 1 a file in memory, 2 shared memory. */
static void much_memory(const struct attempt *attempt) {
  size_t limit = (size_t)given_number("memory") << 20, step = 4 << 20, done = 0;
  int file = attempt->a == 1 ? memfd_create("attack", 0) : -1;
  if (attempt->a == 1 && file < 0) refused(errno, "memfd_create");
  for (; done <= limit + step; done += step) {
    if (file >= 0) {
      /* The file's pages are no process's own: the block makes this one the largest all the same,
         which the kernel kills for want of memory, and not the sandbox's first. */
      static char block[16 << 20];
      memset(block, 1, sizeof block);
      if (write(file, block, step) != (ssize_t)step) refused(errno, "after %zu MiB", done >> 20);
      continue;
    }
    int flags = MAP_ANONYMOUS | (attempt->a == 2 ? MAP_SHARED : MAP_PRIVATE);
    char *memory = mmap(NULL, step, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) refused(errno, "after %zu MiB", done >> 20);
    memset(memory, 1, step);
  }
  succeeded("%zu MiB", done >> 20);
}

/* Each holds a little, all together too much. */
static void memory_of_many(const struct attempt *attempt) {
  (void)attempt;
  size_t limit = (size_t)given_number("memory") << 20, share = limit / 4;
  int start[2], ready[2], holders = 6, full = 0;
  pid_t pids[6];
  if (pipe(start) < 0 || pipe(ready) < 0) not_attempted("pipe");
  for (int i = 0; i < holders; i++) {
    pids[i] = fork();
    if (pids[i] < 0) refused(errno, "fork");
    if (pids[i] == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      char *memory = mmap(NULL, share, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (memory == MAP_FAILED) _exit(1);
      memset(memory, 1, share);
      if (write(ready[1], "x", 1) != 1) _exit(1);
      char byte;
      close(start[1]);
      _exit((int)read(start[0], &byte, 1));
    }
  }
  close(ready[1]);
  char byte;
  while (full < holders && readable(ready[0], 3000) && read(ready[0], &byte, 1) == 1) full++;
  /* One that the kernel killed to make room for another did not hold its share to the end. */
  for (int i = 0; i < holders; i++)
    if (waitpid(pids[i], NULL, WNOHANG) == pids[i]) full--;
    else kill(pids[i], SIGKILL), waitpid(pids[i], NULL, 0);
  if (full == holders) succeeded("%d processes held %zu MiB", full, full * share >> 20);
  refused_as("killed", "%d of %d held their share", full, holders);
}

/* path: a folder that may be written. */
static void much_space(const struct attempt *attempt) {
  long limit = given_number("space"), done = 0;
  static char block[1 << 20];
  memset(block, 1, sizeof block);
  char path[256];
  snprintf(path, sizeof path, "%s/attack-space",
           is_given("scratch") ? given("scratch") : attempt->path);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644), error = 0;
  if (file < 0) refused(errno, "creating it");
  for (; done <= limit; done++) {
    ssize_t count = write(file, block, sizeof block);
    if (count == (ssize_t)sizeof block) continue;
    error = count < 0 ? errno : ENOSPC;
    break;
  }
  unlink(path);
  if (done > limit) succeeded("%ld MiB", done);
  refused(error, "after %ld MiB", done);
}

static void allocated(const struct attempt *attempt) {
  char path[256];
  snprintf(path, sizeof path, "%s/attack-allocated",
           is_given("scratch") ? given("scratch") : attempt->path);
  int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (file < 0) refused(errno, "creating it");
  long result = fallocate(file, 0, 0, (given_number("space") + 1) << 20);
  int error = errno;
  unlink(path);
  errno = error;
  judge(result);
}

static void many_files(const struct attempt *attempt) {
  long limit = given_number("files"), made = 0;
  char folder[256], name[300];
  int error = 0;
  snprintf(folder, sizeof folder, "%s/attack-%s",
           is_given("scratch") ? given("scratch") : attempt->path, attempt->name);
  if (mkdir(folder, 0755) < 0 || chdir(folder) < 0) refused(errno, "mkdir");
  for (; made <= limit; made++) {
    snprintf(name, sizeof name, "%ld", made);
    long result = attempt->a ? symlink("attack", name) : mknod(name, S_IFREG | 0600, 0);
    if (result < 0) { error = errno; break; }
  }
  for (long i = 0; i < made; i++) {
    snprintf(name, sizeof name, "%ld", i);
    unlink(name);
  }
  if (chdir("/") == 0) rmdir(folder);
  if (made > limit) succeeded("%ld files", made);
  refused(error, "after %ld files", made);
}

static void many_descriptors(const struct attempt *attempt) {
  (void)attempt;
  long limit = given_number("descriptors"), made = 0;
  while (made <= limit)
    if (dup(0) < 0) refused(errno, "after %ld", made);
    else made++;
  succeeded("%ld descriptors", made);
}

static const struct attempt of_forks[] = {
    {"processes", many_processes, "EAGAIN|ENOMEM", "all", NULL, 0},
    {"orphans", many_orphans, "EAGAIN|ENOMEM", "all"},
    {0}};
static const struct attempt of_threads[] = {
    {"threads", many_threads, "EAGAIN|ENOMEM", "all"},
    {0}};
static const struct attempt of_memory[] = {
    {"heap", much_memory, "ENOMEM|SIGKILL|SIGBUS", "all", NULL, 0},
    {"shared-memory", much_memory, "ENOMEM|SIGKILL|SIGBUS", "all", NULL, 2},
    {0}};
/* Held only where a control group holds the limit. */
static const struct attempt of_shared_out_memory[] = {
    {"memory-file", much_memory, "ENOMEM|ENOSPC|SIGKILL|SIGBUS", "all", NULL, 1},
    {"many-together", memory_of_many, "killed|ENOMEM", "all"},
    {0}};
static const struct attempt of_space[] = {
    {"space-in-build", much_space, "ENOSPC", "all", "/build"},
    {"space-in-tmp", much_space, "ENOSPC", "all", "/tmp"},
    {"allocated-in-build", allocated, "ENOSPC|EOPNOTSUPP", "all", "/build"},
    {0}};
static const struct attempt of_files[] = {
    {"files-in-build", many_files, "ENOSPC", "all", "/build", 0},
    {"files-in-tmp", many_files, "ENOSPC", "all", "/tmp", 0},
    {"symlinks-in-tmp", many_files, "ENOSPC", "all", "/tmp", 1},
    {0}};
static const struct attempt of_descriptors[] = {
    {"descriptors", many_descriptors, "EMFILE|ENFILE", "", NULL},
    {0}};

const struct group forks = {"forks", of_forks};
const struct group threads = {"threads", of_threads};
const struct group memory = {"memory", of_memory};
const struct group shared_out_memory = {"shared-out-memory", of_shared_out_memory};
const struct group disk = {"disk", of_space};
const struct group inodes = {"inodes", of_files};
const struct group open_files = {"open-files", of_descriptors};
