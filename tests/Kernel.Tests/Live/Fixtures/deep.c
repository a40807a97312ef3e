/* Frames of all forms: without frame pointers, large, aligned, of a size that only the running program knows, called back, recursive, in a handler. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
volatile int sink;
__attribute__((noinline)) int deepest(int n) { volatile char b[32]; memset((void *)b, n, 32); sink += b[3]; getppid(); return sink; }
__attribute__((noinline)) int large(int n) { volatile char b[100000]; b[n] = n; return deepest(n) + b[n]; }
__attribute__((noinline)) int aligned(int n) { volatile char b[64] __attribute__((aligned(64))); b[n] = n; return large(n) + b[n]; }
__attribute__((noinline)) int any(int n) { volatile char *b = alloca(n + 40); b[n] = n; return aligned(n) + b[n]; }
static int compare(const void *a, const void *b) { sink += any(3); return *(int *)a - *(int *)b; }
__attribute__((noinline)) int sorted(int n) { int v[2] = { 2, 1 }; qsort(v, 2, sizeof(int), compare); return v[0] + n; }
__attribute__((noinline)) int again(int n) { return n == 0 ? sorted(n) + 1 : again(n - 1) * 2 + 1; }
void handler(int s) { sink += again(2); }
/* It takes its time: who watches it has to read its frames first. */
int main(int c, char **v) {
    signal(SIGUSR1, handler);
    for (int i = 0; i < 60; i++) {
        usleep(20000);
        if (c > 2) raise(SIGUSR1); else sink += again(atoi(v[1]));
    }
    return 0;
}
