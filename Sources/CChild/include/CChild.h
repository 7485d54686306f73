/* The sandbox's child: everything that runs between clone3(2) and execve(2), and the init
   (PID 1) that stays behind. Only async-signal-safe calls, no allocation, no libc state: the
   runner may have other threads when it clones. Every decision is taken in Swift, and arrives here
   as the flat description below: in memory that both processes share, while the child makes its
   namespaces. */
#ifndef CCHILD_H
#define CCHILD_H

#include <stdint.h>
#include <sys/types.h>

enum child_step_kind {
  CHILD_STEP_DIRECTORY = 1, /* target, mode */
  CHILD_STEP_FILE,          /* target, text, size, mode */
  CHILD_STEP_SYMLINK,       /* target, source: the link's text */
  CHILD_STEP_BIND,          /* source, target, flags */
  CHILD_STEP_TMPFS,         /* target, source: mount options, flags */
  CHILD_STEP_PROC,          /* target, source: mount options */
  CHILD_STEP_MASK,          /* target: made empty; no error when it does not exist */
  CHILD_STEP_COVER,         /* target: a file of the root, hidden by text, size, mode */
  CHILD_STEP_READONLY,      /* target: remounted read-only onto itself; no error when missing */
};

enum child_step_flag {
  CHILD_WRITABLE = 1,  /* a bind is read-only otherwise */
  CHILD_DEVICE = 2,    /* a bind of a device node: without nodev */
  CHILD_EXPORTED = 4,  /* a descriptor of this tmpfs is sent to the runner */
  CHILD_NOEXEC = 8,
  CHILD_FREEZE = 16,   /* a tmpfs becomes read-only once the runner has filled it */
};

/* One operation on the new root. Paths in `target` are relative to it. */
struct child_step {
  uint32_t kind;
  uint32_t flags;
  const char *source;
  const char *target;
  const char *text;
  uint64_t size;
  uint32_t mode;
};

struct child_limit {
  int32_t resource;
  uint64_t value;
};

struct child_landlock_rule {
  const char *path;   /* inside, absolute */
  uint64_t access;
};

/* A ruleset of landlock(7). */
struct child_landlock {
  uint64_t files, network, scopes; /* what is handled: struct landlock_ruleset_attr */
  const struct child_landlock_rule *rules;
  uint32_t rule_count;             /* 0: no ruleset at all */
  uint64_t file_rights;            /* what a rule about a file may hold */
  /* For the file behind a standard stream, so that /dev/stdout can be opened again. */
  uint64_t readable_stream, writable_stream, device_stream;
};

/* Left out by tests alone, to see what the other layers hold. */
enum child_omission {
  CHILD_OMIT_CAPABILITIES = 1,
  CHILD_OMIT_READONLY_ROOT = 2,
};

/* What becomes of the sandbox, complete when the runner says 'G'. */
struct child_description {
  const struct child_step *steps;
  uint32_t step_count;
  const struct child_limit *limits;
  uint32_t limit_count;
  const char *hostname;
  const char *domain;     /* of NIS */
  uint32_t uid, gid;      /* inside */
  int32_t drop_groups;    /* setgroups(0): possible only when the runner is root */
  uint32_t umask;
  uint64_t personality;
  int32_t niceness;       /* added to the runner's */
  const uint8_t *cpus;    /* cpu_set bytes for sched_setaffinity(2), or null */
  uint32_t cpus_size;
  const char *directory;  /* working directory inside */
  char *const *paths;     /* of the program: the first that can be executed */
  char *const *argv;
  char *const *envp;
  int32_t terminal;       /* make descriptor 0 the controlling terminal */
  struct child_landlock landlock;
  int64_t uptime;         /* seconds that the clocks since boot begin with; -1: the host's */
  uint32_t omitted;       /* enum child_omission */
};

/* What is needed to clone the child. */
struct child_birth {
  uint64_t namespaces;       /* CLONE_NEW*, of clone3(2) */
  uint64_t later_namespaces; /* CLONE_NEW*, of unshare(2) in the child; CLONE_NEWNS among them */
  int32_t in, out, err;      /* descriptors for 0, 1, 2; -1: /dev/null of the sandbox */
  int32_t extra[2];          /* descriptors for 4 and 5 of the program; -1: none */
  int32_t control;           /* the child's end of a SOCK_SEQPACKET pair */
  char *title;               /* this process's argument memory, overwritten in the child */
  uint32_t title_size;
  const struct child_description *description; /* begins the shared memory that holds all of it */
  uint64_t description_size; /* of that memory */
};

/* Stages of the child, for naming what failed. */
enum child_stage {
  CHILD_STAGE_START = 1,
  CHILD_STAGE_NAMESPACES,
  CHILD_STAGE_PROPAGATION,
  CHILD_STAGE_SOURCE,      /* index: step */
  CHILD_STAGE_IDENTITY,
  CHILD_STAGE_NETWORK,
  CHILD_STAGE_HOSTNAME,
  CHILD_STAGE_ROOT,
  CHILD_STAGE_STEP,        /* index: step */
  CHILD_STAGE_HANDOVER,
  CHILD_STAGE_PIVOT,
  CHILD_STAGE_LIMIT,       /* index: limit */
  CHILD_STAGE_CPUS,
  CHILD_STAGE_PERSONALITY,
  CHILD_STAGE_CAPABILITIES,
  CHILD_STAGE_PRIVILEGES,
  CHILD_STAGE_FILTER,
  CHILD_STAGE_FORK,
  CHILD_STAGE_STREAMS,
  CHILD_STAGE_DIRECTORY,
  CHILD_STAGE_EXEC,
  CHILD_STAGE_LANDLOCK,    /* index: rule, or -1 creating, -2 streams, -3 taking it on */
  CHILD_STAGE_TIME,
  CHILD_STAGE_KEYRING,
  CHILD_STAGE_NICENESS,
};

/* Messages from the child, one datagram each. The first byte is the kind. */
enum child_message_kind {
  CHILD_MESSAGE_MOUNTS = 'M', /* with the descriptors of exported tmpfs, in the order of steps */
  CHILD_MESSAGE_FAULT = 'F',
  CHILD_MESSAGE_EXIT = 'X',
  CHILD_MESSAGE_LISTENER = 'N', /* answers 'L': with the listener's descriptor; or without any and
                                   with `error`, and then the child waits for a plain 'P' */
};

struct child_message {
  uint8_t kind;
  uint8_t padding[3];
  int32_t stage;  /* fault: enum child_stage */
  int32_t index;  /* fault: which step or limit */
  int32_t error;  /* fault, listener: errno; mounts: why there is no time namespace, or 0 */
  int32_t status; /* exit: as from wait(2) */
  int32_t peak;   /* exit: largest resident set of one process, KiB */
  uint64_t user_microseconds;
  uint64_t system_microseconds;
};

/* Messages to the child: 'G' go on, the description is complete; 'F' what was exported is filled,
   when anything is to be frozen; 'P' followed by the BPF program (struct sock_filter[]); 'L' the
   same, with a listener for SECCOMP_RET_USER_NOTIF (seccomp_unotify(2)), which is sent to the runner
   and closed before the program is started; 'S' followed by one byte, a signal to pass on. */

/* Clones the child. Returns its pid and sets *pidfd, or -1 with errno. */
pid_t child_start(const struct child_birth *birth, int *pidfd);

/* Clones a child into `namespaces` that ends at once. Returns 0, or the errno of clone3(2). */
int child_probe(uint64_t namespaces);

#endif
