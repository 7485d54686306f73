/* Getting a socket at all: every family and kind but AF_UNIX is a part of the kernel that a build
   does not need. An inert descriptor in a socket's place is a refusal when nothing can be done with
   it. */
#include "attack.h"

#include <arpa/inet.h>
#include <linux/if_alg.h>
#include <linux/if_ether.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sys/ioctl.h>

/* Whether there is a socket behind the descriptor. */
static bool is_socket(int descriptor) {
  int type;
  socklen_t size = sizeof type;
  return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

/* What stands in a socket's place must be good for nothing. */
static _Noreturn void judge_decoy(int descriptor) {
  struct stat status;
  if (fstat(descriptor, &status) < 0) refused(errno, "fstat");
  if (!S_ISREG(status.st_mode) || status.st_size > 0)
    succeeded("the descriptor is something else: mode %o", status.st_mode);
  if (write(descriptor, "x", 1) > 0) succeeded("it can be written");
  if (ftruncate(descriptor, 4096) == 0) succeeded("it can grow");
  if (fchmod(descriptor, 0777) == 0 && fexecve(descriptor, (char *[]){"x", NULL}, environ) == 0)
    succeeded("it can be executed");
  refused_as("inert", "no socket is behind the descriptor");
}

/* a: family. Every type until one is made. */
static void any_of_family(const struct attempt *attempt) {
  static const int types[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET, 10};
  int error = 0;
  for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
    int descriptor = socket((int)attempt->a, types[i], 0);
    if (descriptor < 0) {
      /* The last word is what the family says, not what one of its types does. */
      if (!error || errno != EPERM) error = errno;
      continue;
    }
    if (is_socket(descriptor)) succeeded("a socket of type %d", types[i]);
    if (i + 1 == sizeof types / sizeof *types) judge_decoy(descriptor);
    close(descriptor);
  }
  refused(error, "");
}

/* a: family, b: type, c: protocol. */
static void one(const struct attempt *attempt) {
  int descriptor = (int)syscall(SYS_socket, attempt->a, attempt->b, attempt->c);
  if (descriptor < 0) refused(errno, "");
  if (is_socket(descriptor)) succeeded("a socket");
  judge_decoy(descriptor);
}

static void pair(const struct attempt *attempt) {
  int ends[2];
  BEHIND(socketpair((int)attempt->a, (int)attempt->b, 0, ends), EOPNOTSUPP);
}

/* Takes an address of the loopback interface, whichever port. */
static void take_address(const struct attempt *attempt) {
  int descriptor = socket((int)attempt->a, (int)attempt->b, 0);
  if (descriptor < 0) refused(errno, "socket");
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  struct sockaddr *address =
      attempt->a == AF_INET ? (struct sockaddr *)&four : (struct sockaddr *)&six;
  if (bind(descriptor, address, attempt->a == AF_INET ? sizeof four : sizeof six) < 0)
    refused(errno, "bind");
  if (attempt->b == SOCK_STREAM && listen(descriptor, 1) < 0) refused(errno, "listen");
  succeeded("an address was bound");
}

static void algorithm(const struct attempt *attempt) {
  (void)attempt;
  int descriptor = socket(AF_ALG, SOCK_SEQPACKET, 0);
  if (descriptor < 0) refused(errno, "socket");
  struct sockaddr_alg hash = {
      .salg_family = AF_ALG, .salg_type = "hash", .salg_name = "sha256"};
  BEHIND(bind(descriptor, (struct sockaddr *)&hash, sizeof hash), ENOENT);
}

static void list_links(const struct attempt *attempt) {
  (void)attempt;
  int descriptor = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (descriptor < 0) refused(errno, "socket");
  struct {
    struct nlmsghdr header;
    struct rtgenmsg message;
  } request = {{sizeof request, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_UNSPEC}};
  if (send(descriptor, &request, sizeof request, 0) < 0) refused(errno, "send");
  char answer[8192];
  if (!readable(descriptor, 1000)) refused_as("silence", "");
  judge(recv(descriptor, answer, sizeof answer, 0));
}

static void list_interfaces(const struct attempt *attempt) {
  (void)attempt;
  struct ifreq entries[8];
  struct ifconf list = {.ifc_len = sizeof entries, .ifc_req = entries};
  /* Any descriptor of a socket serves for the ioctl on some systems; AF_UNIX is what there is. */
  int descriptor = socket(AF_INET, SOCK_DGRAM, 0);
  if (descriptor < 0) refused(errno, "socket");
  judge(ioctl(descriptor, SIOCGIFCONF, &list));
}

/* Other calls than connect, bind and sendto on whatever descriptor there is. setsockopt(2) is not
   among them: on a decoy it seems to succeed, and changes nothing. */
static void other_calls(const struct attempt *attempt) {
  int descriptor = socket((int)attempt->a, SOCK_STREAM, 0);
  if (descriptor < 0) refused(errno, "socket");
  struct sockaddr_storage address;
  socklen_t size = sizeof address;
  int on = 0;
  if (listen(descriptor, 1) == 0) succeeded("listen");
  if (getsockname(descriptor, (struct sockaddr *)&address, &size) == 0) succeeded("getsockname");
  if (shutdown(descriptor, SHUT_RD) == 0) succeeded("shutdown");
  if (ioctl(descriptor, FIONREAD, &on) == 0 && is_socket(descriptor)) succeeded("ioctl");
  refused(errno, "on the descriptor");
}

#define FAMILY(number, name, open) {"family-" #number "-" name, any_of_family, "EPERM", open, NULL, number}
#define NETLINK(number, name, open) \
  {"netlink-" name, one, "EPERM", open, NULL, AF_NETLINK, SOCK_RAW, number}

static const struct attempt attempts[] = {
    FAMILY(0, "unspecified", ""), FAMILY(3, "ax25", ""), FAMILY(4, "ipx", ""),
    FAMILY(5, "appletalk", ""), FAMILY(6, "netrom", ""), FAMILY(7, "bridge", ""),
    FAMILY(8, "atmpvc", ""), FAMILY(9, "x25", ""), FAMILY(11, "rose", ""),
    FAMILY(12, "decnet", ""), FAMILY(13, "netbeui", ""), FAMILY(14, "security", ""),
    FAMILY(15, "key", ""), FAMILY(16, "netlink", "all"), FAMILY(17, "packet", "root"),
    FAMILY(18, "ash", ""), FAMILY(19, "econet", ""), FAMILY(20, "atmsvc", ""),
    FAMILY(21, "rds", ""), FAMILY(22, "sna", ""), FAMILY(23, "irda", ""), FAMILY(24, "pppox", ""),
    FAMILY(25, "wanpipe", ""), FAMILY(26, "llc", ""), FAMILY(27, "infiniband", ""),
    FAMILY(28, "mpls", ""), FAMILY(29, "can", ""), FAMILY(30, "tipc", ""),
    FAMILY(31, "bluetooth", ""), FAMILY(32, "iucv", ""), FAMILY(33, "rxrpc", ""),
    FAMILY(34, "isdn", ""), FAMILY(35, "phonet", ""), FAMILY(36, "ieee802154", ""),
    FAMILY(37, "caif", ""), FAMILY(38, "alg", ""), FAMILY(39, "nfc", ""), FAMILY(40, "vsock", ""),
    FAMILY(41, "kcm", ""), FAMILY(42, "qipcrtr", ""), FAMILY(43, "smc", ""), FAMILY(44, "xdp", ""),
    FAMILY(45, "mctp", ""), FAMILY(46, "none-yet", ""), FAMILY(-1, "negative", ""),
    {"inet-stream", one, "EPERM|inert", "all", NULL, AF_INET, SOCK_STREAM, 0},
    {"inet-datagram", one, "EPERM|inert", "all", NULL, AF_INET, SOCK_DGRAM, 0},
    {"inet6-stream", one, "EPERM|inert", "all", NULL, AF_INET6, SOCK_STREAM, 0},
    {"inet6-datagram", one, "EPERM|inert", "all", NULL, AF_INET6, SOCK_DGRAM, 0},
    {"inet-raw-icmp", one, "EPERM", "root", NULL, AF_INET, SOCK_RAW, IPPROTO_ICMP},
    {"inet-raw", one, "EPERM", "root", NULL, AF_INET, SOCK_RAW, IPPROTO_RAW},
    {"inet6-raw-icmp", one, "EPERM", "root", NULL, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6},
    {"inet-ping", one, "EPERM|inert", "", NULL, AF_INET, SOCK_DGRAM, IPPROTO_ICMP},
    {"inet-sctp", one, "EPERM|inert", "", NULL, AF_INET, SOCK_STREAM, IPPROTO_SCTP},
    {"inet-sctp-seqpacket", one, "EPERM", "", NULL, AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP},
    {"inet-dccp", one, "EPERM", "", NULL, AF_INET, 6, IPPROTO_DCCP},
    {"inet-udplite", one, "EPERM|inert", "", NULL, AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE},
    {"packet-raw", one, "EPERM", "root", NULL, AF_PACKET, SOCK_RAW, 0x0300},
    {"packet-datagram", one, "EPERM", "root", NULL, AF_PACKET, SOCK_DGRAM, 0x0008},
    {"packet-obsolete", one, "EPERM", "root", NULL, AF_INET, 10 /* SOCK_PACKET */, 0x0300},
    NETLINK(0, "route", "all"), NETLINK(4, "sock-diag", ""), NETLINK(6, "xfrm", ""),
    NETLINK(9, "audit", ""), NETLINK(10, "fib-lookup", ""), NETLINK(11, "connector", ""),
    NETLINK(12, "netfilter", ""), NETLINK(15, "uevent", ""), NETLINK(16, "generic", ""),
    NETLINK(21, "crypto", ""),
    {"netlink-list-links", list_links, "EPERM", "all"},
    {"ioctl-list-interfaces", list_interfaces, "EPERM|ENOTTY", "all"},
    {"vsock-stream", one, "EPERM", "", NULL, AF_VSOCK, SOCK_STREAM, 0},
    {"vsock-datagram", one, "EPERM", "", NULL, AF_VSOCK, SOCK_DGRAM, 0},
    {"vsock-seqpacket", one, "EPERM", "", NULL, AF_VSOCK, SOCK_SEQPACKET, 0},
    {"alg-hash", algorithm, "EPERM", ""},
    {"pair-inet", pair, "EPERM", "all", NULL, AF_INET, SOCK_STREAM},
    {"pair-tipc", pair, "EPERM", "", NULL, AF_TIPC, SOCK_STREAM},
    {"bind-tcp4", take_address, "EPERM", "all", NULL, AF_INET, SOCK_STREAM},
    {"bind-tcp6", take_address, "EPERM", "all", NULL, AF_INET6, SOCK_STREAM},
    {"bind-udp4", take_address, "EPERM", "all", NULL, AF_INET, SOCK_DGRAM},
    {"bind-udp6", take_address, "EPERM", "all", NULL, AF_INET6, SOCK_DGRAM},
    {"other-calls-4", other_calls, "EPERM|ENOTSOCK", "all", NULL, AF_INET},
    {"other-calls-6", other_calls, "EPERM|ENOTSOCK", "all", NULL, AF_INET6},
    /* The kernel ignores the upper half of the numbers, a filter may not. */
    {"upper-bits-of-family", one, "EPERM|inert", "all", NULL, AF_INET | (1L << 40), SOCK_STREAM, 0},
    {"upper-bits-of-netlink", one, "EPERM", "", NULL, AF_NETLINK | (1L << 32), SOCK_RAW, 0},
    {0}};

const struct group sockets = {"sockets", attempts};
