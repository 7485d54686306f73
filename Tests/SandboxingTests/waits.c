/* Waits until a tenth of a second from now with every function that takes a moment, and prints
   whether it took that long: "NAME ok" or "NAME wrong: ..." for each. */
#define _GNU_SOURCE
#include <errno.h>
#include <mqueue.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/timerfd.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

static double began;

static double elapsed(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9 - began;
}

static void start(void) {
  began = 0;
  began = elapsed();
}

static struct timespec soon(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  time.tv_nsec += 100000000;
  if (time.tv_nsec >= 1000000000) {
    time.tv_nsec -= 1000000000;
    time.tv_sec++;
  }
  return time;
}

static void report(const char *name, int result, int expected) {
  double took = elapsed();
  if (result == expected && took > 0.09 && took < 5)
    printf("%s ok\n", name);
  else
    printf("%s wrong: result %d errno %d after %.3f s\n", name, result, errno, took);
  fflush(stdout);
  start();
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
static mtx_t timed;

static void *hold(void *ready) {
  pthread_mutex_lock(&held);
  pthread_rwlock_wrlock(&lock);
  mtx_lock(&timed);
  sem_post(ready);
  sleep(1000);
  return NULL;
}

int main(void) {
  alarm(60); /* one that hangs ends all */
  sem_t ready, never;
  sem_init(&ready, 0, 0);
  sem_init(&never, 0, 0);
  mtx_init(&timed, mtx_timed);
  pthread_t holder;
  pthread_create(&holder, NULL, hold, &ready);
  sem_wait(&ready);

  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_cond_t condition = PTHREAD_COND_INITIALIZER, monotonic;
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&monotonic, &attributes);
  mtx_t plain;
  mtx_init(&plain, mtx_plain);
  mtx_lock(&plain);
  cnd_t c11;
  cnd_init(&c11);

  struct timespec t;
  start();
#define WAIT(call, expected)                                                                       \
  t = soon(CLOCK_REALTIME);                                                                        \
  report(#call, call, expected)
#define STEADY(call, expected)                                                                     \
  t = soon(CLOCK_MONOTONIC);                                                                       \
  report(#call, call, expected)
  WAIT(pthread_cond_timedwait(&condition, &mutex, &t), ETIMEDOUT);
  STEADY(pthread_cond_timedwait(&monotonic, &mutex, &t), ETIMEDOUT);
  WAIT(pthread_cond_clockwait(&condition, &mutex, CLOCK_REALTIME, &t), ETIMEDOUT);
  STEADY(pthread_cond_clockwait(&condition, &mutex, CLOCK_MONOTONIC, &t), ETIMEDOUT);
  WAIT(pthread_mutex_timedlock(&held, &t), ETIMEDOUT);
  WAIT(pthread_mutex_clocklock(&held, CLOCK_REALTIME, &t), ETIMEDOUT);
  WAIT(pthread_rwlock_timedrdlock(&lock, &t), ETIMEDOUT);
  WAIT(pthread_rwlock_timedwrlock(&lock, &t), ETIMEDOUT);
  WAIT(pthread_rwlock_clockrdlock(&lock, CLOCK_REALTIME, &t), ETIMEDOUT);
  WAIT(pthread_rwlock_clockwrlock(&lock, CLOCK_REALTIME, &t), ETIMEDOUT);
  WAIT(sem_timedwait(&never, &t), -1);
  WAIT(sem_clockwait(&never, CLOCK_REALTIME, &t), -1);
  WAIT(pthread_timedjoin_np(holder, NULL, &t), ETIMEDOUT);
  WAIT(pthread_clockjoin_np(holder, NULL, CLOCK_REALTIME, &t), ETIMEDOUT);
  WAIT(cnd_timedwait(&c11, &plain, &t), thrd_timedout);
  WAIT(mtx_timedlock(&timed, &t), thrd_timedout);
  WAIT(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &t, NULL), 0);
  STEADY(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL), 0);
  t = (struct timespec){0, 100000000};
  report("clock_nanosleep(relative)", clock_nanosleep(CLOCK_REALTIME, 0, &t, NULL), 0);

  struct itimerspec timer = {.it_value = soon(CLOCK_REALTIME)};
  unsigned long count;
  int file = timerfd_create(CLOCK_REALTIME, 0);
  timerfd_settime(file, TFD_TIMER_ABSTIME, &timer, NULL);
  report("timerfd_settime", (int)read(file, &count, sizeof count), sizeof count);

  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &signals, NULL);
  struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1};
  timer_t id;
  timer_create(CLOCK_REALTIME, &event, &id);
  timer.it_value = soon(CLOCK_REALTIME);
  timer_settime(id, TIMER_ABSTIME, &timer, NULL);
  int got;
  report("timer_settime", sigwait(&signals, &got), 0);

  struct mq_attr size = {.mq_maxmsg = 1, .mq_msgsize = 8};
  char text[8];
  mqd_t queue = mq_open("/waits", O_RDWR | O_CREAT, 0600, &size);
  if (queue != (mqd_t)-1) { /* not every kernel has them */
    mq_unlink("/waits");
    start();
    WAIT((int)mq_timedreceive(queue, text, sizeof text, NULL, &t), -1);
    mq_send(queue, text, 1, 0);
    WAIT(mq_timedsend(queue, text, 1, 0, &t), -1);
  }

  t = (struct timespec){5, 0}; /* long ago */
  began -= 0.1;
  report("past", pthread_cond_timedwait(&condition, &mutex, &t), ETIMEDOUT);
  _exit(0);
}
