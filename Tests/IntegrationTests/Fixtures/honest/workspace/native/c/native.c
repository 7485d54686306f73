#include <stddef.h>
#include <stdint.h>

/* FNV-1a. */
uint32_t native_checksum(const uint8_t *bytes, size_t count) {
  uint32_t hash = 2166136261u;
  for (size_t i = 0; i < count; i++) hash = (hash ^ bytes[i]) * 16777619u;
  return hash;
}

/* The absolute path of this file, as the compiler was given it. */
const char *native_file(void) { return __FILE__; }

/* Compilers take it from SOURCE_DATE_EPOCH. */
const char *native_date(void) { return __DATE__ " " __TIME__; }
