// SPDX-License-Identifier: Apache-2.0
#include "unit/compare/sample_results.hpp"

#include <array>

namespace shallop::compare {
namespace {

Measurement run_of(const std::string& variant, unsigned block, double requests_per_s) {
  Measurement run;
  run.block = block;
  run.variant = variant;
  run.load = "/, 8 connections";
  run.window_s = 2;
  run.completed = static_cast<uint64_t>(2 * requests_per_s);
  run.requests_per_s = requests_per_s;
  run.percentiles_ms = {{"p50", 1.25}, {"p75", 1.5},  {"p90", 2},    {"p95", 3},
                        {"p99", 10},   {"p99.9", 12}, {"p99.99", 13}};
  run.samples_beyond = {{"p50", 900}, {"p75", 450}, {"p90", 180}, {"p95", 90},
                        {"p99", 18},  {"p99.9", 1}, {"p99.99", 0}};
  run.server_cpu_us_per_request = 8;
  run.server_share = 0.9;
  run.generator_share = 0.5;
  run.seconds = {{0, requests_per_s, 10}, {1, requests_per_s, 9}};
  return run;
}

VariantResult variant_of(const std::string& engine) {
  VariantResult variant;
  variant.name = engine + ", bare";
  variant.service = "echo";
  variant.engine = engine;
  variant.place = "bare";
  variant.command = {"/opt/" + engine, "{port}"};
  variant.artefact = "/opt/" + engine;
  variant.artefact_sha256 = "0123456789abcdef";
  variant.artefact_bytes = 65536;
  variant.starts_ms = {2, 3, 4};
  variant.peak_resident_kib = 3072;
  variant.system_calls_per_request = {{"/, 8 connections", 2.2}};
  return variant;
}

}  // namespace

Results sample_results(const std::vector<double>& ratios) {
  constexpr std::array native{1000.0, 1100.0, 900.0, 1050.0, 950.0};
  Results results;
  results.shallop = "0.0.0";
  results.title = "A <sample> & more";
  results.complete = true;
  results.seed = 7;
  results.blocks = static_cast<unsigned>(ratios.size());
  results.duration_s = 2;
  results.margin = 0.03;
  results.machine = {{"processor", "a processor"}, {"processors", "2"}};
  results.loads = {{"/, 8 connections", "/", 8, {}}};
  results.variants = {variant_of("native"), variant_of("shallop-native")};
  for (unsigned block = 1; block <= results.blocks; ++block) {
    const double rate = native[(block - 1) % native.size()];
    results.runs.push_back(run_of("native, bare", block, rate));
    results.runs.push_back(run_of("shallop-native, bare", block, rate * ratios[block - 1]));
  }
  return results;
}

void add_container(Results& results, double ratio) {
  const auto in_container = [](std::string name) { return name.replace(name.rfind("bare"), 4, "docker-host"); };
  const std::vector<VariantResult> variants = results.variants;
  for (VariantResult each : variants) {
    each.name = in_container(each.name);
    each.place = "docker-host";
    results.variants.push_back(each);
  }
  const std::vector<Measurement> runs = results.runs;
  for (Measurement each : runs) {
    each.variant = in_container(each.variant);
    each.requests_per_s *= ratio;
    results.runs.push_back(each);
  }
}

}  // namespace shallop::compare
