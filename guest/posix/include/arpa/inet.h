/* SPDX-License-Identifier: Apache-2.0 */
/* wasi-libc's <arpa/inet.h> and the older IPv4-only functions that it leaves out. */
#ifndef SHALLOP_ARPA_INET_H
#define SHALLOP_ARPA_INET_H

#include_next <arpa/inet.h>
#include <netinet/in.h>

#ifdef __cplusplus
extern "C" {
#endif

in_addr_t inet_addr(const char* text);
char* inet_ntoa(struct in_addr address);

#ifdef __cplusplus
}
#endif

#endif
