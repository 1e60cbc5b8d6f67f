#define _GNU_SOURCE
#include "workers.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>

#define SWIFT_CALL __attribute__((swiftcall))

typedef SWIFT_CALL void (*enqueue_function)(void *job);
extern SWIFT_CALL void (*swift_task_enqueueGlobal_hook)(void *job, enqueue_function original);
extern SWIFT_CALL void swift_job_run(void *job, void *executor, uintptr_t implementation);

/* A job that waits is in the queue and nowhere else, so its first two words after the object header, which the Swift
 * runtime leaves to whoever schedules it (SchedulerPrivate), make the list. */
struct job {
    void *header[2];
    struct job *next;
};

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrival = PTHREAD_COND_INITIALIZER;
static struct job *first, **last = &first;

static SWIFT_CALL void enqueue(void *new, enqueue_function original) {
    struct job *job = new;
    (void)original;
    job->next = NULL;
    pthread_mutex_lock(&mutex);
    *last = job;
    last = &job->next;
    pthread_cond_signal(&arrival);
    pthread_mutex_unlock(&mutex);
}

static void *work(void *unused) {
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&mutex);
        while (first == NULL) pthread_cond_wait(&arrival, &mutex);
        struct job *job = first;
        first = job->next;
        if (first == NULL) last = &first;
        pthread_mutex_unlock(&mutex);
        swift_job_run(job, NULL, 0);
    }
    return NULL;
}

int pv_start_workers(int count) {
    sigset_t all, before;
    pthread_attr_t attributes;
    int result = 0;

    swift_task_enqueueGlobal_hook = enqueue;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, 512 * 1024);
    /* Signals are the main thread's. */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (count-- > 0 && result == 0) {
        pthread_t thread;
        result = pthread_create(&thread, &attributes, work, NULL);
        if (result == 0) pthread_setname_np(thread, "pv-worker");
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    pthread_attr_destroy(&attributes);
    return result;
}

void pv_share_heap(void) { mallopt(M_ARENA_MAX, 1); }

void pv_trim_heap(void) { malloc_trim(0); }
