/* The clock and the names of the machine. Where nothing refuses, the arguments do: no clock is ever
   moved, no name changed. */
#include "attack.h"

#include <sched.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>

/* The time zone is checked behind the permission (kernel/time/time.c). */
static void time_zone(const struct attempt *attempt) {
  (void)attempt;
  struct timezone zone = {.tz_minuteswest = 100000};
  BEHIND(syscall(SYS_settimeofday, NULL, &zone), EINVAL);
}

static void set_clock(const struct attempt *attempt) {
  /* The address is read before the permission: this says only whether the call is there. */
  BEHIND(syscall(SYS_clock_settime, attempt->a, NULL), EFAULT);
}

/* A length of a tick that no kernel takes (kernel/time/timekeeping.c). */
static void adjust(const struct attempt *attempt) {
  struct timex values = {.modes = ADJ_TICK, .tick = 1};
  if (attempt->a) BEHIND(syscall(SYS_clock_adjtime, CLOCK_REALTIME, &values), EINVAL);
  BEHIND(syscall(SYS_adjtimex, &values), EINVAL);
}

static void set_name(const struct attempt *attempt) {
  BEHIND(syscall(attempt->a, "attack", -1), EINVAL);
}

static void name_of_host(const struct attempt *attempt) {
  (void)attempt;
  struct utsname names;
  uname(&names);
  if (!strcmp(names.nodename, given("hostname"))) succeeded("%s", names.nodename);
  refused_as("other", "%s", names.nodename);
}

static void real_time_scheduling(const struct attempt *attempt) {
  struct sched_param parameters = {.sched_priority = 1};
  judge(sched_setscheduler(0, (int)attempt->a, &parameters));
}

static void wake_machine(const struct attempt *attempt) {
  struct itimerspec never = {{0, 0}, {1000000, 0}};
  timer_t timer;
  struct sigevent event = {.sigev_notify = SIGEV_NONE};
  if (timer_create((clockid_t)attempt->a, &event, &timer) < 0) refused(errno, "timer_create");
  judge(timer_settime(timer, 0, &never, NULL));
}

static const struct attempt attempts[] = {
    {"settimeofday", time_zone, "EPERM", "root"},
    {"clock-settime-realtime", set_clock, "EPERM", "all", NULL, CLOCK_REALTIME},
    {"clock-settime-tai", set_clock, "EPERM", "", NULL, CLOCK_TAI},
    {"adjtimex", adjust, "EPERM", "root", NULL, 0},
    {"clock-adjtime", adjust, "EPERM", "root", NULL, 1},
    {"sethostname", set_name, "EPERM", "root", NULL, SYS_sethostname},
    {"setdomainname", set_name, "EPERM", "root", NULL, SYS_setdomainname},
    {"name-of-the-host", name_of_host, "other", "all"},
    {"scheduling-fifo", real_time_scheduling, "EPERM", "root", NULL, SCHED_FIFO},
    {"scheduling-round-robin", real_time_scheduling, "EPERM", "root", NULL, SCHED_RR},
    {"wake-alarm", wake_machine, "EPERM|EOPNOTSUPP|EINVAL", "", NULL, CLOCK_REALTIME_ALARM},
    {0}};

const struct group clock_and_names = {"clock-and-names", attempts};
