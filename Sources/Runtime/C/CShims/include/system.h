/* System calls and constants that Swift cannot import: variadic functions, function-like macros, and what needs
 * _GNU_SOURCE. Each returns what the system call returns, with errno set. */
#ifndef PANTAVISOR_SYSTEM_H
#define PANTAVISOR_SYSTEM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* glibc 2.36 has these only behind _GNU_SOURCE, musl not at all. */
int pv_pidfd_open(pid_t pid);
int pv_pidfd_send_signal(int pidfd, int signal);
int pv_pipe_cloexec(int fds[2]);

/* waitid is declared with an enum that has no P_PIDFD in older headers. Fills in how the child ended: its exit code, or
 * the signal negated. */
int pv_reap_pidfd(int pidfd, int *outcome);

/* ioctl is variadic. */
int pv_set_window_size(int fd, int columns, int rows);
int pv_loop_get_free(int control);
int pv_loop_configure(int loop, int backing, const char *name, bool read_only);
int pv_loop_clear(int loop);
int pv_loop_backing(int loop, uint64_t *device, uint64_t *inode);

/* Opens a loop device's number in /dev when no udev made its node. */
int pv_make_loop_node(const char *path, int number);

/* The descriptor of the process that connected, as the kernel remembers it; -1 before Linux 6.5. */
int pv_peer_pidfd(int socket);
/* Process number of the peer at connect time; -1 on failure. */
pid_t pv_peer_pid(int socket);

/* The struct is packed: reading its members through Swift's import would be unaligned. */
enum { PV_READABLE = 1, PV_WRITABLE = 4 };
int pv_epoll_create(void);
int pv_epoll_add(int epoll, int fd, uint32_t events, uint64_t token);
int pv_epoll_remove(int epoll, int fd);
int pv_epoll_wait(int epoll, uint64_t *tokens, int capacity);

/* Whether the kernel knows a filesystem, loading its module when there is one. */
bool pv_has_filesystem(const char *name);

/* A timer on the boot clock, in milliseconds since boot; 0 turns it off. */
int pv_timer_create(void);
int pv_timer_set(int timer, int64_t milliseconds);

/* Starts a program with default, unblocked signals, in a session and a directory of its own (directory NULL: ours), and
 * with only the given descriptors, from 0; -1 = /dev/null. Half of posix_spawn hides behind _GNU_SOURCE. Gives an error
 * number. */
int pv_spawn(pid_t *pid, const char *path, char *const *arguments, char *const *environment, const char *directory,
	const int *descriptors, int count);

/* A new pseudo-terminal: the side that sees what a program writes, and the program's. 0 or -1 with errno. */
int pv_open_terminal(int *ours, int *theirs);

/* A detached thread with all signals blocked. Gives an error number. */
int pv_start_thread(const char *name, void *(*body)(void *), void *argument);

/* ioctl is variadic. Writes an ext4 journal into place, or (dry) only says whether that can be done; Linux 5.14. */
int pv_empty_journal(int fd, bool dry);
int pv_freeze(int fd);
int pv_thaw(int fd);
/* syncfs is behind _GNU_SOURCE. */
int pv_sync_filesystem(int fd);
/* Whether all of a file is in blocks of its own that are allocated, written and not encrypted: 1 or 0, -1 with errno.
 * The kernel's struct ends in an array without a length. */
int pv_extents_are_plain(int fd);

/* Both are behind _GNU_SOURCE. Begins to write a part of a file to the disk, without waiting. */
int pv_begin_writing(int fd, int64_t offset, int64_t length);
/* Two names in one directory change places, at once. */
int pv_exchange(int directory, const char *one, const char *other);

/* Flash, through the MTD character devices. */
struct pv_flash_info {
	uint64_t size;
	uint32_t erase_size;
	bool is_nor;
};
int pv_flash_get_info(int fd, struct pv_flash_info *info);
/* 1 for a bad block, 0 for a good one or flash that has none, -1 with errno. */
int pv_flash_is_bad(int fd, int64_t offset);
/* Unlocks it before, where it can be locked. */
int pv_flash_erase(int fd, uint32_t offset, uint32_t size);

/* Function-like macros. */
int pv_real_time_signal(int offset);

#endif
