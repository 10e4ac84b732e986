// SPDX-License-Identifier: Apache-2.0
#include "compare/generator_report.hpp"

namespace shallop::compare {

void read_generator_report(const nlohmann::json& report, Measurement& run) {
  const nlohmann::json& details = report.at("shallop");
  run.window_s = details.at("window_ns").get<double>() / 1e9;
  run.completed = details.at("completed").get<uint64_t>();
  run.requests_per_s = run.window_s > 0 ? static_cast<double>(run.completed) / run.window_s : 0;
  const nlohmann::json& errors = details.at("errors");
  run.failed = errors.at("total").get<uint64_t>();
  if (!errors.at("messages").empty()) run.first_error = errors.at("messages").front().at("message").get<std::string>();
  for (const auto& [name, value] : details.at("response").at("percentiles_ns").items()) {
    run.percentiles_ms[name] = value.get<double>() / 1e6;
  }
  run.samples_beyond = details.at("response").at("samples_beyond").get<std::map<std::string, uint64_t>>();
  run.generator_share = details.at("generator").at("busiest_share").get<double>();
  run.generator_was_limit = details.at("generator").at("was_limit").get<bool>();
  for (const nlohmann::json& each : details.at("series")) {
    const double length_s = each.at("length_ns").get<double>() / 1e9;
    if (length_s <= 0) continue;
    run.seconds.push_back({.begin_s = each.at("begin_ns").get<double>() / 1e9,
                           .requests_per_s = each.at("completed").get<double>() / length_s,
                           .p99_ms = each.at("p99_ns").get<double>() / 1e6});
  }
}

}  // namespace shallop::compare
