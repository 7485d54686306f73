/* The same kernel through the doors of other architectures, where calls have other numbers. */
#include "attack.h"

#include <sched.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/utsname.h>

#ifdef __x86_64__

/* Numbers of arch/x86/entry/syscalls/syscall_32.tbl. */
enum {
  I386_GETPID = 20, I386_MOUNT = 21, I386_PTRACE = 26, I386_SOCKETCALL = 102, I386_UNSHARE = 310,
  I386_SOCKET = 359, I386_KEYCTL = 288, I386_SETUID32 = 213, I386_CHMOD = 15, I386_BPF = 357,
  I386_OPEN = 5
};

static long int80(long number, long a, long b, long c) {
  long result;
  __asm__ volatile("int $0x80"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c), "S"(0L), "D"(0L)
                   : "memory", "r8", "r9", "r10", "r11");
  return (long)(int)result;
}

/* Memory whose address fits into 32 bits, with a string in it. */
static long low(const char *text) {
  char *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
  if (memory == MAP_FAILED) not_attempted("memory below 4 GiB");
  if (text) snprintf(memory, 4096, "%s", text);
  return (long)memory;
}

static _Noreturn void judge_raw(long result) {
  if (result >= 0) succeeded("returned %ld", result);
  refused((int)-result, "");
}

/* a: number; b, c: arguments. */
static void i386(const struct attempt *attempt) {
  judge_raw(int80(attempt->a, attempt->b, attempt->c, 0));
}

static void i386_mount(const struct attempt *attempt) {
  (void)attempt;
  private_mounts();
  long path = low(is_given("scratch") ? given("scratch") : "/tmp");
  /* Flags (register S) are 0: a new tmpfs. */
  long result = int80(I386_MOUNT, low("none"), path, low("tmpfs"));
  judge_raw(result);
}

static void i386_socketcall(const struct attempt *attempt) {
  long arguments = low(NULL);
  ((unsigned *)arguments)[0] = (unsigned)attempt->a;
  ((unsigned *)arguments)[1] = (unsigned)attempt->b;
  ((unsigned *)arguments)[2] = 0;
  judge_raw(int80(I386_SOCKETCALL, 1 /* SYS_SOCKET */, arguments, 0));
}

static void i386_setuid_file(const struct attempt *attempt) {
  (void)attempt;
  close(scratch_file("file"));
  long result = int80(I386_CHMOD, low(scratch("file")), 04755, 0);
  unlink(scratch("file"));
  judge_raw(result);
}

static void i386_open(const struct attempt *attempt) {
  (void)attempt;
  judge_raw(int80(I386_OPEN, low("/"), O_RDONLY | O_DIRECTORY, 0));
}

/* x32: numbers of the native table with a bit set, and some of their own. */
enum { X32 = 0x40000000 };

static void x32(const struct attempt *attempt) {
  judge(syscall(X32 | attempt->a, attempt->b, attempt->c, 0, 0, 0));
}

static void x32_upper(const struct attempt *attempt) {
  judge(syscall((1L << 32) | attempt->a, attempt->b, attempt->c, 0, 0, 0));
}

/* A program for the other architecture, made by hand: exit(42) through int 0x80. */
static void i386_program(const struct attempt *attempt) {
  (void)attempt;
  static const unsigned char image[] = {
      0x7f, 'E', 'L', 'F', 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3, 0, 1, 0, 0, 0,
      0x54, 0x80, 0x04, 0x08, 0x34, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x34, 0, 0x20, 0, 1, 0, 0, 0,
      0, 0, 0, 0,
      1, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x80, 0x04, 0x08, 0x00, 0x80, 0x04, 0x08, 0x60, 0, 0, 0,
      0x60, 0, 0, 0, 5, 0, 0, 0, 0, 0x10, 0, 0,
      0x31, 0xc0, 0x40, 0xb3, 42, 0xcd, 0x80, 0x0f, 0x0b, 0, 0, 0};
  const char *path = scratch("program");
  unlink(path);
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
  if (file < 0 || write(file, image, sizeof image) != sizeof image) not_attempted("writing it");
  close(file);
  int status;
  char output[8];
  pid_t pid = fork();
  if (pid == 0) {
    execv(path, (char *[]){"x", NULL});
    _exit(126);
  }
  (void)output;
  if (pid < 0) not_attempted("fork");
  extern pid_t waitpid(pid_t, int *, int);
  waitpid(pid, &status, 0);
  unlink(path);
  if ((status & 0x7f) == 0 && status >> 8 == 42) succeeded("it ran and ended as it wished");
  if ((status & 0x7f) == 0 && status >> 8 == 126) refused(ENOEXEC, "");
  refused_as("calls-refused", "its call for an end was refused, status %x", status);
}

#define INT80 "EPERM|ENOSYS|SIGSEGV"
#define X "EPERM|ENOSYS"

static const struct attempt attempts[] = {
    {"int80-getpid", i386, INT80, "", NULL, I386_GETPID},
    {"int80-open", i386_open, INT80, ""},
    {"int80-mount", i386_mount, INT80, ""},
    {"int80-unshare", i386, INT80, "", NULL, I386_UNSHARE, CLONE_NEWUTS},
    {"int80-ptrace-me", i386, INT80, "", NULL, I386_PTRACE, PTRACE_TRACEME},
    {"int80-socket", i386, INT80, "", NULL, I386_SOCKET, AF_INET, SOCK_STREAM},
    {"int80-socketcall-inet", i386_socketcall, INT80, "", NULL, AF_INET, SOCK_STREAM},
    {"int80-socketcall-netlink", i386_socketcall, INT80, "", NULL, AF_NETLINK, SOCK_RAW},
    {"int80-socketcall-packet", i386_socketcall, INT80, "", NULL, AF_PACKET, SOCK_RAW},
    {"int80-keyctl", i386, INT80, "", NULL, I386_KEYCTL, 0, -3},
    {"int80-setuid", i386, INT80, "", NULL, I386_SETUID32, 0},
    {"int80-setuid-file", i386_setuid_file, INT80, ""},
    {"int80-program", i386_program, "calls-refused|ENOEXEC", ""},
    {"x32-getpid", x32, X, "", NULL, SYS_getpid},
    {"x32-socket", x32, X, "", NULL, SYS_socket, AF_INET, SOCK_STREAM},
    {"x32-unshare", x32, X, "", NULL, SYS_unshare, CLONE_NEWUTS},
    {"x32-mount", x32, X, "", NULL, SYS_mount},
    {"x32-ptrace", x32, X, "", NULL, 521, PTRACE_TRACEME},
    {"x32-execveat", x32, X, "", NULL, 545},
    {"x32-keyctl", x32, X, "", NULL, SYS_keyctl, 0, -3},
    /* The kernel takes the number as 32 bits, a filter sees them so too. */
    {"upper-bits-unshare", x32_upper, "EPERM|ENOSYS", "", NULL, SYS_unshare, CLONE_NEWUTS},
    {0}};

#else

/* arm64: a 32-bit program is the only other door, and the rootfs has no compiler for one. */
static const struct attempt attempts[] = {{0}};

#endif

const struct group foreign_calls = {"foreign-calls", attempts};
