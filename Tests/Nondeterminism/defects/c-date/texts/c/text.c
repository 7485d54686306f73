const char *text(void) { return __DATE__ "\n"; }
