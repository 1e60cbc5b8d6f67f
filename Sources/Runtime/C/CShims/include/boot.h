/* What the first process of a machine needs from the kernel: requests of ioctl, which is variadic, structures that Swift
 * imports badly, and calls without a wrapper in the C library. Each returns what the system call returns, with errno
 * set, unless it says otherwise. */
#ifndef PANTAVISOR_BOOT_H
#define PANTAVISOR_BOOT_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Waits for one of the signals; its number, and who sent it. 0 when the time is over; negative = no limit. */
int pv_wait_signal(const sigset_t *signals, int64_t milliseconds, pid_t *sender);

/* Milliseconds since boot. */
int64_t pv_uptime(void);

/* A stream of what happens to devices (`man 7 netlink`, NETLINK_KOBJECT_UEVENT). */
int pv_open_uevents(void);
/* The bytes of one message that the kernel sent; 0 for another sender's, -1 with EAGAIN when there is none. */
ssize_t pv_read_uevent(int stream, char *buffer, size_t size);

/* makedev is a macro. */
dev_t pv_device_number(uint32_t major, uint32_t minor);
/* Bytes of a block device. */
int pv_device_size(int device, uint64_t *bytes);
/* Grows a mounted ext4 to so many blocks. */
int pv_grow_ext4(int directory, uint64_t blocks);

int pv_interface_up(const char *name);
/* Address and mask in network order. */
int pv_interface_address(const char *name, uint32_t address, uint32_t mask);
/* 0 when it exists afterwards. */
int pv_add_bridge(const char *name);

/* What the watchdog can do: bit 0 stops when told so, bit 1 takes a timeout. */
enum { PV_WATCHDOG_STOPS = 1, PV_WATCHDOG_TAKES_TIMEOUT = 2 };
int pv_watchdog_abilities(int watchdog);
/* Sets the timeout; the seconds that the hardware made of it. */
int pv_watchdog_timeout(int watchdog, int seconds);
int pv_watchdog_pet(int watchdog);

/* Ctrl-alt-del at the keyboard becomes SIGINT of the first process. */
int pv_take_ctrl_alt_del(void);
/* Ends the machine; the argument, if any, is for its firmware. Returns only when the kernel refuses. */
int pv_reboot(const char *argument);
int pv_power_off(void);

int pv_socket_pair(int fds[2]);

/* Starts a program in a session of its own with default signals. A terminal becomes its standard descriptors and
 * controls it; without one it reads nothing and writes to `output`, or where we do when that is -1. Gives an error
 * number. */
int pv_spawn_session(pid_t *pid, const char *path, char *const *arguments, char *const *environment,
	const char *terminal, int output);

#endif
