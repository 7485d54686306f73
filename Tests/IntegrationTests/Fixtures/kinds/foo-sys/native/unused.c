int foo_unused(int value) { return value - 1; }
