/* The terminal of whoever started the build: these run with one as their standard input. */
#include "attack.h"

#include <asm/termbits.h>
#include <linux/kd.h>
#include <linux/vt.h>
#include <signal.h>
#include <sys/ioctl.h>

/* Standard input, or what else leads to the terminal. */
static int the_terminal(void) {
  struct termios settings;
  if (ioctl(0, TCGETS, &settings) < 0) not_attempted("standard input is no terminal");
  return 0;
}

static void type_into(const struct attempt *attempt) {
  the_terminal();
  char character = 'X';
  judge(syscall(SYS_ioctl, 0, attempt->a, &character));
}

/* The terminal by another name, which has other permissions. */
static void type_into_path(const struct attempt *attempt) {
  the_terminal();
  int terminal = open(attempt->path, O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (terminal < 0) refused(errno, "opening");
  char character = 'X';
  judge(ioctl(terminal, TIOCSTI, &character));
}

static void paste(const struct attempt *attempt) {
  the_terminal();
  /* TIOCL_SETSEL of nothing, TIOCL_PASTESEL: a pseudoterminal knows neither. */
  char code[16] = {(char)attempt->b};
  BEHIND(syscall(SYS_ioctl, 0, attempt->a, code), ENOTTY, EINVAL);
}

static void take_over(const struct attempt *attempt) {
  the_terminal();
  setsid();
  judge(ioctl(0, TIOCSCTTY, attempt->a));
}

static void controlling(const struct attempt *attempt) {
  judge(open(attempt->path, O_RDWR | O_NOCTTY | O_CLOEXEC));
}

static void foreground(const struct attempt *attempt) {
  (void)attempt;
  the_terminal();
  pid_t group = getpgrp();
  signal(SIGTTOU, SIG_IGN);
  judge(ioctl(0, TIOCSPGRP, &group));
}

static void session_of(const struct attempt *attempt) {
  (void)attempt;
  the_terminal();
  pid_t session;
  judge(ioctl(0, TIOCGSID, &session));
}

static void console(const struct attempt *attempt) {
  int value[64] = {0};
  the_terminal();
  judge(ioctl(0, (unsigned long)attempt->a, value));
}

static void redirect(const struct attempt *attempt) {
  (void)attempt;
  the_terminal();
  if (is_given("control")) not_attempted("not on the host");
  judge(ioctl(0, TIOCCONS, 0));
}

static void discipline(const struct attempt *attempt) {
  the_terminal();
  int number = (int)attempt->a;
  judge(ioctl(0, TIOCSETD, &number));
}

#define HELD "EPERM|ENOTTY"

static const struct attempt attempts[] = {
    {"type", type_into, "EPERM", "root", NULL, TIOCSTI},
    {"type-upper-bits", type_into, "EPERM", "root", NULL, TIOCSTI | (1L << 32)},
    {"type-through-proc", type_into_path, "EPERM|EACCES|ENXIO|ENOENT", "root", "/proc/self/fd/0"},
    {"type-through-dev-tty", type_into_path, "ENOENT|ENXIO|EACCES", "", "/dev/tty"},
    {"paste", paste, "EPERM", "", NULL, TIOCLINUX, 3},
    {"paste-upper-bits", paste, "EPERM", "", NULL, TIOCLINUX | (1L << 40), 3},
    {"paste-select", paste, "EPERM", "", NULL, TIOCLINUX, 2},
    {"foreground-group", foreground, HELD, "all"},
    {"session", session_of, HELD, "all"},
    {"dev-tty", controlling, "ENOENT|ENXIO|EACCES", "all", "/dev/tty"},
    {"dev-ptmx", controlling, "ENOENT|EACCES", "all", "/dev/ptmx"},
    {"dev-console", controlling, "ENOENT|EACCES", "", "/dev/console"},
    {"discipline-ppp", discipline, "EPERM|EINVAL|EIO", "", NULL, 3},
    {"discipline-gsm", discipline, "EPERM|EINVAL|EIO", "", NULL, 21},
    {"keyboard-map", console, HELD, "", NULL, KDGKBENT},
    {"keyboard-mode", console, HELD, "", NULL, KDSKBMODE},
    {"graphics-mode", console, HELD, "", NULL, KDSETMODE},
    {"font", console, HELD, "", NULL, GIO_FONT},
    {"sound", console, HELD, "", NULL, KIOCSOUND},
    {"virtual-terminal", console, HELD, "", NULL, VT_GETSTATE},
    {"redirect-console", redirect, "EPERM|ENOTTY", ""},
    {"take-over", take_over, "EPERM", "", NULL, 0},
    {"take-over-by-force", take_over, "EPERM", "", NULL, 1},
    {0}};

const struct group terminal = {"terminal", attempts};
