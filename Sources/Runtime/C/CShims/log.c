#define _GNU_SOURCE
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { MOST_DESCRIPTORS = 4 };

_Static_assert((int)PV_PLACE_ONLY == O_PATH, "the kernel's number");

int pv_accept(int listener)
{
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

int pv_filesystem_size(const char *path, int64_t *bytes, bool *is_memory)
{
	struct statfs status;

	if (statfs(path, &status) < 0)
		return -1;
	*bytes = (int64_t)status.f_blocks * status.f_bsize;
	*is_memory = status.f_type == TMPFS_MAGIC;
	return 0;
}

int pv_signal_descriptor(int signal)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, signal);
	return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int pv_open_in_root(int root, const char *path, int flags)
{
	struct open_how how = {
		.flags = (uint64_t)(flags | O_CLOEXEC),
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	return (int)syscall(SYS_openat2, root, path, &how, sizeof(how));
}

union control {
	char bytes[CMSG_SPACE(MOST_DESCRIPTORS * sizeof(int))];
	struct cmsghdr alignment;
};

ssize_t pv_send_descriptors(int socket, const void *bytes, size_t length, const int *descriptors, int count)
{
	union control control = { { 0 } };
	struct iovec part = { .iov_base = (void *)bytes, .iov_len = length };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	if (count < 0 || count > MOST_DESCRIPTORS) {
		errno = EINVAL;
		return -1;
	}
	if (count > 0) {
		size_t size = (size_t)count * sizeof(int);
		message.msg_control = control.bytes;
		message.msg_controllen = CMSG_SPACE(size);
		struct cmsghdr *header = CMSG_FIRSTHDR(&message);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(size);
		memcpy(CMSG_DATA(header), descriptors, size);
	}
	return sendmsg(socket, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
}

ssize_t pv_receive_descriptors(int socket, void *bytes, size_t length, int *descriptors, int *count)
{
	union control control = { { 0 } };
	struct iovec part = { .iov_base = bytes, .iov_len = length };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof(control.bytes),
	};
	int capacity = *count;

	*count = 0;
	ssize_t result = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	if (result < 0)
		return result;
	for (struct cmsghdr *header = CMSG_FIRSTHDR(&message); header != NULL; header = CMSG_NXTHDR(&message, header)) {
		if (header->cmsg_level != SOL_SOCKET || header->cmsg_type != SCM_RIGHTS)
			continue;
		size_t received = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (size_t index = 0; index < received; index++) {
			int descriptor;
			memcpy(&descriptor, CMSG_DATA(header) + index * sizeof(int), sizeof(int));
			if (*count < capacity)
				descriptors[(*count)++] = descriptor;
			else
				close(descriptor);
		}
	}
	return result;
}

int pv_set_send_room(int socket, int bytes)
{
	return setsockopt(socket, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes));
}
