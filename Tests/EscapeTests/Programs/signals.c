/* Ending, stopping or deceiving what watches the build. Only inside a sandbox (inside=1) are real
   signals sent to process 1; everywhere else that one would be somebody else's. */
#include "attack.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

/* The first process of this pid namespace is not the machine's (PROC_PID_INIT_INO). */
static void only_inside(void) {
  struct stat status;
  if (!is_given("inside") || stat("/proc/self/ns/pid", &status) < 0 ||
      status.st_ino == 0xeffffffcu)
    not_attempted("not in a pid namespace of its own");
}

static _Noreturn void judge_life(long result) {
  if (result < 0) refused(errno, "");
  struct timespec pause = {0, 100 * 1000 * 1000};
  nanosleep(&pause, NULL);
  /* Were the first process dead, everything would be. */
  char state = 0;
  FILE *file = fopen("/proc/1/stat", "re");
  if (file && fscanf(file, "%*d (%*[^)]) %c", &state) != 1) state = 0;
  if (state == 'T' || state == 't' || state == 'Z') succeeded("process 1 is %c", state);
  refused_as("ignored", "process 1 is %c", state);
}

static void to_init(const struct attempt *attempt) {
  only_inside();
  judge_life(kill(1, (int)attempt->a));
}

static void to_init_as_thread(const struct attempt *attempt) {
  only_inside();
  judge_life(syscall(SYS_tgkill, 1, 1, attempt->a));
}

static void to_init_queued(const struct attempt *attempt) {
  only_inside();
  siginfo_t info = {.si_signo = (int)attempt->a, .si_code = SI_QUEUE};
  judge_life(syscall(SYS_rt_sigqueueinfo, 1, attempt->a, &info));
}

static void to_init_by_handle(const struct attempt *attempt) {
  only_inside();
  int handle = (int)syscall(SYS_pidfd_open, 1, 0);
  if (handle < 0) refused(errno, "pidfd_open");
  judge_life(syscall(SYS_pidfd_send_signal, handle, attempt->a, NULL, 0));
}

/* A word from the kernel about a child that never was. */
static void false_child(const struct attempt *attempt) {
  (void)attempt;
  only_inside();
  siginfo_t info = {.si_signo = SIGCHLD, .si_code = CLD_EXITED};
  judge_life(syscall(SYS_rt_sigqueueinfo, 1, SIGCHLD, &info));
}

/* The group that cupel was started in, and everybody. */
static void group_of_caller(const struct attempt *attempt) {
  (void)attempt;
  judge(kill(-(pid_t)given_number("group"), 0));
}

static void session_of_caller(const struct attempt *attempt) {
  (void)attempt;
  if (getsid(0) == given_number("session")) succeeded("it is in the caller's session");
  if (getsid(0) == 0) succeeded("its session lies outside");
  refused_as("own", "session %d", getsid(0));
}

static void group_outside(const struct attempt *attempt) {
  (void)attempt;
  /* 0 is how a number outside the namespace shows. */
  if (getpgrp() == 0) succeeded("its group lies outside");
  refused_as("own", "group %d", getpgrp());
}

static void join_session(const struct attempt *attempt) {
  (void)attempt;
  judge(setpgid(0, (pid_t)given_number("group")));
}

/* Everything is signalled; the victim on the host must live, which the test looks at. */
static void everybody(const struct attempt *attempt) {
  only_inside();
  pid_t witness = victim_child();
  if (kill(-1, (int)attempt->a) < 0) refused(errno, "");
  if (kill(witness, 0) < 0) not_attempted("the child is gone");
  if (kill((pid_t)given_number("victim"), 0) == 0) succeeded("the victim can be seen");
  refused_as("inside", "only those inside got it");
}

static const struct attempt attempts[] = {
    {"kill-init", to_init, "ignored|EPERM", "", NULL, SIGKILL},
    {"stop-init", to_init, "ignored|EPERM", "", NULL, SIGSTOP},
    {"terminate-init", to_init, "ignored|EPERM", "", NULL, SIGTERM},
    {"interrupt-init", to_init, "ignored|EPERM", "", NULL, SIGINT},
    {"segfault-init", to_init, "ignored|EPERM", "", NULL, SIGSEGV},
    {"pipe-init", to_init, "ignored|EPERM", "", NULL, SIGPIPE},
    {"real-time-init", to_init, "ignored|EPERM", "", NULL, 40},
    {"kill-init-as-thread", to_init_as_thread, "ignored|EPERM", "", NULL, SIGKILL},
    {"kill-init-queued", to_init_queued, "ignored|EPERM", "", NULL, SIGKILL},
    {"kill-init-by-handle", to_init_by_handle, "ignored|EPERM", "", NULL, SIGKILL},
    {"abort-init", to_init, "ignored|EPERM", "", NULL, SIGABRT},
    {"false-child", false_child, "ignored|EPERM", ""},
    {"group-of-caller", group_of_caller, "ESRCH", "all", NULL, 0},
    {"session-of-caller", session_of_caller, "own", "all"},
    {"group-outside", group_outside, "own", ""},
    {"join-group-of-caller", join_session, "EPERM|ESRCH", ""},
    {"continue-everybody", everybody, "inside|EPERM|ESRCH", "", NULL, SIGCONT},
    {0}};

const struct group signals = {"signals", attempts};
