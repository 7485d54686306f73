#include "hold.h"

#include <fcntl.h>
#include <mqueue.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

static const char *const files[] = {
    "/build/" HOLD_NAME, "/build/home/" HOLD_NAME, "/dev/shm" HOLD_QUEUE, "/tmp/" HOLD_NAME};
enum { FILES = sizeof files / sizeof *files };

int hold(int cleanly) {
  int made = 0;
  int memory = shmget(HOLD_KEY, 4096, IPC_CREAT | 0666);
  int semaphore = semget(HOLD_KEY, 1, IPC_CREAT | 0666);
  int messages = msgget(HOLD_KEY, IPC_CREAT | 0666);
  mqd_t queue = mq_open(HOLD_QUEUE, O_CREAT | O_RDWR, 0666, NULL);
  made += (memory >= 0) + (semaphore >= 0) + (messages >= 0) + (queue >= 0);
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  memcpy(address.sun_path + 1, HOLD_NAME, sizeof HOLD_NAME);
  int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  made += bind(descriptor, (struct sockaddr *)&address,
               offsetof(struct sockaddr_un, sun_path) + sizeof HOLD_NAME) == 0 &&
          listen(descriptor, 8) == 0;
  for (int i = 0; i < FILES; i++) {
    int file = open(files[i], O_WRONLY | O_CREAT, 0666);
    made += file >= 0;
    if (file >= 0) close(file);
  }
  printf("holding %d\n", made);
  fflush(stdout);
  if (!cleanly) return made > 0 ? 0 : 1;
  char byte;
  while (read(0, &byte, 1) == 1) {}
  shmctl(memory, IPC_RMID, NULL);
  semctl(semaphore, 0, IPC_RMID);
  msgctl(messages, IPC_RMID, NULL);
  mq_unlink(HOLD_QUEUE);
  for (int i = 0; i < FILES; i++) unlink(files[i]);
  return made > 0 ? 0 : 1;
}
