/* attach_options.h uses EBADF without including <errno.h>. */
#include <errno.h>
#include <lxc/lxccontainer.h>
#include <lxc/attach_options.h>
