#define _GNU_SOURCE
#include "helper.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { EXIT_USAGE = 64 };

/* Called by liblxc as the container's post-stop hook. Its failure makes liblxc stop a container that rebooted itself
 * instead of starting it anew behind the runtime's back: whether to restart is the runtime's decision. */
static int refuse_reboot(void)
{
	const char *target = getenv("LXC_TARGET");
	return target != NULL && strcmp(target, "reboot") == 0;
}

/* exec <lxcpath> <name> terminal|plain [NAME=value …] -- <command> [argument …] */
static int parse_exec(char **argv)
{
	const struct place place = { argv[2], argv[3] };
	char **environment = argv + 5, **end = environment;

	while (*end != NULL && strcmp(*end, "--") != 0)
		end++;
	if (*end == NULL || end[1] == NULL)
		return EXIT_USAGE;
	*end = NULL;
	return run_inside(&place, strcmp(argv[4], "terminal") == 0, environment, end + 1);
}

/* find <lxcpath> <name>: completes a start whose helper was killed. */
static int parse_find(char **argv)
{
	const struct place place = { argv[2], argv[3] };
	pid_t monitor;

	return read_process(&place, "monitor", &monitor) ? find_init(&place, monitor) : 1;
}

int main(int argc, char **argv)
{
	const char *verb = argc > 1 ? argv[1] : "";

	if (strcmp(verb, "refuse-reboot") == 0)
		return refuse_reboot();
	if (strcmp(verb, "dev-log") == 0)
		return link_dev_log();
	/* start <lxcpath> <name> <log file> <log level> */
	if (strcmp(verb, "start") == 0 && argc == 6)
		return start_container(&(struct place){ argv[2], argv[3] }, argv[4], argv[5]);
	if (strcmp(verb, "find") == 0 && argc == 4)
		return parse_find(argv);
	/* export <lxcpath> <name> [<container path> <host directory> …] */
	if (strcmp(verb, "export") == 0 && argc > 3)
		return export_directories(&(struct place){ argv[2], argv[3] }, argv + 4);
	if (strcmp(verb, "exec") == 0 && argc > 6)
		return parse_exec(argv);
	static const char usage[] = "pv-lxc-start is started by pantavisor\n";
	return write(STDERR_FILENO, usage, sizeof(usage) - 1) < 0 ? 1 : EXIT_USAGE;
}
