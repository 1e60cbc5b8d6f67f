#define _GNU_SOURCE
#include "facts.h"

#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <netpacket/packet.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <unistd.h>

enum { MAC_LENGTH = 6 };

int pv_read_system_state(struct pv_system_state *state)
{
	struct sysinfo info;

	memset(state, 0, sizeof(*state));
	if (sysinfo(&info) < 0)
		return -1;
	state->uptime = (uint64_t)info.uptime;
	for (int i = 0; i < 3; i++)
		state->loads[i] = info.loads[i];
	state->total = info.totalram;
	state->free = info.freeram;
	state->shared = info.sharedram;
	state->buffers = info.bufferram;
	state->total_swap = info.totalswap;
	state->free_swap = info.freeswap;
	state->processes = info.procs;
	state->unit = info.mem_unit;
	return 0;
}

const char *pv_format_address(const void *address, char *text, size_t size)
{
	const struct sockaddr_ll *link = address;

	switch (((const struct sockaddr *)address)->sa_family) {
	case AF_INET:
		inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, text, (socklen_t)size);
		return "ipv4";
	case AF_INET6:
		inet_ntop(AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, text, (socklen_t)size);
		return "ipv6";
	case AF_PACKET:
		if (link->sll_halen != MAC_LENGTH)
			return NULL;
		snprintf(text, size, "%02x:%02x:%02x:%02x:%02x:%02x", link->sll_addr[0], link->sll_addr[1],
			link->sll_addr[2], link->sll_addr[3], link->sll_addr[4], link->sll_addr[5]);
		return "mac";
	default:
		return NULL;
	}
}

int pv_open_network_watch(void)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}
