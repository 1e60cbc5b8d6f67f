#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/mount.h>

#ifndef AT_RECURSIVE
#define AT_RECURSIVE 0x8000
#endif

/* Makes a directory and all above it, in the mount namespace we are in. */
static void make_directories(const char *path)
{
	char part[4096];

	for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
		mkdir(part, 0755);
	}
	mkdir(path, 0755);
}

static int open_namespace(pid_t pid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/mnt", (int)pid);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Makes directories of a running container visible on the host: pairs of container path and host directory.
 *
 * The mount is taken inside the container's mount namespace, where its links lead nowhere but into the container, and
 * set down in ours. */
int export_directories(const struct place *place, char **pairs)
{
	pid_t init;

	if (!read_process(place, "init", &init))
		return 1;
	int host = open_namespace(getpid()), container = open_namespace(init);
	if (host < 0 || container < 0)
		return 1;
	for (; pairs[0] != NULL && pairs[1] != NULL; pairs += 2) {
		if (setns(container, CLONE_NEWNS) < 0)
			return 1;
		make_directories(pairs[0]);
		int tree = (int)syscall(SYS_open_tree, AT_FDCWD, pairs[0], OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_RECURSIVE);
		int error = errno;
		if (setns(host, CLONE_NEWNS) < 0)
			return 1;
		if (tree < 0 || syscall(SYS_move_mount, tree, "", AT_FDCWD, pairs[1], MOVE_MOUNT_F_EMPTY_PATH) < 0) {
			dprintf(STDERR_FILENO, "%s: %s\n", pairs[0], strerror(tree < 0 ? error : errno));
			return 1;
		}
		close(tree);
	}
	return 0;
}
