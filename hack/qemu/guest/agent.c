/* The tests' hand inside a machine: started early, outside of all containers, and no part of the product.
 *
 * Port 8080 is the control socket; port 8081 takes one command line for the shell, and gives what it prints. A
 * process for each connection. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char control_socket[] = "/run/pantavisor/pv/pv-ctrl";

static int listen_on(int port)
{
	int yes = 1, listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };

	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) != 0 || listen(listener, 16) != 0) {
		perror("test agent");
		_exit(1);
	}
	return listener;
}

/* Copies one way; false at the end of it. */
static int copy(int from, int to)
{
	char buffer[16384];
	ssize_t count = read(from, buffer, sizeof(buffer));

	if (count <= 0) {
		shutdown(to, SHUT_WR);
		return 0;
	}
	for (ssize_t done = 0, part; done < count; done += part)
		if ((part = write(to, buffer + done, (size_t)(count - done))) < 0)
			return 0;
	return 1;
}

static void bridge(int client)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int server = socket(AF_UNIX, SOCK_STREAM, 0);

	strcpy(address.sun_path, control_socket);
	if (connect(server, (struct sockaddr *)&address, sizeof(address)) != 0)
		_exit(1);
	struct pollfd ends[2] = { { .fd = client, .events = POLLIN }, { .fd = server, .events = POLLIN } };
	while (ends[0].fd >= 0 || ends[1].fd >= 0) {
		if (poll(ends, 2, -1) < 0)
			_exit(1);
		for (int side = 0; side < 2; side++)
			if (ends[side].fd >= 0 && ends[side].revents != 0 && !copy(side ? server : client, side ? client : server))
				ends[side].fd = -1;
		/* What the server has said is all there is. */
		if (ends[1].fd < 0)
			_exit(0);
	}
	_exit(0);
}

static void run(int client)
{
	char line[65536];
	size_t length = 0;

	while (length < sizeof(line) - 1) {
		ssize_t count = read(client, line + length, 1);
		if (count <= 0 || line[length] == '\n')
			break;
		length++;
	}
	line[length] = '\0';
	dup2(client, 0);
	dup2(client, 1);
	dup2(client, 2);
	execl("/bin/busybox", "sh", "-c", line, (char *)NULL);
	_exit(127);
}

int main(void)
{
	struct pollfd listeners[2] = {
		{ .fd = listen_on(8080), .events = POLLIN }, { .fd = listen_on(8081), .events = POLLIN },
	};

	signal(SIGCHLD, SIG_IGN);
	for (;;) {
		if (poll(listeners, 2, -1) < 0 && errno != EINTR)
			return 1;
		for (int which = 0; which < 2; which++) {
			if ((listeners[which].revents & POLLIN) == 0)
				continue;
			int client = accept(listeners[which].fd, NULL, NULL);
			if (client < 0)
				continue;
			if (fork() == 0) {
				signal(SIGCHLD, SIG_DFL);
				if (which == 0)
					bridge(client);
				run(client);
			}
			close(client);
		}
	}
}
