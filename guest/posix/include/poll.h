/* SPDX-License-Identifier: Apache-2.0 */
/* wasi-libc's <poll.h> and the conditions that preview1 cannot report: they are accepted and never returned. */
#ifndef SHALLOP_POLL_H
#define SHALLOP_POLL_H

#include_next <poll.h>

#define POLLPRI 0x0010
#define POLLRDBAND 0x0020
#define POLLWRBAND 0x0040

/* The peer has shut down its sending side: returned with POLLIN when asked for. */
#define POLLRDHUP 0x0080

#endif
