/* What the kernel says of the machine, where its structures have unions, flexible members or macros that Swift cannot
 * import. */
#ifndef PANTAVISOR_FACTS_H
#define PANTAVISOR_FACTS_H

#include <stddef.h>
#include <stdint.h>

/* struct sysinfo ends in an array whose length depends on the machine. */
struct pv_system_state {
	uint64_t uptime, loads[3], total, free, shared, buffers, total_swap, free_swap, processes, unit;
};
int pv_read_system_state(struct pv_system_state *state);

/* Writes an address (a struct sockaddr) of an interface as text: "ipv4", "ipv6" or "mac", NULL for any other kind. */
const char *pv_format_address(const void *address, char *text, size_t size);

/* A socket that can be read when an interface or an address of one changed. */
int pv_open_network_watch(void);

#endif
