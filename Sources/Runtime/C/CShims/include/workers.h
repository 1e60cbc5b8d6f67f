/* Swift's own pool of threads is libdispatch's, which on Linux looks after its threads with a timer that fires once a
 * second as long as the process lives. A device that has converged must be quiet, so the runtime brings its own pool:
 * threads that sleep until there is work. Hooks and swift_job_run are the Swift runtime's (stdlib/public/runtime). */
#ifndef PANTAVISOR_WORKERS_H
#define PANTAVISOR_WORKERS_H

/* Runs all of this process's Swift tasks on `count` threads of its own. To be called before the first task.
 * 0 or an errno. */
int pv_start_workers(int count);

/* One heap for all threads, instead of one for each: slower under contention, and far smaller. */
void pv_share_heap(void);
/* Gives back what the heap holds in reserve. */
void pv_trim_heap(void);

#endif
