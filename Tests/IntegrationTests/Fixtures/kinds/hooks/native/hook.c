int hook_answer(void) { return 1; }
