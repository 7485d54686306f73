/* The names under which one sandbox leaves something for another. */
#define HOLD_KEY 0x43550001
#define HOLD_NAME "attack-was-here"
#define HOLD_QUEUE "/attack-was-here"

/* Leaves what it can, says so, waits for the end of standard input and, on the host, cleans up. */
int hold(void);
