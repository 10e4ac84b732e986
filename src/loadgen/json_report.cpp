// SPDX-License-Identifier: Apache-2.0
#include "loadgen/json_report.hpp"

#include <fmt/format.h>

#include <array>

#include "loadgen/histogram_export.hpp"

namespace shallop::loadgen {
namespace {

using Json = nlohmann::ordered_json;

constexpr int schema_version = 1;

double in_ms(double ns) { return ns / 1e6; }

struct Point {
  std::string_view name;
  double share;
};
constexpr std::array points{Point{"p50", 0.50}, Point{"p75", 0.75},    Point{"p90", 0.90},     Point{"p95", 0.95},
                            Point{"p99", 0.99}, Point{"p99.9", 0.999}, Point{"p99.99", 0.9999}};

Json times(const Histogram& histogram) {
  Json json{{"count", histogram.count()},
            {"min_ns", histogram.min_ns()},
            {"max_ns", histogram.max_ns()},
            {"mean_ns", histogram.mean_ns()},
            {"stdev_ns", histogram.standard_deviation_ns()}};
  Json percentiles = Json::object();
  Json beyond = Json::object();
  for (const Point& point : points) {
    percentiles[std::string(point.name)] = histogram.percentile_ns(point.share);
    beyond[std::string(point.name)] = histogram.count_beyond(point.share);
  }
  json["percentiles_ns"] = std::move(percentiles);
  json["samples_beyond"] = std::move(beyond);
  json["hdr_v2"] = compressed_base64(histogram);
  return json;
}

Json slowest_means(const Histogram& histogram) {
  constexpr std::array shares{Point{"0.1%", 0.001}, Point{"1%", 0.01},  Point{"5%", 0.05},
                              Point{"10%", 0.1},    Point{"25%", 0.25}, Point{"50%", 0.5}};
  Json json = Json::object();
  for (const Point& share : shares) json[std::string(share.name)] = histogram.slowest_mean_ns(share.share);
  return json;
}

Json errors(const Result& result) {
  Json by_kind = Json::object();
  for (const std::string_view name : failure_names) by_kind[std::string(name)] = 0;
  Json messages = Json::array();
  for (const FailureCount& each : result.failures) {
    Json& count = by_kind[std::string(failure_names[static_cast<size_t>(each.failure.kind)])];
    count = count.get<uint64_t>() + each.count;
    messages.push_back({{"count", each.count}, {"message", describe(each.failure)}});
  }
  return {{"total", result.failed()}, {"by_kind", std::move(by_kind)}, {"messages", std::move(messages)}};
}

Json series(const Result& result) {
  Json json = Json::array();
  for (const Interval& each : result.series) {
    json.push_back({{"begin_ns", each.begin_ns},
                    {"length_ns", each.length_ns},
                    {"completed", each.completed},
                    {"failed", each.failed},
                    {"bytes", each.bytes},
                    {"p50_ns", each.p50_ns},
                    {"p99_ns", each.p99_ns}});
  }
  return json;
}

Json statuses(const Result& result) {
  Json json = Json::object();
  for (const auto& [status, count] : result.statuses) json[fmt::format("{}", status)] = count;
  return json;
}

Json generator(const Result& result) {
  Json threads = Json::array();
  for (const ThreadUse& each : result.threads) {
    threads.push_back({{"busy_share", each.busy_share}, {"waiting_share", each.waiting_share}});
  }
  return {{"threads", std::move(threads)},
          {"busiest_share", result.busiest_share()},
          {"was_limit", !generator_warning(result).empty()}};
}

std::string_view name_of(Ending ending) {
  switch (ending) {
    case Ending::duration: return "duration";
    case Ending::requests: return "requests";
    case Ending::error_budget: return "error-budget";
    case Ending::interrupted: return "interrupted";
    case Ending::server_gone: return "server-gone";
  }
  return "";
}

Json particulars(const Result& result, const JsonContext& context) {
  Json json{{"schema", schema_version},
            {"version", context.version},
            {"arguments", context.arguments},
            {"round", context.round},
            {"started_at_s", result.started_at_s},
            {"window_ns", result.window_ns},
            {"ending", name_of(result.ending)},
            {"connections", {{"wanted", result.connections}, {"at_start", result.connected}}},
            {"completed", result.completed()},
            {"errors", errors(result)},
            {"statuses", statuses(result)},
            {"in_flight", {{"count", result.in_flight}, {"oldest_ns", result.oldest_in_flight_ns}}},
            {"silence", {{"begin_ns", result.silence.begin_ns}, {"length_ns", result.silence.length_ns}}},
            {"response", times(result.response)}};
  json["slowest_means_ns"] = slowest_means(result.response);
  if (result.pace) {
    json["service"] = times(result.service);
    json["send_lag"] = times(result.send_lag);
    json["rate"] = {{"offered_per_s", result.pace->offered_per_s},
                    {"achieved_per_s", result.pace->achieved_per_s},
                    {"waited", result.pace->waited},
                    {"overdue", result.pace->overdue}};
  }
  json["connect"] = times(result.connect);
  json["unexpected"] = times(result.unexpected);
  json["series"] = series(result);
  json["generator"] = generator(result);
  return json;
}

}  // namespace

nlohmann::ordered_json json_report(const Result& result, const JsonContext& context) {
  Json json;
  const bool none = result.completed() == 0;
  const auto unless_none = [&](double value) { return none ? Json(nullptr) : Json(value); };
  json["latency_avg"] = unless_none(in_ms(result.response.mean_ns()));
  json["latency_max"] = unless_none(in_ms(static_cast<double>(result.response.max_ns())));
  json["latency_min"] = unless_none(in_ms(static_cast<double>(result.response.min_ns())));
  json["latency_std_deviation"] = unless_none(in_ms(result.response.standard_deviation_ns()));
  json["requests_avg"] = unless_none(result.requests_per_s());
  json["requests_total"] = result.completed();
  json["transfer_rate"] = unless_none(result.bytes_per_s());
  json["transfer_total"] = unless_none(static_cast<double>(result.bytes_received));
  json["shallop"] = particulars(result, context);
  return json;
}

}  // namespace shallop::loadgen
