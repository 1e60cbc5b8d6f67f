#define _GNU_SOURCE
#include "system.h"
#include "log.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <mtd/mtd-user.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef LOOP_CONFIGURE
#error "Linux headers of 5.8 or later are needed"
#endif

enum { WAIT_PIDFD = 3, LOOP_MAJOR_NUMBER = 7, EPOLL_BATCH = 32 };

int pv_pidfd_open(pid_t pid)
{
	return (int)syscall(SYS_pidfd_open, pid, 0);
}

int pv_pidfd_send_signal(int pidfd, int signal)
{
	return (int)syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0);
}

int pv_pipe_cloexec(int fds[2])
{
	return pipe2(fds, O_CLOEXEC);
}

int pv_reap_pidfd(int pidfd, int *outcome)
{
	siginfo_t info = { 0 };
	int result;

	do
		result = waitid((idtype_t)WAIT_PIDFD, (id_t)pidfd, &info, WEXITED);
	while (result < 0 && errno == EINTR);
	*outcome = info.si_code == CLD_EXITED ? info.si_status : -info.si_status;
	return result;
}

int pv_set_window_size(int fd, int columns, int rows)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };
	return ioctl(fd, TIOCSWINSZ, &size);
}

int pv_loop_get_free(int control)
{
	return ioctl(control, LOOP_CTL_GET_FREE);
}

int pv_loop_configure(int loop, int backing, const char *name, bool read_only)
{
	struct loop_config config = { .fd = (uint32_t)backing };

	/* The last unmount frees the device, also when nobody is left to do it. */
	config.info.lo_flags = LO_FLAGS_AUTOCLEAR | (read_only ? LO_FLAGS_READ_ONLY : 0);
	strncpy((char *)config.info.lo_file_name, name, LO_NAME_SIZE - 1);
	return ioctl(loop, LOOP_CONFIGURE, &config);
}

int pv_loop_clear(int loop)
{
	return ioctl(loop, LOOP_CLR_FD, 0);
}

int pv_loop_backing(int loop, uint64_t *device, uint64_t *inode)
{
	struct loop_info64 info = { 0 };
	int result = ioctl(loop, LOOP_GET_STATUS64, &info);

	*device = info.lo_device;
	*inode = info.lo_inode;
	return result;
}

int pv_make_loop_node(const char *path, int number)
{
	return mknod(path, S_IFBLK | 0660, makedev(LOOP_MAJOR_NUMBER, (unsigned)number));
}

int pv_peer_pidfd(int socket)
{
	int pidfd = -1;
	socklen_t length = sizeof(pidfd);

	return getsockopt(socket, SOL_SOCKET, SO_PEERPIDFD, &pidfd, &length) == 0 ? pidfd : -1;
}

pid_t pv_peer_pid(int socket)
{
	struct ucred credentials;
	socklen_t length = sizeof(credentials);

	return getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 ? credentials.pid : -1;
}

_Static_assert((int)PV_READABLE == (int)EPOLLIN && (int)PV_WRITABLE == (int)EPOLLOUT, "the kernel's numbers");

int pv_epoll_create(void)
{
	return epoll_create1(EPOLL_CLOEXEC);
}

int pv_epoll_add(int epoll, int fd, uint32_t events, uint64_t token)
{
	struct epoll_event event = { .events = events, .data.u64 = token };
	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

int pv_epoll_remove(int epoll, int fd)
{
	return epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
}

int pv_epoll_wait(int epoll, uint64_t *tokens, int capacity)
{
	return pv_epoll_wait_within(epoll, tokens, capacity, -1);
}

int pv_epoll_wait_within(int epoll, uint64_t *tokens, int capacity, int milliseconds)
{
	struct epoll_event events[EPOLL_BATCH];
	int count = epoll_wait(epoll, events, capacity < EPOLL_BATCH ? capacity : EPOLL_BATCH, milliseconds);

	for (int index = 0; index < count; index++)
		tokens[index] = events[index].data.u64;
	return count;
}

int pv_real_time_signal(int offset)
{
	return SIGRTMIN + offset;
}

int pv_timer_create(void)
{
	return timerfd_create(CLOCK_BOOTTIME, TFD_CLOEXEC | TFD_NONBLOCK);
}

int pv_timer_set(int timer, int64_t milliseconds)
{
	struct itimerspec setting = {
		.it_value = { .tv_sec = milliseconds / 1000, .tv_nsec = (milliseconds % 1000) * 1000000 },
	};
	return timerfd_settime(timer, TFD_TIMER_ABSTIME, &setting, NULL);
}

enum { STACK_SIZE = 256 * 1024 };

/* First out of the way, as one descriptor's number may be another's place; beyond all of them, so that none is
 * overwritten on the way. */
static int place_descriptors(posix_spawn_file_actions_t *actions, const int *descriptors, int count)
{
	int error = 0;
	int first_spare = count;

	for (int place = 0; place < count; place++)
		if (descriptors[place] >= first_spare)
			first_spare = descriptors[place] + 1;
	for (int place = 0; place < count && error == 0; place++) {
		int spare = first_spare + place;
		if (descriptors[place] < 0)
			error = posix_spawn_file_actions_addopen(actions, spare, "/dev/null", O_RDWR, 0);
		else
			error = posix_spawn_file_actions_adddup2(actions, descriptors[place], spare);
	}
	for (int place = 0; place < count && error == 0; place++)
		error = posix_spawn_file_actions_adddup2(actions, first_spare + place, place);
	return error != 0 ? error : posix_spawn_file_actions_addclosefrom_np(actions, count);
}

int pv_spawn(pid_t *pid, const char *path, char *const *arguments, char *const *environment, const char *directory,
	const int *descriptors, int count)
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
	int error = place_descriptors(&actions, descriptors, count);
	if (error == 0 && directory != NULL)
		error = posix_spawn_file_actions_addchdir_np(&actions, directory);
	if (error == 0)
		error = posix_spawn(pid, path, &actions, &attributes, arguments, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	return error;
}

int pv_start_thread(const char *name, void *(*body)(void *), void *argument)
{
	pthread_attr_t attributes;
	pthread_t thread;
	sigset_t all, before;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int error = pthread_create(&thread, &attributes, body, argument);
	/* The mask is inherited; the name is only for people. */
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (error == 0)
		pthread_setname_np(thread, name);
	pthread_attr_destroy(&attributes);
	return error;
}

int pv_open_terminal(int *ours, int *theirs)
{
	char name[64];

	*ours = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*ours < 0)
		return -1;
	if (grantpt(*ours) == 0 && unlockpt(*ours) == 0 && ptsname_r(*ours, name, sizeof(name)) == 0)
		*theirs = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (*theirs >= 0)
		return 0;
	int error = errno;
	close(*ours);
	errno = error;
	return -1;
}

bool pv_has_filesystem(const char *name)
{
	int context = (int)syscall(SYS_fsopen, name, 1 /* FSOPEN_CLOEXEC */);
	if (context >= 0)
		close(context);
	/* Before Linux 5.2 nobody can ask; mounting will tell. */
	return context >= 0 || errno == ENOSYS || errno == EPERM;
}

/* Of linux/ext4.h, which Linux 5.16 has first. */
#define EMPTY_JOURNAL _IOW('f', 43, uint32_t)
enum { DRY_RUN = 4 };

int pv_empty_journal(int fd, bool dry)
{
	uint32_t flags = dry ? DRY_RUN : 0;

	return ioctl(fd, EMPTY_JOURNAL, &flags);
}

int pv_freeze(int fd)
{
	return ioctl(fd, FIFREEZE, 0);
}

int pv_thaw(int fd)
{
	return ioctl(fd, FITHAW, 0);
}

int pv_sync_filesystem(int fd)
{
	return syncfs(fd);
}

int pv_begin_writing(int fd, int64_t offset, int64_t length)
{
	return sync_file_range(fd, offset, length, SYNC_FILE_RANGE_WRITE);
}

int pv_exchange(int directory, const char *one, const char *other)
{
	return renameat2(directory, one, directory, other, RENAME_EXCHANGE);
}

enum {
	UNREADABLE_EXTENT = FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC | FIEMAP_EXTENT_DATA_ENCRYPTED |
		FIEMAP_EXTENT_DATA_INLINE | FIEMAP_EXTENT_UNWRITTEN,
	EXTENT_BATCH = 32,
};

int pv_extents_are_plain(int fd)
{
	union {
		struct fiemap map;
		char room[sizeof(struct fiemap) + EXTENT_BATCH * sizeof(struct fiemap_extent)];
	} answer;
	uint64_t start = 0;

	for (;;) {
		memset(&answer, 0, sizeof(answer));
		answer.map.fm_start = start;
		answer.map.fm_length = FIEMAP_MAX_OFFSET - start;
		answer.map.fm_flags = FIEMAP_FLAG_SYNC;
		answer.map.fm_extent_count = EXTENT_BATCH;
		if (ioctl(fd, FS_IOC_FIEMAP, &answer.map) != 0)
			return -1;
		if (answer.map.fm_mapped_extents == 0)
			return 1;
		for (unsigned index = 0; index < answer.map.fm_mapped_extents; index++) {
			struct fiemap_extent *extent = &answer.map.fm_extents[index];
			if ((extent->fe_flags & UNREADABLE_EXTENT) != 0)
				return 0;
			if ((extent->fe_flags & FIEMAP_EXTENT_LAST) != 0)
				return 1;
			start = extent->fe_logical + extent->fe_length;
		}
	}
}

int pv_flash_get_info(int fd, struct pv_flash_info *info)
{
	struct mtd_info_user found;
	int result = ioctl(fd, MEMGETINFO, &found);

	if (result == 0) {
		info->size = found.size;
		info->erase_size = found.erasesize;
		info->is_nor = found.type == MTD_NORFLASH;
	}
	return result;
}

int pv_flash_is_bad(int fd, int64_t offset)
{
	loff_t place = offset;
	int result = ioctl(fd, MEMGETBADBLOCK, &place);

	return result < 0 && errno == EOPNOTSUPP ? 0 : result;
}

int pv_flash_erase(int fd, uint32_t offset, uint32_t size)
{
	struct erase_info_user block = { .start = offset, .length = size };

	/* What cannot be locked cannot be unlocked either. */
	ioctl(fd, MEMUNLOCK, &block);
	return ioctl(fd, MEMERASE, &block);
}
