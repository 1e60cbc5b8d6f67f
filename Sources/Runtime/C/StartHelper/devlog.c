#define _GNU_SOURCE
#include "helper.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/openat2.h>

static const char socket_path[] = "/pantavisor/log-sockets/log";

/* Called by liblxc when a container's root filesystem is mounted: makes its /dev/log a link into the directory of its
 * log sockets. A link, because the socket may be made anew while the container runs, and a mount of a socket would keep
 * the dead one. The image decides what /dev is: it is looked up as if its root were ours. What does not work leaves the
 * container without /dev/log; it starts all the same. */
int link_dev_log(void)
{
	const char *rootfs = getenv("LXC_ROOTFS_MOUNT");
	struct open_how how = {
		.flags = O_PATH | O_DIRECTORY | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	struct stat device, host;

	int root = rootfs == NULL ? -1 : open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int directory = root < 0 ? -1 : (int)syscall(SYS_openat2, root, "dev", &how, sizeof(how));
	if (directory < 0 || fstat(directory, &device) < 0)
		return 0;
	/* A container that was given the host's /dev has the host's /dev/log. */
	if (stat("/dev", &host) == 0 && host.st_dev == device.st_dev && host.st_ino == device.st_ino)
		return 0;
	if (unlinkat(directory, "log", 0) < 0 && errno != ENOENT)
		dprintf(STDERR_FILENO, "/dev/log is in the way: %s\n", strerror(errno));
	else if (symlinkat(socket_path, directory, "log") < 0)
		dprintf(STDERR_FILENO, "cannot make /dev/log: %s\n", strerror(errno));
	return 0;
}
