HERE := $(dir $(lastword $(MAKEFILE_LIST)))

.PHONY: all
all: libanswer.a program
	@:

libanswer.a: answer.o other.o
	ar crs $@ $^
	ranlib $@
	strip -g $@

%.c:
	printf 'int $*(void) { return 42; }\n' > $@

other.cc:
	printf '#include <thread>\n#include <iostream>\nint main() { std::thread t([] { std::cout << 1; }); t.join(); }\n' > $@

program: other.cc
	c++ -O1 -flto=2 -g -pthread -pipe -save-temps=obj -o $@ $<
	./program > /dev/null

.INTERMEDIATE: other.c
