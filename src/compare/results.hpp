// SPDX-License-Identifier: Apache-2.0
// What a comparison measured: the content of report.json, from which every report is made. docs/compare.schema.json
// describes it.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <expected>
#include <map>
#include <string>
#include <vector>

namespace shallop::compare {

// A second, or what was left of one.
struct Second {
  double begin_s = 0;
  double requests_per_s = 0;
  double p99_ms = 0;
};

// One measurement: a variant under a load, once in a block.
struct Measurement {
  unsigned block = 0;
  unsigned position = 0;  // of the variant in its block
  unsigned attempt = 0;   // repeated because the one before was disturbed
  std::string variant;
  std::string load;
  std::string failure;  // why there are no figures; empty: there are
  double window_s = 0;
  uint64_t completed = 0;
  uint64_t failed = 0;
  std::string first_error;
  double requests_per_s = 0;
  std::map<std::string, double> percentiles_ms;    // "p99.9"
  std::map<std::string, uint64_t> samples_beyond;  // the same keys
  double server_cpu_us_per_request = 0;
  double server_share = 0;     // of one processor
  double generator_share = 0;  // of one processor
  double generator_cpu_us_per_request = 0;
  bool generator_was_limit = false;
  double foreign_share = 0;  // of all processors, used by processes that are not the comparison's
  double stolen_share = 0;   // of all processors, by the hypervisor
  bool is_disturbed = false;
  double load_average = 0;
  std::vector<Second> seconds;
};

struct VariantResult {
  std::string name;  // "native", "native, docker", "echo: native, docker": unique
  std::string service;
  std::string engine;
  std::string place;
  bool optional = false;
  std::string unavailable;  // why it was not measured at all; empty: it was
  std::vector<std::string> command;
  std::string engine_version;
  std::string artefact;
  std::string artefact_sha256;
  uint64_t artefact_bytes = 0;
  double compile_s = 0;           // to make the artefact; 0: nothing is made
  std::vector<double> starts_ms;  // from the launch to the first answer
  uint64_t peak_resident_kib = 0;
  std::map<std::string, double> system_calls_per_request;  // by load
};

struct LoadResult {
  std::string name;
  std::string path;
  unsigned connections = 0;
  std::vector<std::string> places;  // where it was measured; empty: everywhere

  bool is_for(const std::string& place) const;
};

struct Results {
  int schema = 1;
  std::string shallop;
  std::string title;
  std::string plan_hash;  // a comparison goes on only with the same plan
  std::vector<std::string> arguments;
  std::string started_at;  // UTC
  double elapsed_s = 0;
  bool complete = false;
  uint64_t seed = 0;
  unsigned blocks = 0;
  double duration_s = 0;
  double warmup_s = 0;
  double margin = 0;
  std::vector<int> server_cores;  // empty: not pinned
  std::vector<int> generator_cores;
  std::map<std::string, std::string> machine;
  std::vector<LoadResult> loads;
  std::vector<VariantResult> variants;
  std::vector<Measurement> runs;     // in the order of time
  std::vector<std::string> remarks;  // sentences for the reader: what was busy, what was left out
};

// The error is a sentence with the file's name.
std::expected<Results, std::string> read_results(const std::string& path);
// Whole or not at all.
std::expected<void, std::string> write_file(const std::string& path, std::string_view text);
std::string to_text(const Results& results);

}  // namespace shallop::compare
