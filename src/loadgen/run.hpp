// SPDX-License-Identifier: Apache-2.0
// One round: starts the threads, watches them, merges what they counted.
#pragma once

#include <openssl/ssl.h>

#include <expected>
#include <functional>
#include <memory>
#include <string>

#include "loadgen/plan.hpp"
#include "loadgen/result.hpp"
#include "loadgen/run_control.hpp"

namespace shallop::loadgen {

// What there is to tell while a run goes on, after each interval.
struct Progress {
  int64_t elapsed_ns = 0;  // of the window
  Interval latest;
  uint64_t completed = 0;
  uint64_t failed = 0;
};

// Called by the thread that runs the plan.
using Observer = std::function<void(const Progress&)>;

// Blocks until the round is over. `control` is fresh, and may stop it. Throws std::bad_alloc, and std::system_error
// when the host gives no thread or descriptor.
std::unique_ptr<Result> run_plan(const Plan& plan, RunControl& control, SSL_CTX* tls, const Observer& observer);

// The soft limit of descriptors is raised as far as the plan needs. The error is a sentence with the limit and the
// need.
std::expected<void, std::string> provide_descriptors(const Plan& plan);

}  // namespace shallop::loadgen
