/* The names under which one sandbox leaves something for another. */
#define HOLD_KEY 0x43550001
#define HOLD_NAME "attack-was-here"
#define HOLD_QUEUE "/attack-was-here"

/* Leaves what it can and says so. With `cleanly` it waits for the end of standard input and takes
   everything away again. */
int hold(int cleanly);
