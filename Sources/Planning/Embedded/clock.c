/* The wall clock of leg B: a library that /etc/ld.so.preload loads into every dynamically linked
   program of glibc. Programs then see the real time plus OFFSET seconds, and wait for the real time.

   Nothing is included, so that any C compiler can make it from this file alone. Clocks that do not
   say what day it is, and the times of files, are left as they are.

   Functions of the C library are found when the program starts (dlsym(3)). Before that, when an
   allocator asks for the time while it is set up, the kernel is asked. To look for them at that
   moment would need the allocator: that is how other libraries of this kind hang rustc. */

#ifndef OFFSET
#error "OFFSET, in seconds, is missing"
#endif

typedef long seconds; /* time_t, where long has 64 bits */
struct timespec { seconds tv_sec; long tv_nsec; };
struct timeval { seconds tv_sec; long tv_usec; };
struct timeb { seconds time; unsigned short millitm; short timezone, dstflag; };
struct itimerspec { struct timespec it_interval, it_value; };

_Static_assert(sizeof(long) == 8, "written for machines of 64 bits");

/* clock_gettime(2), time.h */
enum { REALTIME = 0, REALTIME_COARSE = 5, REALTIME_ALARM = 8, TAI = 11 };
enum { TIMER_ABSTIME = 1, TIME_UTC = 1 };

void *dlsym(void *, const char *);
int *__errno_location(void);

#if defined __x86_64__
enum { SYS_clock_gettime = 228, SYS_prctl = 157 };

static long call(long number, long a, long b) {
  register long c __asm__("rdx") = 0, d __asm__("r10") = 0, e __asm__("r8") = 0;
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(a), "S"(b), "r"(c), "r"(d), "r"(e)
                   : "rcx", "r11", "memory");
  return result;
}
#elif defined __aarch64__
enum { SYS_clock_gettime = 113, SYS_prctl = 167 };

static long call(long number, long a, long b) {
  register long x8 __asm__("x8") = number, x0 __asm__("x0") = a, x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = 0, x3 __asm__("x3") = 0, x4 __asm__("x4") = 0;
  __asm__ volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4) : "memory");
  return x0;
}
#else
#error "no system calls are known for this machine"
#endif

/* ---- The functions that this library stands before. */

typedef int get_time(int, struct timespec *);
typedef int wait_for(void *, const struct timespec *);
typedef int wait_for_by(void *, int, const struct timespec *);
typedef int wait_with(void *, void *, const struct timespec *);
typedef int wait_with_by(void *, void *, int, const struct timespec *);

#define ALL(_)                                                                                     \
  _(get_time, clock_gettime)                                                                       \
  _(wait_with, pthread_cond_timedwait)                                                             \
  _(wait_with_by, pthread_cond_clockwait)                                                          \
  _(wait_for, pthread_mutex_timedlock)                                                             \
  _(wait_for_by, pthread_mutex_clocklock)                                                          \
  _(wait_for, pthread_rwlock_timedrdlock)                                                          \
  _(wait_for, pthread_rwlock_timedwrlock)                                                          \
  _(wait_for_by, pthread_rwlock_clockrdlock)                                                       \
  _(wait_for_by, pthread_rwlock_clockwrlock)                                                       \
  _(wait_for, sem_timedwait)                                                                       \
  _(wait_for_by, sem_clockwait)                                                                    \
  _(join, pthread_timedjoin_np)                                                                    \
  _(join_by, pthread_clockjoin_np)                                                                 \
  _(wait_with, cnd_timedwait)                                                                      \
  _(wait_for, mtx_timedlock)                                                                       \
  _(receive, mq_timedreceive)                                                                      \
  _(send, mq_timedsend)                                                                            \
  _(sleep_until, clock_nanosleep)                                                                  \
  _(set_timer, timer_settime)                                                                      \
  _(set_timer_file, timerfd_settime)

typedef int join(unsigned long, void **, const struct timespec *);
typedef int join_by(unsigned long, void **, int, const struct timespec *);
typedef long receive(int, char *, unsigned long, unsigned *, const struct timespec *);
typedef int send(int, const char *, unsigned long, unsigned, const struct timespec *);
typedef int sleep_until(int, int, const struct timespec *, struct timespec *);
typedef int set_timer(void *, int, const struct itimerspec *, struct itimerspec *);
typedef int set_timer_file(int, int, const struct itimerspec *, struct itimerspec *);

#define DECLARE(type, name) static type *real_##name;
ALL(DECLARE)

#define FIND(type, name) real_##name = (type *)dlsym((void *)-1 /* RTLD_NEXT */, #name);

static void find(void) {
  static int is_done;
  if (is_done) return;
  ALL(FIND)
  is_done = 1;
}

/* The constructor of another library may come before ours. */
#define REAL(name) (find(), real_##name)

/* Tells the runner that this program sees the other time: an option that prctl(2) does not have. */
enum { ARRIVAL = 0x43555046 };

__attribute__((constructor)) static void begin(void) {
  find();
  call(SYS_prctl, ARRIVAL, 0);
}

/* ---- What time it is. */

static int is_wall(int clock) {
  return clock == REALTIME || clock == REALTIME_COARSE || clock == REALTIME_ALARM || clock == TAI;
}

int clock_gettime(int clock, struct timespec *time) {
  int result;
  if (real_clock_gettime) {
    result = real_clock_gettime(clock, time);
  } else {
    long answer = call(SYS_clock_gettime, clock, (long)time);
    result = answer < 0 ? -1 : 0;
    if (answer < 0) *__errno_location() = (int)-answer;
  }
  if (result == 0 && is_wall(clock)) time->tv_sec += OFFSET;
  return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
  struct timespec now;
  clock_gettime(REALTIME, &now);
  if (time) *time = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
  /* The kernel's own zone, which is none. */
  if (zone) *(long *)zone = 0;
  return 0;
}

seconds time(seconds *result) {
  struct timespec now;
  clock_gettime(REALTIME_COARSE, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}

int timespec_get(struct timespec *time, int base) {
  if (base != TIME_UTC) return 0;
  clock_gettime(REALTIME, time);
  return base;
}

int ftime(struct timeb *result) {
  struct timespec now;
  clock_gettime(REALTIME, &now);
  *result = (struct timeb){now.tv_sec, (unsigned short)(now.tv_nsec / 1000000), 0, 0};
  return 0;
}

/* ---- Waiting until a time. */

/* The moment that a program means, as the kernel knows it. Not every function is told which clock
   counts: a moment after 2001 is one of the wall clock, as no machine runs for 31 years. */
static const struct timespec *meant(const struct timespec *until, struct timespec *copy) {
  if (!until || until->tv_sec < 1000000000) return until;
  *copy = *until;
  if (__builtin_sub_overflow(until->tv_sec, OFFSET, &copy->tv_sec)) return until;
  return copy;
}

#define MEANT(until) meant(until, &(struct timespec){0, 0})

int pthread_cond_timedwait(void *condition, void *mutex, const struct timespec *until) {
  return REAL(pthread_cond_timedwait)(condition, mutex, MEANT(until));
}

int pthread_cond_clockwait(void *condition, void *mutex, int clock, const struct timespec *until) {
  return REAL(pthread_cond_clockwait)(condition, mutex, clock, MEANT(until));
}

int pthread_mutex_timedlock(void *mutex, const struct timespec *until) {
  return REAL(pthread_mutex_timedlock)(mutex, MEANT(until));
}

int pthread_mutex_clocklock(void *mutex, int clock, const struct timespec *until) {
  return REAL(pthread_mutex_clocklock)(mutex, clock, MEANT(until));
}

int pthread_rwlock_timedrdlock(void *lock, const struct timespec *until) {
  return REAL(pthread_rwlock_timedrdlock)(lock, MEANT(until));
}

int pthread_rwlock_timedwrlock(void *lock, const struct timespec *until) {
  return REAL(pthread_rwlock_timedwrlock)(lock, MEANT(until));
}

int pthread_rwlock_clockrdlock(void *lock, int clock, const struct timespec *until) {
  return REAL(pthread_rwlock_clockrdlock)(lock, clock, MEANT(until));
}

int pthread_rwlock_clockwrlock(void *lock, int clock, const struct timespec *until) {
  return REAL(pthread_rwlock_clockwrlock)(lock, clock, MEANT(until));
}

int sem_timedwait(void *semaphore, const struct timespec *until) {
  return REAL(sem_timedwait)(semaphore, MEANT(until));
}

int sem_clockwait(void *semaphore, int clock, const struct timespec *until) {
  return REAL(sem_clockwait)(semaphore, clock, MEANT(until));
}

int pthread_timedjoin_np(unsigned long thread, void **result, const struct timespec *until) {
  return REAL(pthread_timedjoin_np)(thread, result, MEANT(until));
}

int pthread_clockjoin_np(
    unsigned long thread, void **result, int clock, const struct timespec *until) {
  return REAL(pthread_clockjoin_np)(thread, result, clock, MEANT(until));
}

int cnd_timedwait(void *condition, void *mutex, const struct timespec *until) {
  return REAL(cnd_timedwait)(condition, mutex, MEANT(until));
}

int mtx_timedlock(void *mutex, const struct timespec *until) {
  return REAL(mtx_timedlock)(mutex, MEANT(until));
}

long mq_timedreceive(
    int queue, char *text, unsigned long size, unsigned *priority, const struct timespec *until) {
  return REAL(mq_timedreceive)(queue, text, size, priority, MEANT(until));
}

int mq_timedsend(
    int queue, const char *text, unsigned long size, unsigned priority,
    const struct timespec *until) {
  return REAL(mq_timedsend)(queue, text, size, priority, MEANT(until));
}

int clock_nanosleep(int clock, int flags, const struct timespec *time, struct timespec *rest) {
  return REAL(clock_nanosleep)(clock, flags, flags & TIMER_ABSTIME ? MEANT(time) : time, rest);
}

static const struct itimerspec *timer(
    int flags, const struct itimerspec *value, struct itimerspec *copy) {
  if (!value || !(flags & TIMER_ABSTIME)) return value;
  *copy = (struct itimerspec){value->it_interval, *MEANT(&value->it_value)};
  return copy;
}

int timer_settime(
    void *id, int flags, const struct itimerspec *value, struct itimerspec *old) {
  struct itimerspec copy;
  return REAL(timer_settime)(id, flags, timer(flags, value, &copy), old);
}

int timerfd_settime(int file, int flags, const struct itimerspec *value, struct itimerspec *old) {
  struct itimerspec copy;
  return REAL(timerfd_settime)(file, flags, timer(flags, value, &copy), old);
}
