/* SPDX-License-Identifier: Apache-2.0 */
/* Takes the place of wasi-libc's struct sockaddr, which has no room for an address behind the family. */
#ifndef __wasilibc___struct_sockaddr_h
#define __wasilibc___struct_sockaddr_h

#include <__typedef_sa_family_t.h>

struct sockaddr {
  sa_family_t sa_family;
  char sa_data[14];
};

#endif
