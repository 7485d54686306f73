const char *text(void) { return __FILE__ "\n"; }
