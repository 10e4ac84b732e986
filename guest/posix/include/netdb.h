/* SPDX-License-Identifier: Apache-2.0 */
/* Name resolution (POSIX <netdb.h>), which wasi-libc lacks. The numbers are Linux's. */
#ifndef SHALLOP_NETDB_H
#define SHALLOP_NETDB_H

#include <netinet/in.h>
#include <sys/socket.h>

struct addrinfo {
  int ai_flags;
  int ai_family;
  int ai_socktype;
  int ai_protocol;
  socklen_t ai_addrlen;
  struct sockaddr* ai_addr;
  char* ai_canonname;
  struct addrinfo* ai_next;
};

#define AI_PASSIVE 0x01
#define AI_CANONNAME 0x02
#define AI_NUMERICHOST 0x04
#define AI_V4MAPPED 0x08
#define AI_ALL 0x10
#define AI_ADDRCONFIG 0x20
#define AI_NUMERICSERV 0x400

#define EAI_BADFLAGS -1
#define EAI_NONAME -2
#define EAI_AGAIN -3
#define EAI_FAIL -4
#define EAI_NODATA -5
#define EAI_FAMILY -6
#define EAI_SOCKTYPE -7
#define EAI_SERVICE -8
#define EAI_ADDRFAMILY -9
#define EAI_MEMORY -10
#define EAI_SYSTEM -11
#define EAI_OVERFLOW -12

#define NI_NUMERICHOST 0x01
#define NI_NUMERICSERV 0x02
#define NI_NOFQDN 0x04
#define NI_NAMEREQD 0x08
#define NI_DGRAM 0x10
#define NI_MAXHOST 1025
#define NI_MAXSERV 32

struct hostent {
  char* h_name;
  char** h_aliases;
  int h_addrtype;
  int h_length;
  char** h_addr_list;
};
#define h_addr h_addr_list[0]

#define HOST_NOT_FOUND 1
#define TRY_AGAIN 2
#define NO_RECOVERY 3
#define NO_DATA 4

#ifdef __cplusplus
extern "C" {
#endif

int getaddrinfo(const char* __restrict node, const char* __restrict service, const struct addrinfo* __restrict hints,
                struct addrinfo** __restrict result);
void freeaddrinfo(struct addrinfo* list);
const char* gai_strerror(int code);

/* There is no reverse look-up in the socket extension: the answer is numeric, and NI_NAMEREQD fails. */
int getnameinfo(const struct sockaddr* __restrict address, socklen_t length, char* __restrict host, socklen_t host_size,
                char* __restrict service, socklen_t service_size, int flags);

/* IPv4 only, as its callers expect; the result lives until the next call. */
struct hostent* gethostbyname(const char* name);
extern int h_errno;

#ifdef __cplusplus
}
#endif

#endif
