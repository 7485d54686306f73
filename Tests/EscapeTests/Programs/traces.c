/* What one sandbox could leave for another that runs beside it or after it. `attack hold` leaves
   everything that these look for, and stays until its standard input ends. */
#include "attack.h"
#include "hold.h"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/un.h>

static void system_v_memory(const struct attempt *attempt) {
  (void)attempt;
  judge(shmget(HOLD_KEY, 0, 0));
}

static void system_v_semaphore(const struct attempt *attempt) {
  (void)attempt;
  judge(semget(HOLD_KEY, 0, 0));
}

static void system_v_messages(const struct attempt *attempt) {
  (void)attempt;
  judge(msgget(HOLD_KEY, 0));
}

static void message_queue(const struct attempt *attempt) {
  (void)attempt;
  judge(mq_open(HOLD_QUEUE, O_RDONLY));
}

static void shared_memory(const struct attempt *attempt) {
  (void)attempt;
  judge(open("/dev/shm" HOLD_QUEUE, O_RDONLY));
}

static void abstract_socket(const struct attempt *attempt) {
  (void)attempt;
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path + 1, HOLD_NAME, sizeof HOLD_NAME);
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  if (descriptor < 0) refused(errno, "socket");
  judge(connect(descriptor, (struct sockaddr *)&address,
                (socklen_t)(offsetof(struct sockaddr_un, sun_path) + sizeof HOLD_NAME)));
}

static void file(const struct attempt *attempt) { judge(access(attempt->path, F_OK)); }

static void keyring(const struct attempt *attempt) {
  judge(syscall(SYS_keyctl, 10 /* SEARCH */, attempt->a, "user", HOLD_NAME, 0));
}

static const struct attempt attempts[] = {
    {"system-v-memory", system_v_memory, "ENOENT", "all"},
    {"system-v-semaphore", system_v_semaphore, "ENOENT", "all"},
    {"system-v-messages", system_v_messages, "ENOENT", "all"},
    {"message-queue", message_queue, "ENOENT|EACCES|ENOSYS", "all"},
    {"shared-memory", shared_memory, "ENOENT", "all"},
    {"abstract-socket", abstract_socket, "ECONNREFUSED", "all"},
    {"file-in-build", file, "ENOENT", "", "/build/" HOLD_NAME},
    {"file-in-home", file, "ENOENT", "", "/build/home/" HOLD_NAME},
    {"file-in-tmp", file, "ENOENT", "", "/tmp/" HOLD_NAME},
    {"user-keyring", keyring, "EPERM|ENOSYS", "", NULL, -4},
    {"session-keyring", keyring, "EPERM|ENOSYS", "", NULL, -3},
    {0}};

const struct group traces = {"traces", attempts};
