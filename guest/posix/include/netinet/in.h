/* SPDX-License-Identifier: Apache-2.0 */
/* wasi-libc's <netinet/in.h> over our <sys/socket.h> and address structures. */
#ifndef SHALLOP_NETINET_IN_H
#define SHALLOP_NETINET_IN_H

#include_next <netinet/in.h>
#include <sys/socket.h>

#endif
