/* Getting around the filter of system calls itself. */
#include "attack.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/un.h>
#include <netinet/in.h>
#include <arpa/inet.h>

/* A filter of the attacker's own over one call. */
static long add_filter(unsigned number, unsigned action, unsigned flags) {
  struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, action),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {sizeof code / sizeof *code, code};
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
}

static void allow_again(const struct attempt *attempt) {
  if (add_filter((unsigned)SYS_unshare, (unsigned)attempt->a, 0) < 0) refused(errno, "seccomp");
  judge(unshare(CLONE_NEWUTS));
}

/* The newest filter that asks a listener wins: if a second listener were possible, it could let
   everything pass that the sandbox only asks its own listener about. */
static void *let_pass(void *argument) {
  int listener = *(int *)argument;
  struct seccomp_notif request;
  for (;;) {
    memset(&request, 0, sizeof request);
    if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &request) < 0) return NULL;
    struct seccomp_notif_resp answer = {
        .id = request.id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE};
    ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &answer);
  }
}

static void second_listener(const struct attempt *attempt) {
  int listener = (int)add_filter((unsigned)attempt->a, SECCOMP_RET_USER_NOTIF,
                                 SECCOMP_FILTER_FLAG_NEW_LISTENER);
  if (listener < 0) refused(errno, "seccomp");
  pthread_t thread;
  /* The thread has the filter too, and makes none of the calls. */
  if (pthread_create(&thread, NULL, let_pass, &listener)) not_attempted("a thread");
  if (attempt->a == SYS_unshare) judge(unshare(CLONE_NEWUTS));
  judge(socket(AF_NETLINK, SOCK_RAW, 0));
}

static void without_listener(const struct attempt *attempt) {
  (void)attempt;
  if (add_filter((unsigned)SYS_unshare, SECCOMP_RET_USER_NOTIF, 0) < 0) refused(errno, "seccomp");
  judge(unshare(CLONE_NEWUTS));
}

static void see_filter(const struct attempt *attempt) {
  (void)attempt;
  struct sock_filter code[64];
  /* PTRACE_SECCOMP_GET_FILTER of a child. */
  judge(syscall(SYS_ptrace, 0x420c, victim_child(), 0, code));
}

/* The address is changed by another thread while the call is on its way. */
static union { struct sockaddr any; struct sockaddr_in four; struct sockaddr_un local; } racing;
static volatile bool over;

static void *race(void *argument) {
  (void)argument;
  while (!over) {
    racing.any.sa_family = AF_UNIX;
    racing.any.sa_family = AF_INET;
  }
  return NULL;
}

static void race_connect(const struct attempt *attempt) {
  long port = given_number(attempt->a == SOCK_STREAM ? "tcp4" : "udp4");
  pthread_t thread;
  memset(&racing, 0, sizeof racing);
  racing.four.sin_port = htons((uint16_t)port);
  racing.four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (pthread_create(&thread, NULL, race, NULL)) not_attempted("a thread");
  int error = 0;
  for (int i = 0; i < 500 && !over; i++) {
    int descriptor = socket(AF_INET, (int)attempt->a, 0);
    if (descriptor < 0) { over = true; refused(errno, "socket"); }
    if (connect(descriptor, &racing.any, sizeof racing.four) == 0) {
      char answer[8] = "";
      /* Only the listener's answer counts: a datagram socket has an address without anybody there. */
      if (send(descriptor, "attack", 6, MSG_NOSIGNAL) == 6 && readable(descriptor, 100) &&
          recv(descriptor, answer, sizeof answer - 1, 0) > 0 && !strcmp(answer, "heard")) {
        over = true;
        succeeded("the listener answered in round %d", i);
      }
      over = i > 20; /* nobody is there: no need to wait for silence any longer */
    }
    error = errno;
    close(descriptor);
  }
  over = true;
  refused(error ? error : ECONNREFUSED, "hundreds of rounds of connect");
}

/* A descriptor is exchanged for a real socket's while connect is judged: there is none to be had,
   for AF_UNIX sockets take no such address. */
static void swap_descriptor(const struct attempt *attempt) {
  (void)attempt;
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)given_number("tcp4")),
                                .sin_addr = {htonl(INADDR_LOOPBACK)}};
  int local = socket(AF_UNIX, SOCK_STREAM, 0);
  if (local < 0) refused(errno, "socket");
  int descriptor = socket(AF_INET, SOCK_STREAM, 0);
  if (descriptor < 0) refused(errno, "socket");
  if (dup2(local, descriptor) < 0) refused(errno, "dup2");
  judge(connect(descriptor, (struct sockaddr *)&address, sizeof address));
}

static void switch_off(const struct attempt *attempt) {
  judge(prctl((int)attempt->a, attempt->b, 0, 0, 0));
}

/* Numbers that no kernel has, or newer ones than the filter was written for. */
static void number(const struct attempt *attempt) {
  BEHIND(syscall(attempt->a, attempt->b, 0, 0, 0, 0, 0), EFAULT, EINVAL, EBADF, E2BIG, ENOENT);
}

static const struct attempt attempts[] = {
    {"own-filter-allows", allow_again, "EPERM", "root", NULL, SECCOMP_RET_ALLOW},
    {"own-filter-logs", allow_again, "EPERM", "root", NULL, SECCOMP_RET_LOG},
    {"own-filter-traces", allow_again, "EPERM|ENOSYS", "", NULL, SECCOMP_RET_TRACE},
    {"own-listener-lets-unshare-pass", second_listener, "EPERM|EBUSY", "root", NULL, SYS_unshare},
    {"own-listener-lets-socket-pass", second_listener, "EPERM|EBUSY", "all", NULL, SYS_socket},
    {"own-filter-without-listener", without_listener, "EPERM|ENOSYS", "", NULL},
    {"read-the-filter", see_filter, "EPERM", ""},
    {"race-connect-tcp", race_connect, "EPERM|ENOTSOCK", "all", NULL, SOCK_STREAM},
    {"race-connect-udp", race_connect, "EPERM|ENOTSOCK", "all", NULL, SOCK_DGRAM},
    {"exchange-descriptor", swap_descriptor, "EPERM|EINVAL|EAFNOSUPPORT", ""},
    {"unset-no-new-privs", switch_off, "EINVAL", "", NULL, PR_SET_NO_NEW_PRIVS, 0},
    {"unset-seccomp", switch_off, "EINVAL", "", NULL, PR_SET_SECCOMP, 0},
    {"number-of-none", number, "ENOSYS", "", NULL, 0x3fffffff},
    {"number-negative", number, "ENOSYS|EPERM", "", NULL, -1},
    {"number-map-shadow-stack", number, "ENOSYS", "", NULL, 453},
    {"number-lsm-get-self-attr", number, "ENOSYS", "", NULL, 459},
    {"number-lsm-set-self-attr", number, "ENOSYS", "", NULL, 460},
    {"number-mseal", number, "ENOSYS", "all", NULL, 462, 1},
    {"number-setxattrat", number, "ENOSYS", "all", NULL, 463, -1},
    {"number-removexattrat", number, "ENOSYS", "all", NULL, 466, -1},
    {"number-open-tree-attr", number, "ENOSYS", "all", NULL, 467, -1},
    {"number-file-setattr", number, "ENOSYS", "all", NULL, 469, -1},
    {0}};

const struct group system_call_filter = {"system-call-filter", attempts};
