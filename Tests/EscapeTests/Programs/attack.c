/* attack list
   attack hold
   attack leave
   attack GROUP… KEY=VALUE…

   Runs the attempts of each group and prints a line of JSON for each. */
#include "attack.h"
#include "hold.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

extern const struct group network, sockets, mounts, namespaces, processes, secrets, proc_and_sys,
    kernel, system_call_filter, clock_and_names, terminal, devices, privileges, files, descriptors,
    foreign_calls, signals, forks, threads, memory, shared_out_memory, disk, inodes, open_files, traces, allowed;

static const struct group *const groups[] = {
    &network, &sockets, &mounts, &namespaces, &processes, &secrets, &proc_and_sys, &kernel,
    &system_call_filter, &clock_and_names, &terminal, &devices, &privileges, &files, &descriptors,
    &foreign_calls, &signals, &forks, &threads, &memory, &shared_out_memory, &disk, &inodes, &open_files, &traces,
    &allowed};

enum { MOST_SECONDS = 20 };

struct outcome {
  char kind; /* 'r'efused, 's'ucceeded, 'n'ot attempted, 0 while it runs */
  char reason[40];
  char detail[200];
};

static struct outcome *outcome; /* shared with the child */
static const struct attempt *current;
static char **arguments;

static _Noreturn void end(char kind, const char *reason, const char *detail, va_list values) {
  snprintf(outcome->reason, sizeof outcome->reason, "%s", reason);
  vsnprintf(outcome->detail, sizeof outcome->detail, detail, values);
  outcome->kind = kind;
  _exit(0);
}

void refused(int error, const char *detail, ...) {
  const char *name = strerrorname_np(error);
  va_list values;
  va_start(values, detail);
  end('r', name ? name : "?", detail, values);
}

void refused_as(const char *state, const char *detail, ...) {
  va_list values;
  va_start(values, detail);
  end('r', state, detail, values);
}

void succeeded(const char *detail, ...) {
  va_list values;
  va_start(values, detail);
  end('s', "", detail, values);
}

void not_attempted(const char *detail, ...) {
  va_list values;
  va_start(values, detail);
  end('n', "", detail, values);
}

void judge(long result) {
  if (result >= 0) succeeded("returned %ld", result);
  refused(errno, "");
}

void judge_behind(long result, const int *errors) {
  if (result >= 0) succeeded("returned %ld", result);
  for (; *errors; errors++)
    if (errno == *errors) succeeded("permitted: only then %s", strerrorname_np(errno));
  refused(errno, "");
}

static const char *find(const char *key) {
  size_t length = strlen(key);
  for (char **argument = arguments; *argument; argument++)
    if (!strncmp(*argument, key, length) && (*argument)[length] == '=')
      return *argument + length + 1;
  return NULL;
}

bool is_given(const char *key) { return find(key) != NULL; }

const char *given(const char *key) {
  const char *value = find(key);
  if (!value) not_attempted("%s=… was not given", key);
  return value;
}

long given_number(const char *key) { return strtol(given(key), NULL, 10); }

const char *scratch(const char *name) {
  static char paths[4][512];
  static int next;
  char *path = paths[next++ % 4];
  const char *folder = find("scratch");
  snprintf(path, sizeof paths[0], "%s/%s-%s", folder ? folder : "/tmp", current->name, name);
  return path;
}

int scratch_file(const char *name) {
  int file = open(scratch(name), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) not_attempted("creating a file to work with: %s", strerror(errno));
  return file;
}

bool readable(int descriptor, int milliseconds) {
  struct pollfd wait = {.fd = descriptor, .events = POLLIN};
  return poll(&wait, 1, milliseconds) == 1;
}

int victim_child(void) {
  int ready[2];
  char byte = 0;
  if (pipe2(ready, O_CLOEXEC) < 0) not_attempted("pipe: %s", strerror(errno));
  pid_t pid = fork();
  if (pid < 0) not_attempted("forking: %s", strerror(errno));
  if (pid > 0) {
    /* Not before it is sure to die with this process: an attempt may stop it. */
    if (read(ready[0], &byte, 1) != 1) not_attempted("waiting for a child");
    close(ready[0]);
    close(ready[1]);
    return pid;
  }
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (write(ready[1], &byte, 1) != 1) _exit(1);
  for (;;) pause();
}

void run_program(char *const argv[], int *status, char *output, size_t size) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) < 0) not_attempted("pipe: %s", strerror(errno));
  pid_t pid = fork();
  if (pid < 0) not_attempted("forking: %s", strerror(errno));
  if (pid == 0) {
    int null = open("/dev/null", O_RDWR);
    dup2(null, 0);
    dup2(ends[1], 1);
    dup2(null, 2);
    execv(argv[0], argv);
    _exit(127);
  }
  close(ends[1]);
  size_t length = 0;
  ssize_t count;
  while (length + 1 < size && (count = read(ends[0], output + length, size - 1 - length)) > 0)
    length += (size_t)count;
  output[length] = 0;
  close(ends[0]);
  waitpid(pid, status, 0);
  if (WIFEXITED(*status) && WEXITSTATUS(*status) == 127) not_attempted("%s is missing", argv[0]);
}

void private_mounts(void) {
  if (!is_given("control")) return;
  if (unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
    not_attempted("a mount namespace of its own: %s", strerror(errno));
}

static void print_string(const char *text) {
  putchar('"');
  for (; *text; text++) {
    if (*text == '"' || *text == '\\') putchar('\\');
    if ((unsigned char)*text >= 0x20 && (unsigned char)*text < 0x7f) putchar(*text);
    else putchar('?');
  }
  putchar('"');
}

static void print_field(const char *name, const char *value, char after) {
  printf("\"%s\":", name);
  print_string(value);
  putchar(after);
}

static void print_attempt(const struct group *group, const struct attempt *attempt) {
  printf("{");
  print_field("group", group->name, ',');
  print_field("name", attempt->name, ',');
  print_field("refusal", attempt->refusal, ',');
  print_field("open", attempt->open, outcome ? ',' : '}');
  if (outcome) {
    const char *kind = outcome->kind == 'r'   ? "refused"
                       : outcome->kind == 's' ? "succeeded"
                                              : "not-attempted";
    print_field("outcome", kind, ',');
    print_field("reason", outcome->reason, ',');
    print_field("detail", outcome->detail, '}');
  }
  putchar('\n');
  fflush(stdout);
}

/* Waits for the child; what outlives its time is killed. */
static void await(pid_t pid) {
  int status = 0;
  for (int tenths = 0; waitpid(pid, &status, WNOHANG) == 0; tenths++) {
    if (tenths == MOST_SECONDS * 100) {
      kill(pid, SIGKILL);
      waitpid(pid, &status, 0);
      snprintf(outcome->detail, sizeof outcome->detail, "no end within %d s", MOST_SECONDS);
      return;
    }
    struct timespec pause = {0, 10 * 1000 * 1000};
    if (tenths < 100) pause.tv_nsec = 500 * 1000;
    nanosleep(&pause, NULL);
  }
  if (outcome->kind) return;
  if (WIFSIGNALED(status)) {
    /* What a kernel or a filter does to a process that goes too far. */
    outcome->kind = 'r';
    snprintf(outcome->reason, sizeof outcome->reason, "SIG%s", sigabbrev_np(WTERMSIG(status)));
  } else {
    snprintf(outcome->detail, sizeof outcome->detail, "ended without a word, status %d",
             WEXITSTATUS(status));
  }
}

static void run(const struct group *group) {
  for (const struct attempt *attempt = group->attempts; attempt->name; attempt++) {
    if (is_given("only") && strcmp(find("only"), attempt->name)) continue;
    memset(outcome, 0, sizeof *outcome);
    current = attempt;
    pid_t pid = fork();
    if (pid == 0) {
      attempt->run(attempt);
      not_attempted("it said nothing");
    }
    if (pid > 0) await(pid);
    else snprintf(outcome->detail, sizeof outcome->detail, "forking: %s", strerror(errno));
    /* Some sandboxes make this the first process, whose children all orphans become. */
    while (waitpid(-1, NULL, WNOHANG) > 0) {}
    print_attempt(group, attempt);
  }
}

int main(int argc, char **argv) {
  arguments = argv + 1;
  if (argc == 2 && !strcmp(argv[1], "hold")) return hold(1);
  if (argc == 2 && !strcmp(argv[1], "leave")) return hold(0);
  bool listing = argc == 2 && !strcmp(argv[1], "list");
  if (!listing)
    outcome = mmap(NULL, sizeof *outcome, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
                   0);
  if (outcome == MAP_FAILED) return 2;
  signal(SIGPIPE, SIG_IGN);
  int ran = 0;
  for (size_t i = 0; i < sizeof groups / sizeof *groups; i++) {
    bool wanted = listing;
    for (int j = 1; j < argc; j++) wanted |= !strcmp(argv[j], groups[i]->name);
    if (!wanted) continue;
    ran++;
    if (!listing) run(groups[i]);
    else
      for (const struct attempt *attempt = groups[i]->attempts; attempt->name; attempt++)
        print_attempt(groups[i], attempt);
  }
  return ran > 0 ? 0 : 2;
}
