/* What the log server needs: sockets with descriptors in their messages, places below another root. */
#ifndef PANTAVISOR_LOG_H
#define PANTAVISOR_LOG_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* As pv_epoll_wait, for at most so many milliseconds. */
int pv_epoll_wait_within(int epoll, uint64_t *tokens, int capacity, int milliseconds);

/* A descriptor that can be read when a signal, which must be blocked, has come. -1 with errno. */
int pv_signal_descriptor(int signal);

/* Opens a path as if a directory were the root: no link and no ".." leads out of it, and none of /proc is followed.
 * -1 with errno. */
int pv_open_in_root(int root, const char *path, int flags);

/* Hidden behind _GNU_SOURCE: a descriptor of a place that is not opened, a connection that does not block, and the size
 * of the file system a path lies on. */
enum { PV_PLACE_ONLY = 010000000 };
int pv_accept(int listener);
int pv_filesystem_size(const char *path, int64_t *bytes, bool *is_memory);

/* Sends bytes with open descriptors, and receives them: control messages are walked with macros. A received descriptor
 * is closed on exec; the count is filled in. Both give the number of bytes, or -1 with errno; neither blocks. */
ssize_t pv_send_descriptors(int socket, const void *bytes, size_t length, const int *descriptors, int count);
ssize_t pv_receive_descriptors(int socket, void *bytes, size_t length, int *descriptors, int *count);

/* Room for so many bytes in a socket's queue, over the system's limit. */
int pv_set_send_room(int socket, int bytes);

#endif
