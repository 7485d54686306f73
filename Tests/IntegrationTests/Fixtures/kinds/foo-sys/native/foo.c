/* Decimal arithmetic is done by libgcc.a. */
int foo_answer(int value) { return (int)((_Decimal64)value + 1.0DD); }
