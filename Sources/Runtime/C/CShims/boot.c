#define _GNU_SOURCE
#include "boot.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/netlink.h>
#include <linux/reboot.h>
#include <linux/sockios.h>
#include <linux/watchdog.h>
#include <net/if.h>
#include <spawn.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/reboot.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

int pv_wait_signal(const sigset_t *signals, int64_t milliseconds, pid_t *sender)
{
	siginfo_t info = { 0 };
	struct timespec limit = { .tv_sec = milliseconds / 1000, .tv_nsec = (milliseconds % 1000) * 1000000 };
	int signal = milliseconds < 0 ? sigwaitinfo(signals, &info) : sigtimedwait(signals, &info, &limit);

	*sender = info.si_pid;
	if (signal > 0)
		return signal;
	return errno == EAGAIN || errno == EINTR ? 0 : -1;
}

int64_t pv_uptime(void)
{
	struct timespec time;

	clock_gettime(CLOCK_BOOTTIME, &time);
	return (int64_t)time.tv_sec * 1000 + time.tv_nsec / 1000000;
}

enum { KERNEL_GROUP = 1, UEVENT_BUFFER = 1 << 20 };

int pv_open_uevents(void)
{
	const struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP };
	int size = UEVENT_BUFFER;
	int stream = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT);

	if (stream < 0)
		return -1;
	setsockopt(stream, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(stream, (const struct sockaddr *)&address, sizeof(address)) == 0)
		return stream;
	int error = errno;
	close(stream);
	errno = error;
	return -1;
}

ssize_t pv_read_uevent(int stream, char *buffer, size_t size)
{
	struct sockaddr_nl sender = { 0 };
	struct iovec part = { .iov_base = buffer, .iov_len = size };
	struct msghdr message = { .msg_name = &sender, .msg_namelen = sizeof(sender), .msg_iov = &part, .msg_iovlen = 1 };
	ssize_t length = recvmsg(stream, &message, 0);

	/* Only the kernel has no port. */
	return length > 0 && sender.nl_pid != 0 ? 0 : length;
}

dev_t pv_device_number(uint32_t major, uint32_t minor)
{
	return makedev(major, minor);
}

int pv_device_size(int device, uint64_t *bytes)
{
	return ioctl(device, BLKGETSIZE64, bytes);
}

int pv_grow_ext4(int directory, uint64_t blocks)
{
	/* EXT4_IOC_RESIZE_FS is in no header of the C library's (fs/ext4/ext4.h). */
	return ioctl(directory, _IOW('f', 16, uint64_t), &blocks);
}

/* interface_request NAME: an ifreq of that name, and a socket to ask with; -1 with errno. */
static int interface_request(struct ifreq *request, const char *name)
{
	memset(request, 0, sizeof(*request));
	if (strlen(name) >= IFNAMSIZ) {
		errno = ENAMETOOLONG;
		return -1;
	}
	strcpy(request->ifr_name, name);
	return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
}

static int finish(int socket, int result)
{
	int error = errno;
	close(socket);
	errno = error;
	return result;
}

int pv_interface_up(const char *name)
{
	struct ifreq request;
	int socket = interface_request(&request, name);

	if (socket < 0)
		return -1;
	int result = ioctl(socket, SIOCGIFFLAGS, &request);
	if (result == 0) {
		request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
		result = ioctl(socket, SIOCSIFFLAGS, &request);
	}
	return finish(socket, result);
}

static int set_address(int socket, struct ifreq *request, unsigned long what, uint32_t address)
{
	const struct sockaddr_in value = { .sin_family = AF_INET, .sin_addr.s_addr = address };

	memcpy(&request->ifr_addr, &value, sizeof(value));
	return ioctl(socket, what, request);
}

int pv_interface_address(const char *name, uint32_t address, uint32_t mask)
{
	struct ifreq request;
	int socket = interface_request(&request, name);

	if (socket < 0)
		return -1;
	int result = set_address(socket, &request, SIOCSIFADDR, address);
	if (result == 0)
		result = set_address(socket, &request, SIOCSIFNETMASK, mask);
	return finish(socket, result);
}

int pv_add_bridge(const char *name)
{
	struct ifreq request;
	int socket = interface_request(&request, name);

	if (socket < 0)
		return -1;
	int result = ioctl(socket, SIOCBRADDBR, request.ifr_name);
	return finish(socket, result != 0 && errno == EEXIST ? 0 : result);
}

int pv_watchdog_abilities(int watchdog)
{
	struct watchdog_info info = { 0 };

	if (ioctl(watchdog, WDIOC_GETSUPPORT, &info) != 0)
		return 0;
	return (info.options & WDIOF_MAGICCLOSE ? PV_WATCHDOG_STOPS : 0)
		| (info.options & WDIOF_SETTIMEOUT ? PV_WATCHDOG_TAKES_TIMEOUT : 0);
}

int pv_watchdog_timeout(int watchdog, int seconds)
{
	int result = seconds;

	if (ioctl(watchdog, WDIOC_SETTIMEOUT, &result) == 0 || ioctl(watchdog, WDIOC_GETTIMEOUT, &result) == 0)
		return result;
	return -1;
}

int pv_watchdog_pet(int watchdog)
{
	return ioctl(watchdog, WDIOC_KEEPALIVE, NULL);
}

int pv_take_ctrl_alt_del(void)
{
	return reboot(RB_DISABLE_CAD);
}

int pv_reboot(const char *argument)
{
	if (argument != NULL)
		syscall(SYS_reboot, LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_RESTART2, argument);
	return reboot(RB_AUTOBOOT);
}

int pv_power_off(void)
{
	return reboot(RB_POWER_OFF);
}

int pv_socket_pair(int fds[2])
{
	return socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds);
}

int pv_spawn_session(pid_t *pid, const char *path, char *const *arguments, char *const *environment,
	const char *terminal, int output)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t signals;

	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	sigemptyset(&signals);
	posix_spawnattr_setsigmask(&attributes, &signals);
	sigfillset(&signals);
	posix_spawnattr_setsigdefault(&attributes, &signals);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	/* The first terminal that the leader of a session opens controls it. */
	int error = posix_spawn_file_actions_addopen(&actions, 0, terminal != NULL ? terminal : "/dev/null", O_RDWR, 0);
	for (int fd = 1; fd <= 2 && (terminal != NULL || output >= 0) && error == 0; fd++)
		error = posix_spawn_file_actions_adddup2(&actions, terminal != NULL ? 0 : output, fd);
	if (error == 0)
		error = posix_spawn_file_actions_addclosefrom_np(&actions, 3);
	if (error == 0)
		error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}
