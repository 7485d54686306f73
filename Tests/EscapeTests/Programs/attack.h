/* What the groups of attempts share.

   An attempt is a function that tries one thing to the end and says what came of it. It runs in a
   child of its own, so that what it changes about itself does not reach the next one. It must do no
   harm where nothing stops it: calls that administer the machine get arguments that fail behind the
   permission check, so that "refused" and "would have been allowed" can still be told apart. */
#ifndef ATTACK_H
#define ATTACK_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct attempt {
  const char *name;
  void (*run)(const struct attempt *);
  /* How a sandbox that holds refuses it: names of errors, or of states, with `|` between them. */
  const char *refusal;
  /* Who succeeds where nothing is in the way: "all", "root" or, where this depends on the machine or
     would do harm, "". */
  const char *open;
  const char *path; /* what `run` is told */
  long a, b, c;
};

struct group {
  const char *name;
  const struct attempt *attempts; /* ended by one without a name */
};

/* How an attempt ends; none of them returns. */
_Noreturn void refused(int error, const char *detail, ...);
_Noreturn void refused_as(const char *state, const char *detail, ...);
_Noreturn void succeeded(const char *detail, ...);
_Noreturn void not_attempted(const char *detail, ...);

/* Succeeded when the call did; else refused with errno. */
_Noreturn void judge(long result);
/* As `judge`, where these errors come from behind the permission check. The list ends with 0. */
_Noreturn void judge_behind(long result, const int *errors);
#define BEHIND(result, ...) judge_behind((result), (const int[]){__VA_ARGS__, 0})

/* A KEY=VALUE of the command line: what the listeners and victims of the test are called. Without
   one, the attempt ends as not attempted. */
const char *given(const char *key);
long given_number(const char *key);
bool is_given(const char *key);

/* A path below the writable folder; each attempt has its own name there. */
const char *scratch(const char *name);
/* An empty file there, open for reading and writing. */
int scratch_file(const char *name);

/* Waits at most this long until the descriptor can be read. */
bool readable(int descriptor, int milliseconds);
/* Forks a child that waits for its end; it dies with the attempt. */
int victim_child(void);
/* Whether a process with this number can be seen, and is not this one. */
void run_program(char *const argv[], int *status, char *output, size_t size);

/* In the control run an attempt may change mounts: then only its own. */
void private_mounts(void);

#endif
