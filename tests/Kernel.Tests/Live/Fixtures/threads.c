#include <pthread.h>
#include <unistd.h>

/* What the thread begins with: a function with a name to show. */
void *work(void *given)
{
    return given;
}

int main(void)
{
    pthread_t thread;
    for (int i = 0; i < 3; i++)
        if (pthread_create(&thread, 0, work, 0) || pthread_join(thread, 0))
            return 1;
    /* bpftrace looks for the name a while later, and where there is no process any more there is none. */
    sleep(3);
    return 0;
}
