/* What the caller left open. The test leaves open, without close-on-exec: a file, a folder, a
   socket, an end of a pipe and the host's root. */
#include "attack.h"

#include <dirent.h>
#include <sys/un.h>

static void any(const struct attempt *attempt) {
  (void)attempt;
  for (int i = 3; i < 4096; i++)
    if (fcntl(i, F_GETFD) >= 0) succeeded("descriptor %d is open", i);
  refused_as("closed", "");
}

/* a: S_IF…: what kind; whether something can be done with it. */
static void kind(const struct attempt *attempt) {
  for (int i = 3; i < 4096; i++) {
    struct stat status;
    if (fstat(i, &status) < 0 || (status.st_mode & S_IFMT) != (mode_t)attempt->a) continue;
    char path[32], byte;
    snprintf(path, sizeof path, "/proc/self/fd/%d", i);
    if (attempt->a == S_IFDIR && openat(i, ".", O_RDONLY | O_DIRECTORY) >= 0)
      succeeded("the folder of descriptor %d can be read", i);
    if (attempt->a == S_IFREG && pread(i, &byte, 1, 0) == 1)
      succeeded("the file of descriptor %d can be read", i);
    if (attempt->a == S_IFSOCK && send(i, "attack", 6, MSG_NOSIGNAL | MSG_DONTWAIT) == 6)
      succeeded("the socket of descriptor %d takes words", i);
    if (attempt->a == S_IFIFO && open(path, O_RDWR | O_NONBLOCK) >= 0)
      succeeded("the pipe of descriptor %d can be opened", i);
  }
  refused_as("closed", "");
}

static void secret_beside_folder(const struct attempt *attempt) {
  (void)attempt;
  const char *name = given("secret");
  while (*name == '/') name++;
  for (int i = 3; i < 4096; i++)
    if (openat(i, name, O_RDONLY) >= 0) succeeded("the secret lies below descriptor %d", i);
  refused_as("closed", "");
}

/* Standard streams are the caller's: only what they are for can be done with them. */
static void standard_folder(const struct attempt *attempt) {
  (void)attempt;
  for (int i = 0; i < 3; i++) {
    struct stat status;
    if (fstat(i, &status) == 0 && S_ISDIR(status.st_mode)) succeeded("stream %d is a folder", i);
    if (openat(i, "..", O_RDONLY) >= 0) succeeded("there is something above stream %d", i);
  }
  refused_as("closed", "");
}

static const struct attempt attempts[] = {
    {"any", any, "closed", "all"},
    {"file", kind, "closed", "all", NULL, S_IFREG},
    {"folder", kind, "closed", "all", NULL, S_IFDIR},
    {"socket", kind, "closed", "all", NULL, S_IFSOCK},
    {"pipe", kind, "closed", "all", NULL, S_IFIFO},
    {"secret-below-folder", secret_beside_folder, "closed", "all"},
    {"standard-streams", standard_folder, "closed", ""},
    {0}};

const struct group descriptors = {"descriptors", attempts};
