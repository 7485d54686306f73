const char *text(void) { return __DATE__ " " __TIME__ "\n"; }
