/* pv-lxc-start: everything that needs liblxc, in a process of its own.
 *
 * liblxc forks, moves its caller into the container's control group and keeps global state; none of that may happen
 * in the runtime, which has threads. So the runtime spawns this program for each start and each command, and knows
 * containers only by the files written here:
 *
 *   <lxcpath>/<name>/config    the complete configuration, written by the runtime
 *   <lxcpath>/<name>/monitor   "<pid> <start time>": the process that supervises the container
 *   <lxcpath>/<name>/init      "<pid> <start time>": the container's init, once it runs
 *   <lxcpath>/<name>/exit      "exited <code>" or "killed <signal>": how init ended, written by the monitor
 *
 * Start times are those of /proc/<pid>/stat (clock ticks since boot): with the pid they name one process for ever. */
#ifndef PV_LXC_START_HELPER_H
#define PV_LXC_START_HELPER_H

#include <stdbool.h>
#include <sys/types.h>

struct lxc_container;

/* Where a container's records lie. */
struct place {
	const char *lxcpath;
	const char *name;
};

/* record.c */
bool write_record(const struct place *place, const char *record, const char *text);
bool write_process(const struct place *place, const char *record, pid_t pid, unsigned long long started);
bool has_record(const struct place *place, const char *record);
bool read_process(const struct place *place, const char *record, pid_t *pid);
unsigned long long start_time(pid_t pid);

/* start.c */
int start_container(const struct place *place, const char *log, const char *priority);
int find_init(const struct place *place, pid_t monitor);

/* export.c */
int export_directories(const struct place *place, char **pairs);

/* devlog.c */
int link_dev_log(void);

/* attach.c */
int run_inside(const struct place *place, bool terminal, char **environment, char **command);

#endif
