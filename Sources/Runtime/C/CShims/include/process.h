/* prctl is variadic, so Swift cannot call it; and pipe2, environ and friends hide behind _GNU_SOURCE. */
#ifndef PANTAVISOR_PROCESS_H
#define PANTAVISOR_PROCESS_H

/* Orphans below this process become its children instead of init's. 0 or -1 with errno. */
int pv_become_subreaper(void);

/* The kernel kills this process when its parent ends. 0 or -1 with errno. */
int pv_die_with_parent(void);

/* The environment, which Swift 6 does not let a program read as a global. */
char *const *pv_environment(void);

#endif
