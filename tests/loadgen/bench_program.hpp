// SPDX-License-Identifier: Apache-2.0
// `shallop bench` as a user starts it, and what it said.
#pragma once

#include <netdb.h>

#include <nlohmann/json.hpp>

#include <memory>
#include <string>
#include <vector>

#include "cli/process.hpp"

namespace shallop::loadgen {

struct BenchRun {
  std::string out;
  std::string err;
  int status = 0;
  nlohmann::json json;  // of the last round, when it was asked for

  const nlohmann::json& details() const { return json.at("shallop"); }
  uint64_t errors(const char* kind) const { return details().at("errors").at("by_kind").at(kind).get<uint64_t>(); }
  uint64_t total_errors() const { return details().at("errors").at("total").get<uint64_t>(); }
  uint64_t completed() const { return json.at("requests_total").get<uint64_t>(); }
  double percentile_ms(const char* histogram, const char* name) const {
    return details().at(histogram).at("percentiles_ns").at(name).get<double>() / 1e6;
  }
};

// `arguments` are split at blanks; `more` are taken as they are.
using More = std::vector<std::string>;
std::unique_ptr<cli::Process> start_bench(const std::string& arguments, const More& more = {});
BenchRun finish_bench(cli::Process& process);
BenchRun bench(const std::string& arguments, const More& more = {});
BenchRun bench_json(const std::string& arguments, const More& more = {});  // with --json --quiet

// A root without /etc/hosts, as debootstrap makes one, does not.
inline bool knows_localhost() {
  addrinfo* found = nullptr;
  if (::getaddrinfo("localhost", nullptr, nullptr, &found) != 0) return false;
  ::freeaddrinfo(found);
  return true;
}

}  // namespace shallop::loadgen
