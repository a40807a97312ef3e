#include <pthread.h>

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
    return 0;
}
