#ifndef CARDINAL_IFD_THREAD_H
#define CARDINAL_IFD_THREAD_H

#include <pthread.h>

/* A thread without signals: they are pcscd's, for its own threads. 0 or ERR_NOMEM. */
int thread_start(pthread_t *, void *(*run)(void *), void *arg);

#endif
