// SPDX-License-Identifier: Apache-2.0
#include "compare/results.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <system_error>

namespace shallop::compare {
namespace {

using Json = nlohmann::json;

}  // namespace

NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Second, begin_s, requests_per_s, p99_ms)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Measurement, block, position, attempt, variant, load, failure, window_s, completed,
                                   failed, first_error, requests_per_s, percentiles_ms, samples_beyond,
                                   server_cpu_us_per_request, server_share, generator_share,
                                   generator_cpu_us_per_request, generator_was_limit, foreign_share, stolen_share,
                                   is_disturbed, load_average, seconds)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(VariantResult, name, service, engine, place, optional, unavailable, command,
                                   engine_version, artefact, artefact_sha256, artefact_bytes, compile_s, starts_ms,
                                   peak_resident_kib, system_calls_per_request)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE_WITH_DEFAULT(LoadResult, name, path, connections, places)
NLOHMANN_DEFINE_TYPE_NON_INTRUSIVE(Results, schema, shallop, title, plan_hash, arguments, started_at, elapsed_s,
                                   complete, seed, blocks, duration_s, warmup_s, margin, server_cores, generator_cores,
                                   machine, loads, variants, runs, remarks)

bool LoadResult::is_for(const std::string& place) const {
  return places.empty() || std::ranges::find(places, place) != places.end();
}

std::string to_text(const Results& results) {
  return Json(results).dump(1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::expected<Results, std::string> read_results(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::unexpected(fmt::format("{}: there is no such file, or it cannot be read", path));
  try {
    const Json json = Json::parse(file);
    if (json.at("schema") != 1) {
      return std::unexpected(fmt::format("{}: its schema is {}; this version reads 1", path, json.at("schema").dump()));
    }
    return json.get<Results>();
  } catch (const Json::exception& error) {
    return std::unexpected(fmt::format("{}: it is no report of shallop compare: {}", path, error.what()));
  }
}

std::expected<void, std::string> write_file(const std::string& path, std::string_view text) {
  const std::string unfinished = path + ".new";
  std::ofstream file(unfinished, std::ios::binary);
  file << text;
  file.close();
  if (!file || std::rename(unfinished.c_str(), path.c_str()) != 0) {
    return std::unexpected(fmt::format("{}: it cannot be written: {}", path, std::generic_category().message(errno)));
  }
  return {};
}

}  // namespace shallop::compare
