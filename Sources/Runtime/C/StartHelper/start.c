#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <lxc/attach_options.h>
#include <lxc/lxccontainer.h>

enum { START_LIMIT_SECONDS = 60 };

static void pause_briefly(void)
{
	const struct timespec millisecond = { .tv_nsec = 1000 * 1000 };
	nanosleep(&millisecond, NULL);
}

static void detach_stdio(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);
	for (int fd = 0; fd < 3; fd++)
		dup2(null, fd);
	if (null > 2)
		close(null);
}

/* Becomes the container's monitor: supervises it inside `start`, and leaves its exit status behind. liblxc arranges
 * that init dies with its monitor, so the monitor's death is the container's. */
static void monitor(const struct place *place, const char *log, const char *priority)
{
	char status[32];
	struct lxc_log settings = {
		.name = place->name, .lxcpath = place->lxcpath, .file = log, .level = priority,
		.prefix = "pv-lxc-start", .quiet = true,
	};

	setsid();
	if (!write_process(place, "monitor", getpid(), start_time(getpid())))
		_exit(1);
	detach_stdio();
	lxc_log_init(&settings);
	struct lxc_container *container = lxc_container_new(place->name, place->lxcpath);
	if (container == NULL || !container->is_defined(container))
		_exit(1);
	/* In the foreground: a daemonised start would end this process inside liblxc and lose the status. */
	container->want_daemonize(container, false);
	container->want_close_all_fds(container, true);
	container->start(container, 0, NULL);
	/* liblxc gives a signal in the form of a stopped process; 1 says that init never ran. */
	int outcome = container->error_num;
	if (outcome == 1)
		_exit(1);
	bool killed = (outcome & 0x7f) != 0;
	int number = WIFSIGNALED(outcome) ? WTERMSIG(outcome) : (outcome >> 8) & 0xff;
	snprintf(status, sizeof(status), "%s %d\n", killed ? "killed" : "exited", number);
	_exit(write_record(place, "exit", status) ? 0 : 1);
}

/* Whether a process still runs this program, that is, has not executed the container's init yet. */
static bool runs_this_program(pid_t pid)
{
	char path[32];
	struct stat other, own;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return stat(path, &other) == 0 && stat("/proc/self/exe", &own) == 0 && other.st_dev == own.st_dev
		&& other.st_ino == own.st_ino;
}

static bool is_alive(pid_t monitor)
{
	/* Of a start it is our child; of an adoption it is somebody else's. */
	pid_t ended = waitpid(monitor, NULL, WNOHANG);
	return ended == 0 || (ended < 0 && kill(monitor, 0) == 0);
}

/* Waits until init runs, and records it: 0. 1 = the monitor ended, or init could not be executed. */
int find_init(const struct place *place, pid_t monitor)
{
	unsigned long long started = start_time(monitor);
	struct lxc_container *container = lxc_container_new(place->name, place->lxcpath);
	if (container == NULL)
		return 1;
	pid_t init = -1;
	while (init <= 0 && is_alive(monitor)) {
		/* While the monitor does not listen yet, liblxc's `wait` would sleep a whole second. */
		if (strcmp(container->state(container), "STOPPED") == 0) {
			pause_briefly();
			continue;
		}
		if (container->wait(container, "RUNNING|STOPPING|ABORTING|STOPPED", START_LIMIT_SECONDS))
			init = container->init_pid(container);
		if (init <= 0)
			pause_briefly();
	}
	/* An init that was too quick to be seen goes by its monitor's name. */
	if (init <= 0)
		return has_record(place, "exit") && write_process(place, "init", monitor, started) ? 0 : 1;
	unsigned long long since = start_time(init);
	if (!write_process(place, "init", since == 0 ? monitor : init, since == 0 ? started : since))
		return 1;
	while (runs_this_program(init) && is_alive(monitor))
		pause_briefly();
	return is_alive(monitor) || has_record(place, "exit") ? 0 : 1;
}

int start_container(const struct place *place, const char *log, const char *priority)
{
	pid_t child = fork();
	if (child < 0)
		return 1;
	if (child == 0)
		monitor(place, log, priority);
	if (find_init(place, child) == 0)
		return 0;
	/* It may still be writing down why. */
	waitpid(child, NULL, 0);
	return 1;
}
