// SPDX-License-Identifier: Apache-2.0
// One request at a time, to a server on loopback: whether it answers, and what. Not for measuring load.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

namespace shallop::compare {

struct ProbeAnswer {
  int status = 0;
  std::string body;
  bool operator==(const ProbeAnswer&) const = default;
};

// GET over a connection of its own. The error is a sentence without its subject: "it does not answer within 10 s".
std::expected<ProbeAnswer, std::string> fetch(uint16_t port, const std::string& path, int timeout_s);

bool accepts_connections(uint16_t port);

// On which nobody listens now.
std::expected<uint16_t, std::string> find_free_port();

// Of a whole response as it came. The error is a sentence.
std::expected<ProbeAnswer, std::string> parse_answer(std::string_view response);

}  // namespace shallop::compare
