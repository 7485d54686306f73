int foo_answer(int value) { return value + 1; }
