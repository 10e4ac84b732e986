// SPDX-License-Identifier: Apache-2.0
// The IPv4 text functions of <arpa/inet.h> that wasi-libc leaves out. It has inet_pton, inet_ntop and inet_aton.
#include <arpa/inet.h>

extern "C" {

in_addr_t inet_addr(const char* text) {
  in_addr address{};
  return inet_aton(text, &address) != 0 ? address.s_addr : INADDR_NONE;
}

char* inet_ntoa(in_addr address) {
  static char text[INET_ADDRSTRLEN];
  inet_ntop(AF_INET, &address, text, sizeof text);
  return text;
}

}  // extern "C"
