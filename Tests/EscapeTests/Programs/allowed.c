/* What builds do and a sandbox has to let them: no attempts, but the other side of strictness. */
#include "attack.h"

#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/shm.h>
#include <sys/wait.h>

/* Allowed, for what is written to a build's folders can be executed anyway. */
static void memory_program(const struct attempt *attempt) {
  (void)attempt;
  int program = open("/usr/bin/true", O_RDONLY | O_CLOEXEC);
  int file = memfd_create("program", MFD_CLOEXEC);
  static char block[1 << 16];
  ssize_t count;
  while ((count = read(program, block, sizeof block)) > 0)
    if (write(file, block, (size_t)count) != count) refused(errno, "write");
  pid_t pid = fork();
  if (pid == 0) {
    fexecve(file, (char *[]){"true", NULL}, (char *[]){NULL});
    _exit(errno);
  }
  int status;
  waitpid(pid, &status, 0);
  if (status) refused(WEXITSTATUS(status), "fexecve");
  succeeded("executed");
}

static void written_program(const struct attempt *attempt) {
  const char *path = scratch("program");
  char output[8];
  int status;
  char *copy[] = {"/usr/bin/cp", "/usr/bin/true", (char *)path, NULL};
  run_program(copy, &status, output, sizeof output);
  run_program((char *[]){(char *)path, NULL}, &status, output, sizeof output);
  unlink(path);
  (void)attempt;
  if (status) refused_as("failed", "status %x", status);
  succeeded("executed");
}

static void code_in_memory(const struct attempt *attempt) {
  (void)attempt;
  void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED) refused(errno, "");
  succeeded("");
}

static void socket_pair(const struct attempt *attempt) {
  int ends[2];
  judge(socketpair(AF_UNIX, (int)attempt->a, 0, ends));
}

static void fifo(const struct attempt *attempt) {
  const char *path = scratch("fifo");
  unlink(path);
  (void)attempt;
  long result = mkfifo(path, 0644);
  unlink(path);
  judge(result);
}

static void symbolic_link(const struct attempt *attempt) {
  const char *path = scratch("symlink");
  unlink(path);
  (void)attempt;
  long result = symlink("/nowhere", path);
  unlink(path);
  judge(result);
}

static void lock(const struct attempt *attempt) {
  (void)attempt;
  judge(flock(scratch_file("lock"), LOCK_EX));
}

static void executable_mode(const struct attempt *attempt) {
  (void)attempt;
  judge(fchmod(scratch_file("mode"), 0755));
}

static void own_memory(const struct attempt *attempt) {
  (void)attempt;
  int memory = shmget(IPC_PRIVATE, 4096, 0600);
  if (memory < 0) refused(errno, "");
  judge(shmctl(memory, IPC_RMID, NULL));
}

static void reaper(const struct attempt *attempt) {
  (void)attempt;
  judge(prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0));
}

static const struct attempt attempts[] = {
    {"execute-memory-file", memory_program, "", "all"},
    {"execute-written-file", written_program, "", "all"},
    {"code-in-memory", code_in_memory, "", "all"},
    {"socket-pair-stream", socket_pair, "", "all", NULL, SOCK_STREAM},
    {"socket-pair-datagram", socket_pair, "", "all", NULL, SOCK_DGRAM},
    {"fifo", fifo, "", "all"},
    {"symlink", symbolic_link, "", "all"},
    {"lock", lock, "", "all"},
    {"executable-mode", executable_mode, "", "all"},
    {"private-shared-memory", own_memory, "", "all"},
    {"reaper", reaper, "", "all"},
    {0}};

const struct group allowed = {"allowed", attempts};
