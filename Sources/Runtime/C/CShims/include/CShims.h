/* System calls and constants that Swift cannot import: variadic functions, function-like macros, and what needs
 * _GNU_SOURCE. One line of reason per shim. */
#ifndef PANTAVISOR_CSHIMS_H
#define PANTAVISOR_CSHIMS_H

#include "boot.h"
#include "facts.h"
#include "log.h"
#include "process.h"
#include "workers.h"
#include "system.h"

#endif
