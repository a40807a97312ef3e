/* Static probes as the macros of sys/sdt.h make them, with the forms of arguments that compilers choose written down. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#define PROBE(name, semaphore, arguments, ...) __asm__ volatile ( \
  "990: nop\n.pushsection .note.stapsdt,\"\",\"note\"\n.balign 4\n.4byte 992f-991f,994f-993f,3\n" \
  "991: .asciz \"stapsdt\"\n992: .balign 4\n993: .8byte 990b\n.8byte _.stapsdt.base\n.8byte " semaphore "\n" \
  ".asciz \"ours\"\n.asciz \"" name "\"\n.asciz \"" arguments "\"\n994: .balign 4\n.popsection\n" :: __VA_ARGS__)
__asm__(".pushsection .stapsdt.base,\"aG\",\"progbits\",.stapsdt.base,comdat\n.weak _.stapsdt.base\n.hidden _.stapsdt.base\n"
        "_.stapsdt.base: .space 1\n.size _.stapsdt.base,1\n.popsection\n");
#ifdef __aarch64__
#define NUMBERS "-1@%w0 2@%w1 -4@%w2 8@%x3 -4@-17 8@16 1@-56 -2@65535"
#define MEMORY "-8@[%x0] 8@%2 -8@[%x3, -8]"
#define PLACE "-8@[%x0]"
#define REST "8@%x0"
#define FIRST "r"(table + (i & 3))
#else
#define NUMBERS "-1@%b0 2@%w1 -4@%k2 8@%3 -4@$-17 8@$0x10 1@$-56 -2@$65535"
#define MEMORY "-8@(%0,%1,8) 8@%2 -8@-8(%3)"
#define PLACE "-8@(%0)"
#define REST "8@%0"
#define FIRST "r"(table)
#endif
volatile unsigned short guard __attribute__((section(".probes"), visibility("hidden")));
static long table[4] = { 10, -20, 30, -40 };
__attribute__((noinline)) static void work(long i) {
    signed char small = -3; unsigned short half = 65000; int word = -70000;
    long frame[2] = { 123456789012, i };
    PROBE("numbers", "0", NUMBERS, "r"(small), "r"(half), "r"(word), "r"(i));
    PROBE("memory", "0", MEMORY, FIRST, "r"(i & 3), "m"(frame[0]), "r"(table + 2));
    if (guard) PROBE("guarded", "guard", REST, "r"(i));
    PROBE("twice", "0", REST, "r"(i));
    PROBE("twice", "0", PLACE, "r"(&table[i & 3]));
}
int main(int argc, char **argv) {
    if (argc > 1) { getchar(); }
    for (long i = 0; i < 4; i++) work(i);
    return 0;
}
