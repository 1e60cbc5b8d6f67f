#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <lxc/attach_options.h>
#include <lxc/lxccontainer.h>

struct command {
	bool terminal;
	char **arguments;
};

static volatile sig_atomic_t cancelled;
static volatile pid_t attached;

/* May come before the command's process is known: then it is killed as soon as it is. */
static void kill_attached(int signal)
{
	(void)signal;
	cancelled = 1;
	if (attached > 0)
		kill(attached, SIGKILL);
}

/* Runs inside the container. */
static int execute(void *payload)
{
	struct command *command = payload;

	if (command->terminal) {
		/* The session must begin inside the container's process namespace, or its shell sees no foreground group. */
		setsid();
		ioctl(STDIN_FILENO, TIOCSCTTY, 0);
	}
	execvp(command->arguments[0], command->arguments);
	int error = errno;
	dprintf(STDERR_FILENO, "%s: %s\n", command->arguments[0], strerror(error));
	return error == ENOENT ? 127 : 126;
}

/* Runs a command in a container with our own standard streams; returns its exit code, or 128 + its signal. */
int run_inside(const struct place *place, bool terminal, char **environment, char **command)
{
	lxc_attach_options_t options = LXC_ATTACH_OPTIONS_DEFAULT;
	struct command payload = { .terminal = terminal, .arguments = command };
	pid_t pid = -1;
	int status;

	/* Without a log of its own liblxc would write warnings into the command's error stream. */
	struct lxc_log settings = { .name = place->name, .lxcpath = place->lxcpath, .file = "none", .level = "FATAL",
		.prefix = "pv-lxc-start", .quiet = true };
	lxc_log_init(&settings);
	signal(SIGTERM, kill_attached);
	struct lxc_container *container = lxc_container_new(place->name, place->lxcpath);
	if (container == NULL || !container->is_running(container)) {
		dprintf(STDERR_FILENO, "%s does not run\n", place->name);
		return 126;
	}
	options.env_policy = LXC_ATTACH_CLEAR_ENV;
	options.extra_env_vars = environment;
	if (container->attach(container, execute, &payload, &options, &pid) != 0 || pid <= 0) {
		dprintf(STDERR_FILENO, "cannot enter %s\n", place->name);
		return 126;
	}
	attached = pid;
	if (cancelled)
		kill(pid, SIGKILL);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return 126;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
