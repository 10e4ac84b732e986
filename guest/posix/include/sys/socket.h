/* SPDX-License-Identifier: Apache-2.0 */
/* wasi-libc's <sys/socket.h> and what it leaves out. Numbers that wasi-libc defines stay its own; the others are
 * Linux's. */
#ifndef SHALLOP_SYS_SOCKET_H
#define SHALLOP_SYS_SOCKET_H

#include_next <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifndef PF_INET /* later wasi-libc defines AF_INET by it */
#define PF_UNSPEC AF_UNSPEC
#define PF_INET AF_INET
#define PF_INET6 AF_INET6
#endif
#define PF_UNIX AF_UNIX
#define PF_LOCAL AF_UNIX
#define AF_LOCAL AF_UNIX

#define SO_DEBUG 1
#define SO_REUSEADDR 2
/* SO_TYPE is wasi-libc's 3 */
#define SO_ERROR 4
#define SO_DONTROUTE 5
#define SO_BROADCAST 6
#define SO_SNDBUF 7
#define SO_RCVBUF 8
#define SO_KEEPALIVE 9
#define SO_OOBINLINE 10
#define SO_LINGER 13
#define SO_REUSEPORT 15
#define SO_RCVLOWAT 18
#define SO_SNDLOWAT 19
#define SO_BINDTODEVICE 25
#define SO_ACCEPTCONN 30
#define SO_PROTOCOL 38
#define SO_DOMAIN 39
#define SO_RCVTIMEO 66
#define SO_SNDTIMEO 67

#define SOMAXCONN 4096

#undef MSG_TRUNC /* wasi-libc's names a constant that it does not have */
#define MSG_TRUNC 0x0100
#define MSG_OOB 0x0010
#define MSG_DONTROUTE 0x0020
#define MSG_DONTWAIT 0x0040
#define MSG_CTRUNC 0x0080
#define MSG_NOSIGNAL 0x4000
#define MSG_MORE 0x8000

#ifdef __cplusplus
extern "C" {
#endif

int socket(int domain, int type, int protocol);
int bind(int fd, const struct sockaddr* address, socklen_t length);
int listen(int fd, int backlog);
int connect(int fd, const struct sockaddr* address, socklen_t length);

int getsockname(int fd, struct sockaddr* __restrict address, socklen_t* __restrict length);
int getpeername(int fd, struct sockaddr* __restrict address, socklen_t* __restrict length);

ssize_t sendto(int fd, const void* data, size_t size, int flags, const struct sockaddr* address, socklen_t length);
ssize_t recvfrom(int fd, void* __restrict data, size_t size, int flags, struct sockaddr* __restrict address,
                 socklen_t* __restrict length);
ssize_t sendmsg(int fd, const struct msghdr* message, int flags);
ssize_t recvmsg(int fd, struct msghdr* message, int flags);

int setsockopt(int fd, int level, int name, const void* value, socklen_t length);

#ifdef __cplusplus
}
#endif

#endif
