#define _GNU_SOURCE
#include "helper.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* No stdio streams here: their buffers would stay in the monitor's memory for the container's whole life. */

static bool write_all(int fd, const char *text, size_t length)
{
	while (length > 0) {
		ssize_t written = write(fd, text, length);
		if (written < 0)
			return false;
		text += written;
		length -= (size_t)written;
	}
	return true;
}

/* Readers see the whole record or none. It lies on tmpfs: there is nothing to sync. */
bool write_record(const struct place *place, const char *record, const char *text)
{
	char path[4096], temporary[4096 + 8];

	if (snprintf(path, sizeof(path), "%s/%s/%s", place->lxcpath, place->name, record) >= (int)sizeof(path))
		return false;
	snprintf(temporary, sizeof(temporary), "%s.new", path);
	int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return false;
	bool done = write_all(fd, text, strlen(text));
	close(fd);
	return done && rename(temporary, path) == 0;
}

bool write_process(const struct place *place, const char *record, pid_t pid, unsigned long long started)
{
	char text[64];

	snprintf(text, sizeof(text), "%d %llu\n", (int)pid, started);
	return write_record(place, record, text);
}

bool has_record(const struct place *place, const char *record)
{
	char path[4096];

	snprintf(path, sizeof(path), "%s/%s/%s", place->lxcpath, place->name, record);
	return access(path, F_OK) == 0;
}

bool read_process(const struct place *place, const char *record, pid_t *pid)
{
	char path[4096], text[64] = "";

	snprintf(path, sizeof(path), "%s/%s/%s", place->lxcpath, place->name, record);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return false;
	ssize_t length = read(fd, text, sizeof(text) - 1);
	close(fd);
	char *rest;
	*pid = (pid_t)strtol(text, &rest, 10);
	return length > 0 && *pid > 0 && strtoull(rest, NULL, 10) == start_time(*pid);
}

/* Field 22 of /proc/<pid>/stat; 0 when there is no such process. */
unsigned long long start_time(pid_t pid)
{
	char path[32], text[1024] = "";

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	ssize_t length = read(fd, text, sizeof(text) - 1);
	close(fd);
	/* The command's name is in parentheses and may hold anything: count from the last one. */
	char *field = length > 0 ? strrchr(text, ')') : NULL;
	for (int number = 2; field != NULL && number < 22; number++)
		field = strchr(field + 1, ' ');
	return field == NULL ? 0 : strtoull(field, NULL, 10);
}
