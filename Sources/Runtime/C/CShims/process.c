#include "process.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

extern char **environ;

int pv_become_subreaper(void) { return prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); }

int pv_die_with_parent(void) { return prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0); }

char *const *pv_environment(void) { return environ; }
