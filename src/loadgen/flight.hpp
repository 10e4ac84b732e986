// SPDX-License-Identifier: Apache-2.0
// A request on its way, and what became of it: what the protocols' clients and the worker tell each other.
#pragma once

#include <cstdint>
#include <optional>

#include "loadgen/failure.hpp"

namespace shallop::loadgen {

struct Flight {
  int64_t due_ns = 0;   // when it was to be sent
  int64_t sent_ns = 0;  // when it was; without a rate the same
  uint32_t target = 0;  // index in the plan
};

struct Answer {
  Flight flight;
  int status = 0;
  bool body_matches = true;
  std::optional<Failure> failure;  // of this request alone; the response is whole when there is none
};

// What a client made of received bytes.
struct Reception {
  std::optional<Failure> failure;  // of the connection: it and all its flights are lost
  bool close = false;              // the connection will take no further request
};

}  // namespace shallop::loadgen
