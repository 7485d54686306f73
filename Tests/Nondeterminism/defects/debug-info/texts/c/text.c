const char *text(void) { return "oak\n"; }
