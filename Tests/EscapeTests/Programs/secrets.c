/* What the caller has and the build must not see. The test sets variables and writes files that
   hold a canary; only its beginning stands in this program's text, in two halves. */
#include "attack.h"

#include <dirent.h>
#include <linux/limits.h>
#include <sys/prctl.h>

extern char **environ;

static const char *canary(void) {
  static char text[32];
  snprintf(text, sizeof text, "%s%s", "CANARY-OF-THE", "-CALLER");
  return text;
}

static void variable(const struct attempt *attempt) {
  const char *value = getenv(attempt->path);
  if (!value) refused_as("absent", "");
  succeeded("%.40s", value);
}

static void any_variable(const struct attempt *attempt) {
  (void)attempt;
  for (char **entry = environ; *entry; entry++)
    if (strstr(*entry, canary())) succeeded("in the environment");
  refused_as("absent", "");
}

static bool holds_canary(const char *path) {
  static char text[1 << 20];
  int file = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) return false;
  ssize_t count = read(file, text, sizeof text);
  close(file);
  return count > 0 && memmem(text, (size_t)count, canary(), strlen(canary()));
}

/* path: a file of every process. */
static void any_process(const struct attempt *attempt) {
  DIR *folder = opendir("/proc");
  if (!folder) refused(errno, "");
  struct dirent *entry;
  while ((entry = readdir(folder))) {
    char path[PATH_MAX];
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    snprintf(path, sizeof path, "/proc/%s/%s", entry->d_name, attempt->path);
    if (holds_canary(path)) succeeded("in %s", path);
  }
  refused_as("absent", "");
}

static void secret_file(const struct attempt *attempt) {
  char path[PATH_MAX];
  snprintf(path, sizeof path, "%s%s", attempt->path, given("secret"));
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) refused(errno, "");
  succeeded("opened");
}

/* Files of the host that a sandbox has no reason to show. */
static void host_file(const struct attempt *attempt) {
  int file = open(attempt->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file < 0) refused(errno, "");
  char byte;
  struct stat status;
  if (fstat(file, &status) == 0 && S_ISDIR(status.st_mode)) {
    DIR *folder = fdopendir(file);
    struct dirent *entry;
    while ((entry = readdir(folder)))
      if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..")) succeeded("has entries");
    refused_as("empty", "");
  }
  if (read(file, &byte, 1) != 1) refused_as("empty", "");
  succeeded("read");
}

static void command_line_of_init(const struct attempt *attempt) {
  (void)attempt;
  if (holds_canary("/proc/1/cmdline")) succeeded("in the command line");
  refused_as("absent", "");
}

static const struct attempt attempts[] = {
    {"environment", any_variable, "absent", "all"},
    {"variable-aws", variable, "absent", "all", "AWS_SECRET_ACCESS_KEY"},
    {"variable-github", variable, "absent", "all", "GITHUB_TOKEN"},
    {"variable-ssh-agent", variable, "absent", "all", "SSH_AUTH_SOCK"},
    {"variable-cargo-token", variable, "absent", "all", "CARGO_REGISTRY_TOKEN"},
    {"variable-ld-preload", variable, "absent", "", "LD_PRELOAD"},
    {"proc-environ", any_process, "absent", "all", "environ"},
    {"proc-cmdline", any_process, "absent", "", "cmdline"},
    {"init-command-line", command_line_of_init, "absent", ""},
    {"file", secret_file, "ENOENT", "all", ""},
    {"file-through-init", secret_file, "EACCES|EPERM|ENOENT", "", "/proc/1/root"},
    {"file-through-self", secret_file, "ENOENT", "all", "/proc/self/root"},
    {"file-through-dots", secret_file, "ENOENT", "all", "/usr/../../../.."},
    {"shadow", host_file, "ENOENT|EACCES", "", "/etc/shadow"},
    {"home", host_file, "ENOENT|EACCES|empty", "", "/home"},
    {"home-of-root", host_file, "ENOENT|EACCES|empty", "", "/root"},
    {"ssh-keys", host_file, "ENOENT|EACCES", "", "/etc/ssh"},
    {"dbus", host_file, "ENOENT|EACCES", "", "/run/dbus"},
    {"docker-socket", host_file, "ENOENT|EACCES", "", "/run/docker.sock"},
    {"resolv-conf", host_file, "ENOENT|EACCES", "", "/etc/resolv.conf"},
    {"machine-id", host_file, "ENOENT|EACCES", "", "/etc/machine-id"},
    {"var-tmp", host_file, "ENOENT|EACCES|empty", "", "/var/tmp"},
    {"dev-shm", host_file, "ENOENT|EACCES|empty", "", "/dev/shm"},
    {0}};

const struct group secrets = {"secrets", attempts};
