// SPDX-License-Identifier: Apache-2.0
// Sockets that listen on the host and are handed into a container, which then needs no network of its own: neither a
// bridge nor address translation is between it and its clients. Only what the operator lists may be listened on, as
// images and users of the engine name the addresses.
#pragma once

#include <sys/socket.h>

#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/unique_fd.hpp"

namespace shallop::oci {

// Of the first; a process is started with them from here on, as sd_listen_fds(3) has it.
inline constexpr int first_inherited = 3;

struct ListenAddress {
  std::string text;  // as it was written
  sockaddr_storage socket{};
  socklen_t size = 0;
};

// Addresses ADDR:PORT with commas between them, [ADDR]:PORT for IPv6. The error is what may be written instead.
std::expected<std::vector<ListenAddress>, std::string> parse_listen_addresses(std::string_view text);

// Whether one of `rules` is for the address: ADDR:PORT or ADDR:FIRST-LAST, with * for any address.
bool is_allowed(const ListenAddress& address, std::span<const std::string> rules);
// Whether it can be a rule.
bool is_listen_rule(std::string_view rule);

// Sockets that listen on this machine, in the order of `addresses`. The error is a sentence.
std::expected<std::vector<UniqueFd>, std::string> open_listeners(std::span<const ListenAddress> addresses);

// Leaves them to the program that this process becomes, from `first_inherited` on. It is the last thing before that:
// what this process has open at one of these numbers is neither overwritten nor closed later, it is an error. The error
// is a sentence.
std::expected<void, std::string> hand_over(std::span<const UniqueFd> listeners);

}  // namespace shallop::oci
