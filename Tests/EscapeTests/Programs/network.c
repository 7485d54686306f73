/* Reaching what listens on the host: every attempt ends with an answer from a listener of the test,
   or it was refused. The listeners answer "heard" to whatever they hear. */
#include "attack.h"

#include <arpa/inet.h>
#include <linux/io_uring.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <resolv.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

enum { MOST_MILLISECONDS = 1000 };

union address {
  struct sockaddr any;
  struct sockaddr_in four;
  struct sockaddr_in6 six;
  struct sockaddr_un local;
};

static socklen_t loopback(union address *address, long family, long port) {
  memset(address, 0, sizeof *address);
  if (family == AF_INET) {
    address->four.sin_family = AF_INET;
    address->four.sin_port = htons((uint16_t)port);
    address->four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return sizeof address->four;
  }
  address->six.sin6_family = AF_INET6;
  address->six.sin6_port = htons((uint16_t)port);
  address->six.sin6_addr = in6addr_loopback;
  return sizeof address->six;
}

static socklen_t mapped(union address *address, long port) {
  socklen_t size = loopback(address, AF_INET6, port);
  inet_pton(AF_INET6, "::ffff:127.0.0.1", &address->six.sin6_addr);
  return size;
}

/* Says something and waits for the answer. */
static _Noreturn void talk(int descriptor) {
  if (send(descriptor, "attack", 6, MSG_NOSIGNAL) < 0) refused(errno, "sending");
  char answer[16] = "";
  if (!readable(descriptor, MOST_MILLISECONDS)) refused_as("silence", "nobody answered");
  if (recv(descriptor, answer, sizeof answer - 1, 0) < 0) refused(errno, "receiving");
  if (strcmp(answer, "heard")) refused_as("silence", "the answer is not the listener's");
  succeeded("the listener answered");
}

static int open_socket(long family, long type, long protocol) {
  int descriptor = socket((int)family, (int)type, (int)protocol);
  if (descriptor < 0) refused(errno, "socket");
  return descriptor;
}

/* path: the key of the port; a: family; b: type; c: protocol. */
static void by_connect(const struct attempt *attempt) {
  union address address;
  socklen_t size = loopback(&address, attempt->a, given_number(attempt->path));
  int descriptor = open_socket(attempt->a, attempt->b, attempt->c);
  if (connect(descriptor, &address.any, size) < 0) refused(errno, "connect");
  talk(descriptor);
}

static void by_mapped_connect(const struct attempt *attempt) {
  union address address;
  socklen_t size = mapped(&address, given_number(attempt->path));
  int descriptor = open_socket(AF_INET6, attempt->b, 0);
  if (connect(descriptor, &address.any, size) < 0) refused(errno, "connect");
  talk(descriptor);
}

static void by_nonblocking_connect(const struct attempt *attempt) {
  union address address;
  socklen_t size = loopback(&address, AF_INET, given_number(attempt->path));
  int descriptor = open_socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (connect(descriptor, &address.any, size) < 0 && errno != EINPROGRESS)
    refused(errno, "connect");
  struct pollfd wait = {.fd = descriptor, .events = POLLOUT};
  if (poll(&wait, 1, MOST_MILLISECONDS) != 1) refused_as("silence", "no connection");
  int error = 0;
  socklen_t length = sizeof error;
  if (getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) < 0)
    refused(errno, "SO_ERROR");
  if (error) refused(error, "connect");
  talk(descriptor);
}

static _Noreturn void answer_of(int descriptor, long sent) {
  if (sent < 0) refused(errno, "sending");
  char answer[16] = "";
  if (!readable(descriptor, MOST_MILLISECONDS)) refused_as("silence", "nobody answered");
  if (recv(descriptor, answer, sizeof answer - 1, 0) < 0) refused(errno, "receiving");
  if (strcmp(answer, "heard")) refused_as("silence", "the answer is not the listener's");
  succeeded("the listener answered");
}

static void by_sendto(const struct attempt *attempt) {
  union address address;
  socklen_t size = loopback(&address, attempt->a, given_number(attempt->path));
  int descriptor = open_socket(attempt->a, attempt->b, 0);
  answer_of(descriptor, sendto(descriptor, "attack", 6, (int)attempt->c, &address.any, size));
}

static void by_sendmsg(const struct attempt *attempt) {
  union address address;
  socklen_t size = loopback(&address, AF_INET, given_number(attempt->path));
  int descriptor = open_socket(AF_INET, SOCK_DGRAM, 0);
  struct iovec data = {"attack", 6};
  struct mmsghdr messages[1] = {{.msg_hdr = {
      .msg_name = &address, .msg_namelen = size, .msg_iov = &data, .msg_iovlen = 1}}};
  answer_of(descriptor, attempt->a ? sendmmsg(descriptor, messages, 1, 0)
                                   : sendmsg(descriptor, &messages[0].msg_hdr, 0));
}

/* path: the key of the name; a: type; b: 1 for an abstract name, 2 for a file, 3 for a file through
   the root of process 1. */
static void by_local_name(const struct attempt *attempt) {
  union address address = {.local = {.sun_family = AF_UNIX}};
  const char *name = given(attempt->path);
  size_t room = sizeof address.local.sun_path - 1;
  int length = snprintf(address.local.sun_path + (attempt->b == 1), room, "%s%s",
                        attempt->b == 3 ? "/proc/1/root" : "", name);
  if (length >= (int)room) not_attempted("the name is too long");
  socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + (size_t)length + 1);
  int descriptor = open_socket(AF_UNIX, attempt->a, 0);
  if ((attempt->a & 0xf) == SOCK_DGRAM) {
    /* An abstract name of its own, for the answer. */
    struct sockaddr_un own = {.sun_family = AF_UNIX};
    if (bind(descriptor, (struct sockaddr *)&own, sizeof own.sun_family) < 0)
      refused(errno, "bind");
    answer_of(descriptor, sendto(descriptor, "attack", 6, 0, &address.any, size));
  }
  if (connect(descriptor, &address.any, size) < 0) refused(errno, "connect");
  talk(descriptor);
}

/* The resolver of libc, which the test's answers: with an address, or in the last one's place. */
static void by_name(const struct attempt *attempt) {
  if (res_init() < 0) not_attempted("res_init");
  loopback((union address *)&_res.nsaddr_list[0], AF_INET, given_number("dns"));
  _res.nscount = 1;
  _res.retrans = 1;
  _res.retry = 1;
  _res.options &= ~(unsigned long)(RES_DNSRCH | RES_DEFNAMES);
  if (attempt->a) _res.options |= RES_USEVC;
  if (attempt->b) {
    unsigned char answer[512];
    int length = res_query("attack.test", 1, 1, answer, sizeof answer);
    if (length < 0) refused_as("no-answer", "res_query: %s", hstrerror(h_errno));
    succeeded("the resolver answered %d bytes", length);
  }
  struct addrinfo *found = NULL;
  struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM};
  int code = getaddrinfo("attack.test", "1", &hints, &found);
  if (code) refused_as("no-answer", "getaddrinfo: %s", gai_strerror(code));
  succeeded("the resolver answered");
}

/* path: the key of the port; a: 1 for UDP. */
static void by_shell(const struct attempt *attempt) {
  char script[256], output[64];
  snprintf(script, sizeof script,
           "exec 3<>/dev/%s/127.0.0.1/%ld && echo attack >&3 && read -t 1 -n 5 answer <&3; "
           "echo \"$answer\"",
           attempt->a ? "udp" : "tcp", given_number(attempt->path));
  int status;
  run_program((char *[]){"/bin/bash", "-c", script, NULL}, &status, output, sizeof output);
  /* A datagram is cut off behind the first byte, for bash reads one by one. */
  if (output[0] == 'h') succeeded("the listener answered");
  refused_as("no-answer", "bash said '%.40s', status %d", output, WEXITSTATUS(status));
}

/* What the kernel says about sockets: not those of the host. path: the file; a: whether it is
   searched for the abstract name, else for the port. */
static void look_up(const struct attempt *attempt) {
  char needle[128], line[1024];
  if (attempt->a) snprintf(needle, sizeof needle, "@%s", given("abstract"));
  else snprintf(needle, sizeof needle, ":%04lX ", given_number(attempt->a ? "udp4" : "tcp4"));
  FILE *file = fopen(attempt->path, "re");
  if (!file) refused(errno, "opening");
  while (fgets(line, sizeof line, file))
    if (strstr(line, needle)) succeeded("the host's socket is listed");
  refused_as("absent", "");
}

/* A ring that makes, connects and uses a socket, with nothing that a filter of calls sees. */
static long ring(unsigned char operation, int descriptor, uint64_t address, uint64_t offset,
                 uint32_t length) {
  struct io_uring_params p;
  memset(&p, 0, sizeof p);
  int fd = (int)syscall(SYS_io_uring_setup, 4, &p);
  if (fd < 0) refused(errno, "io_uring_setup");
  char *sq = mmap(NULL, p.sq_off.array + p.sq_entries * 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                  IORING_OFF_SQ_RING);
  char *cq = mmap(NULL, p.cq_off.cqes + p.cq_entries * sizeof(struct io_uring_cqe),
                  PROT_READ | PROT_WRITE, MAP_SHARED, fd, IORING_OFF_CQ_RING);
  struct io_uring_sqe *sqe = mmap(NULL, p.sq_entries * sizeof *sqe, PROT_READ | PROT_WRITE,
                                  MAP_SHARED, fd, IORING_OFF_SQES);
  if (sq == MAP_FAILED || cq == MAP_FAILED || sqe == MAP_FAILED) not_attempted("mapping the ring");
  memset(sqe, 0, sizeof *sqe);
  sqe->opcode = operation;
  sqe->fd = descriptor;
  sqe->addr = address;
  sqe->off = offset;
  sqe->len = length;
  ((unsigned *)(sq + p.sq_off.array))[0] = 0;
  __atomic_store_n((unsigned *)(sq + p.sq_off.tail), 1, __ATOMIC_RELEASE);
  if (syscall(SYS_io_uring_enter, fd, 1, 1, 1 /* GETEVENTS */, NULL, 0) < 0)
    refused(errno, "io_uring_enter");
  struct io_uring_cqe *cqe = (struct io_uring_cqe *)(cq + p.cq_off.cqes);
  long result = cqe->res;
  close(fd);
  if (result < 0) refused((int)-result, "in the ring");
  return result;
}

static void by_ring(const struct attempt *attempt) {
  union address address;
  socklen_t size = loopback(&address, AF_INET, given_number(attempt->path));
  int descriptor = (int)ring(45 /* IORING_OP_SOCKET */, AF_INET, 0, SOCK_STREAM, 0);
  ring(IORING_OP_CONNECT, descriptor, (uint64_t)(uintptr_t)&address, size, 0);
  ring(IORING_OP_SEND, descriptor, (uint64_t)(uintptr_t) "attack", 0, 6);
  talk(descriptor);
}

static const struct attempt attempts[] = {
    {"tcp4", by_connect, "EPERM", "all", "tcp4", AF_INET, SOCK_STREAM, 0},
    {"tcp6", by_connect, "EPERM", "all", "tcp6", AF_INET6, SOCK_STREAM, 0},
    {"tcp4-close-on-exec", by_connect, "EPERM", "all", "tcp4", AF_INET, SOCK_STREAM | SOCK_CLOEXEC,
     IPPROTO_TCP},
    {"tcp4-nonblocking", by_nonblocking_connect, "EPERM", "all", "tcp4"},
    {"tcp4-mapped-into-6", by_mapped_connect, "EPERM", "all", "tcp4", AF_INET6, SOCK_STREAM},
    {"tcp4-fast-open", by_sendto, "EPERM", "all", "tcp4", AF_INET, SOCK_STREAM, MSG_FASTOPEN},
    {"tcp6-fast-open", by_sendto, "EPERM", "all", "tcp6", AF_INET6, SOCK_STREAM, MSG_FASTOPEN},
    {"multipath-tcp4", by_connect, "EPERM", "", "tcp4", AF_INET, SOCK_STREAM, IPPROTO_MPTCP},
    {"udp4-connected", by_connect, "EPERM", "all", "udp4", AF_INET, SOCK_DGRAM, 0},
    {"udp6-connected", by_connect, "EPERM", "all", "udp6", AF_INET6, SOCK_DGRAM, 0},
    {"udp4-mapped-into-6", by_mapped_connect, "EPERM", "all", "udp4", AF_INET6, SOCK_DGRAM},
    {"udp4-sendto", by_sendto, "EPERM", "all", "udp4", AF_INET, SOCK_DGRAM, 0},
    {"udp6-sendto", by_sendto, "EPERM", "all", "udp6", AF_INET6, SOCK_DGRAM, 0},
    {"udp4-sendmsg", by_sendmsg, "EPERM|ENOTSOCK", "all", "udp4", 0},
    {"udp4-sendmmsg", by_sendmsg, "EPERM|ENOTSOCK", "all", "udp4", 1},
    {"io-uring-tcp4", by_ring, "ENOSYS|EPERM", "all", "tcp4"},
    {"unix-abstract-stream", by_local_name, "ECONNREFUSED", "all", "abstract", SOCK_STREAM, 1},
    {"unix-abstract-datagram", by_local_name, "ECONNREFUSED", "all", "abstract-datagram",
     SOCK_DGRAM, 1},
    {"unix-abstract-seqpacket", by_local_name, "ECONNREFUSED", "all", "abstract-seqpacket",
     SOCK_SEQPACKET, 1},
    {"unix-file-stream", by_local_name, "ENOENT", "all", "file", SOCK_STREAM, 2},
    {"unix-file-datagram", by_local_name, "ENOENT", "all", "file-datagram", SOCK_DGRAM, 2},
    {"unix-file-through-init", by_local_name, "EACCES|EPERM|ENOENT", "", "file", SOCK_STREAM, 3},
    {"dns-getaddrinfo", by_name, "no-answer", "all", NULL, 0, 0},
    {"dns-getaddrinfo-tcp", by_name, "no-answer", "all", NULL, 1, 0},
    {"dns-query", by_name, "no-answer", "all", NULL, 0, 1},
    {"bash-dev-tcp", by_shell, "no-answer", "all", "tcp4", 0},
    {"bash-dev-udp", by_shell, "no-answer", "all", "udp4", 1},
    {"proc-net-tcp", look_up, "absent", "all", "/proc/net/tcp", 0},
    {"proc-net-unix", look_up, "absent", "all", "/proc/net/unix", 1},
    {"proc-1-net-tcp", look_up, "absent|EACCES|EPERM|ENOENT", "", "/proc/1/net/tcp", 0},
    {0}};

const struct group network = {"network", attempts};
