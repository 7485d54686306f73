/* Parts of the kernel that administer the machine or that a build has no use for. What would act
   gets arguments that fail behind the permission check; the order of the checks is that of the
   kernel's source (kernel/reboot.c, kernel/kexec.c, mm/swapfile.c, kernel/acct.c, …). */
#include "attack.h"

#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <sys/io.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/quota.h>

static void *const bad_address = (void *)1;

static void session_keyring(const struct attempt *attempt) {
  judge(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, attempt->a, 0));
}

static void join_keyring(const struct attempt *attempt) {
  (void)attempt;
  judge(syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL));
}

static void new_key(const struct attempt *attempt) {
  (void)attempt;
  long key = syscall(SYS_add_key, "user", "attack", "x", 1, KEY_SPEC_PROCESS_KEYRING);
  judge(key);
}

static void requested_key(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_request_key, "user", "attack-no-such-key", NULL, KEY_SPEC_PROCESS_KEYRING),
         ENOKEY);
}

static void bpf_map(const struct attempt *attempt) {
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.map_type = (uint32_t)attempt->a;
  attributes.key_size = 4;
  attributes.value_size = 4;
  attributes.max_entries = 1;
  judge(syscall(SYS_bpf, BPF_MAP_CREATE, &attributes, sizeof attributes));
}

static void bpf_program(const struct attempt *attempt) {
  struct bpf_insn code[2] = {{.code = 0xb7, .dst_reg = 0, .imm = 0}, {.code = 0x95}};
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  attributes.prog_type = (uint32_t)attempt->a;
  attributes.insn_cnt = 2;
  attributes.insns = (uintptr_t)code;
  attributes.license = (uintptr_t) "GPL";
  judge(syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes));
}

static void bpf_list(const struct attempt *attempt) {
  (void)attempt;
  union bpf_attr attributes;
  memset(&attributes, 0, sizeof attributes);
  BEHIND(syscall(SYS_bpf, BPF_PROG_GET_NEXT_ID, &attributes, sizeof attributes), ENOENT);
}

static void perf(const struct attempt *attempt) {
  struct perf_event_attr event = {
      .type = (uint32_t)attempt->a, .size = sizeof event, .config = (uint64_t)attempt->b};
  event.disabled = 1;
  event.exclude_kernel = 1;
  event.exclude_hv = 1;
  judge(syscall(SYS_perf_event_open, &event, attempt->c ? -1 : 0, attempt->c ? 0 : -1, -1, 0));
}

static void faults(const struct attempt *attempt) {
  judge(syscall(SYS_userfaultfd, attempt->a));
}

static void ring_setup(const struct attempt *attempt) {
  struct io_uring_params parameters;
  memset(&parameters, 0, sizeof parameters);
  parameters.flags = (uint32_t)attempt->a;
  judge(syscall(SYS_io_uring_setup, 4, &parameters));
}

static void ring_enter(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_io_uring_enter, -1, 0, 0, 0, NULL, 0), EBADF);
}

static void ring_register(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_io_uring_register, -1, 0, NULL, 0), EBADF, EINVAL);
}

static void init_module_call(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_init_module, NULL, 0, ""), ENOEXEC, EFAULT);
}

static void finit_module_call(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_finit_module, -1, "", 0), EBADF);
}

static void delete_module_call(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_delete_module, bad_address, 0), EFAULT);
}

static void kexec(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_kexec_load, 0, ~0ul, bad_address, 0x0fff0000ul), EINVAL);
}

static void kexec_file(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_kexec_file_load, -1, -1, 0, NULL, 0xdead0000ul), EINVAL);
}

static void reboot_call(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_reboot, 0, 0, 0, NULL), EINVAL);
}

static void swap(const struct attempt *attempt) {
  BEHIND(syscall(attempt->a, bad_address, 0), EFAULT);
}

static void quota(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_quotactl, QCMD(Q_GETFMT, USRQUOTA), bad_address, 0, NULL), EFAULT);
}

static void quota_of_descriptor(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_quotactl_fd, -1, QCMD(Q_GETFMT, USRQUOTA), 0, NULL), EBADF);
}

static void accounting(const struct attempt *attempt) {
  (void)attempt;
  BEHIND(syscall(SYS_acct, bad_address), EFAULT);
}

static void kernel_log(const struct attempt *attempt) {
  char buffer[16];
  judge(syscall(SYS_syslog, attempt->a, buffer, sizeof buffer));
}

static void hang_up(const struct attempt *attempt) {
  (void)attempt;
  setsid(); /* no controlling terminal: nothing to hang up */
  judge(syscall(SYS_vhangup));
}

static void ports(const struct attempt *attempt) { judge(ioperm(0x80, 1, (int)attempt->a)); }

static void all_ports(const struct attempt *attempt) {
  (void)attempt;
  judge(iopl(3));
}

static void cookie(const struct attempt *attempt) {
  (void)attempt;
  char buffer[16];
  BEHIND(syscall(SYS_lookup_dcookie, 0ul, buffer, sizeof buffer), EINVAL);
}

static void change_personality(const struct attempt *attempt) {
  judge(syscall(SYS_personality, attempt->a));
}

static void plain(const struct attempt *attempt) {
  judge(syscall(attempt->a, attempt->b, attempt->c, 0, 0, 0, 0));
}

#define PERSONALITY(name, value) {"personality-" name, change_personality, "EPERM", "all", NULL, value}

static const struct attempt attempts[] = {
    {"keyctl-session-keyring", session_keyring, "EPERM|ENOSYS", "all", NULL,
     KEY_SPEC_SESSION_KEYRING},
    {"keyctl-user-keyring", session_keyring, "EPERM|ENOSYS", "all", NULL, KEY_SPEC_USER_KEYRING},
    {"keyctl-join", join_keyring, "EPERM|ENOSYS", "all"},
    {"add-key", new_key, "EPERM|ENOSYS", "all"},
    {"request-key", requested_key, "EPERM|ENOSYS", "all"},
    {"bpf-map-array", bpf_map, "EPERM", "root", NULL, BPF_MAP_TYPE_ARRAY},
    {"bpf-map-hash", bpf_map, "EPERM", "root", NULL, BPF_MAP_TYPE_HASH},
    {"bpf-program-socket-filter", bpf_program, "EPERM", "root", NULL, BPF_PROG_TYPE_SOCKET_FILTER},
    {"bpf-program-kprobe", bpf_program, "EPERM", "", NULL, BPF_PROG_TYPE_KPROBE},
    {"bpf-program-xdp", bpf_program, "EPERM", "root", NULL, BPF_PROG_TYPE_XDP},
    {"bpf-list", bpf_list, "EPERM", "root"},
    {"perf-software", perf, "EPERM", "root", NULL, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 0},
    {"perf-hardware", perf, "EPERM", "", NULL, PERF_TYPE_HARDWARE, PERF_COUNT_HW_CPU_CYCLES, 0},
    {"perf-whole-cpu", perf, "EPERM", "root", NULL, PERF_TYPE_SOFTWARE, PERF_COUNT_SW_CPU_CLOCK, 1},
    {"userfaultfd", faults, "EPERM", "root", NULL, 0},
    {"userfaultfd-user-mode", faults, "EPERM", "all", NULL, 1 /* UFFD_USER_MODE_ONLY */},
    {"io-uring-setup", ring_setup, "ENOSYS|EPERM", "all", NULL, 0},
    {"io-uring-kernel-thread", ring_setup, "ENOSYS|EPERM", "all", NULL, IORING_SETUP_SQPOLL},
    {"io-uring-enter", ring_enter, "ENOSYS|EPERM", "all"},
    {"io-uring-register", ring_register, "ENOSYS|EPERM", "all"},
    {"init-module", init_module_call, "EPERM", ""},
    {"finit-module", finit_module_call, "EPERM", ""},
    {"delete-module", delete_module_call, "EPERM", ""},
    {"kexec-load", kexec, "EPERM", ""},
    {"kexec-file-load", kexec_file, "EPERM", ""},
    {"reboot", reboot_call, "EPERM", ""},
    {"swapon", swap, "EPERM", "", NULL, SYS_swapon},
    {"swapoff", swap, "EPERM", "", NULL, SYS_swapoff},
    {"quotactl", quota, "EPERM", ""},
    {"quotactl-fd", quota_of_descriptor, "EPERM", ""},
    {"acct", accounting, "EPERM", ""},
    {"syslog-size", kernel_log, "EPERM", "root", NULL, 10},
    {"syslog-read-all", kernel_log, "EPERM", "root", NULL, 3},
    {"vhangup", hang_up, "EPERM", "root"},
    {"ioperm", ports, "EPERM", "", NULL, 1},
    {"iopl", all_ports, "EPERM", ""},
    {"lookup-dcookie", cookie, "EPERM|ENOSYS", ""},
    {"nfsservctl", plain, "EPERM|ENOSYS", "", NULL, 180},
    PERSONALITY("read-implies-exec", READ_IMPLIES_EXEC),
    PERSONALITY("old-kernel", UNAME26),
    PERSONALITY("32-bit", PER_LINUX32),
    PERSONALITY("low-addresses", ADDR_COMPAT_LAYOUT),
    PERSONALITY("page-zero", MMAP_PAGE_ZERO),
    PERSONALITY("upper-bits", READ_IMPLIES_EXEC | (1L << 40)),
    {0}};

const struct group kernel = {"kernel", attempts};
