// SPDX-License-Identifier: Apache-2.0
#include "cli/bench_options.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "base/parse_number.hpp"
#include "cli/command_line.hpp"
#include "embedder/diagnostics.hpp"
#include "loadgen/duration.hpp"
#include "loadgen/targets.hpp"

namespace shallop::cli {
namespace {

// The values as they were typed.
struct Typed {
  std::vector<std::string> hosts;
  std::string connections = "1";
  std::string threads = "1";
  std::string duration;
  std::string requests;
  std::string warmup;
  std::string rate;
  std::string rounds = "1";
  std::string method = "GET";
  std::vector<std::string> headers;
  std::string body;
  std::string body_file;
  std::string request_file;
  std::string unix_path;
  std::string streams = "1";
  std::string timeout;
  std::string connect_timeout;
  std::string authorities_file;
  std::string expected_status;
  std::optional<std::string> expected_body;
  std::string max_errors;
  std::string output_file;
  std::string histogram_file;
  bool percentiles = false;
  bool json = false;
  bool http2 = false;
  bool no_keepalive = false;
  bool insecure = false;
  bool quiet = false;
};

CLI::Option* repeatable(CLI::Option* option) { return option->take_all()->allow_extra_args(false); }

void add_load_options(CLI::App& app, Typed& typed) {
  repeatable(app.add_option("-h,--host", typed.hosts, "What to ask for; several are asked in turn"))
      ->option_text("URL");
  app.add_option("-c,--connections", typed.connections, "Connections, over all threads (1)")->option_text("N");
  app.add_option("-t,--threads", typed.threads, "Threads, at most one per connection (1)")->option_text("N");
  app.add_option("-d,--duration", typed.duration, "How long to measure: 15s, 1m30s, 500ms")->option_text("D");
  app.add_option("-n,--requests", typed.requests, "How many requests to measure")->option_text("N");
  app.add_option("--warmup", typed.warmup, "Load before the measuring, not counted")->option_text("D");
  app.add_option("-R,--rate", typed.rate,
                 "Send that many requests per second on a schedule, and measure from the scheduled moment; without it "
                 "each connection sends when it has its response")
      ->option_text("N");
  app.add_option("-r,--rounds", typed.rounds, "Measure that many times (1)")->option_text("N");
}

void add_request_options(CLI::App& app, Typed& typed) {
  app.add_option("-m,--method", typed.method, "Method (GET)")->option_text("METHOD");
  repeatable(app.add_option("-H,--header", typed.headers, "A header field"))->option_text("'NAME: VALUE'");
  app.add_option("-b,--body", typed.body, "Body")->option_text("TEXT");
  app.add_option("--body-file", typed.body_file, "Body, from a file")->option_text("FILE");
  app.add_option("--request-file", typed.request_file, "Requests, one a line: [METHOD] URL [@BODYFILE]")
      ->option_text("FILE");
  app.add_flag("--http2", typed.http2, "Speak HTTP/2")->disable_flag_override();
  app.add_option("--streams", typed.streams, "Requests in flight on each connection, with --http2 (1)")
      ->option_text("N");
  app.add_flag("--no-keepalive", typed.no_keepalive, "A connection for each request")->disable_flag_override();
  app.add_option("--unix", typed.unix_path, "Connect to this Unix socket instead of the URL's host")
      ->option_text("PATH");
  app.add_flag("--insecure", typed.insecure, "Take any certificate")->disable_flag_override();
  app.add_option("--cacert", typed.authorities_file, "Certificates of authorities instead of the system's")
      ->option_text("FILE");
  app.add_option("--timeout", typed.timeout, "Give a request up after that (30s)")->option_text("D");
  app.add_option("--connect-timeout", typed.connect_timeout, "Give connecting up after that (5s)")->option_text("D");
}

void add_judgement_options(CLI::App& app, Typed& typed) {
  app.add_option("--expect-status", typed.expected_status, "What is a success: 200,204 or 2xx (2xx,3xx)")
      ->option_text("LIST");
  app.add_option("--expect-body", typed.expected_body, "Another body than this is an error")->option_text("TEXT");
  app.add_option("--max-errors", typed.max_errors, "End when there are more; or a share, as in 1%, judged at the end")
      ->option_text("N|P%");
  app.add_flag("--pct", typed.percentiles, "Show the table of percentiles")->disable_flag_override();
  app.add_flag("--json", typed.json, "Print a line of JSON per round instead of text")->disable_flag_override();
  app.add_option("-o,--output", typed.output_file, "Write the JSON to FILE, beside what is printed")
      ->option_text("FILE");
  app.add_option("--histogram", typed.histogram_file,
                 "Write the response times for HdrHistogram's tools: FILE.hlog, or percentiles to FILE.hgrm")
      ->option_text("FILE");
  app.add_flag("--quiet", typed.quiet, "Show no progress")->disable_flag_override();
  app.footer(
      "Examples:\n"
      "  shallop bench -c 8 -t 4 -d 15s -h http://127.0.0.1:8080 --pct\n"
      "  shallop bench -c 64 -d 30s --warmup 5s --rate 4000 -h http://127.0.0.1:8080 --json\n"
      "  shallop bench -c 2 -n 1000 --max-errors 0 --expect-status 200 -h https://example.org/\n");
}

template <class Number>
Number number_of(std::string_view option, std::string_view text, Number least, Number most) {
  const auto number = parse_number<Number>(text, least, most);
  if (!number) throw UsageError(fmt::format("{} {}: it is a number from {} to {}", option, text, least, most));
  return *number;
}

int64_t parse_duration_option(std::string_view option, std::string_view text) {
  const auto duration = loadgen::parse_duration(text);
  if (!duration) throw UsageError(fmt::format("{}: {}", option, duration.error()));
  if (*duration == 0) throw UsageError(fmt::format("{} {}: it is longer than nothing", option, text));
  return *duration;
}

// "200,204,3xx".
std::bitset<loadgen::status_count> parse_statuses(std::string_view text) {
  std::bitset<loadgen::status_count> statuses;
  for (std::string_view left = text; !left.empty();) {
    const size_t comma = std::min(left.find(','), left.size());
    const std::string_view item = left.substr(0, comma);
    left.remove_prefix(std::min(comma + 1, left.size()));
    const bool is_class = item.size() == 3 && item.ends_with("xx") && item[0] >= '1' && item[0] <= '5';
    if (is_class) {
      const auto first = static_cast<size_t>(item[0] - '0') * 100;
      for (size_t status = first; status < first + 100; ++status) statuses.set(status);
      continue;
    }
    const auto status = parse_number<size_t>(item, 100, loadgen::status_count - 1);
    if (!status) {
      throw UsageError(fmt::format("--expect-status {}: '{}' is no status: write 200, 200,204 or 2xx", text, item));
    }
    statuses.set(*status);
  }
  return statuses;
}

loadgen::ErrorBudget parse_error_budget(std::string_view text) {
  if (text.empty()) return {};
  if (!text.ends_with('%')) return {.count = number_of<uint64_t>("--max-errors", text, 0, UINT64_MAX), .share = {}};
  text.remove_suffix(1);
  return {.count = {}, .share = number_of<double>("--max-errors", text, 0, 100) / 100};
}

void set_load(loadgen::Plan& plan, const Typed& typed) {
  plan.connections = number_of<uint64_t>("-c", typed.connections, 1, 1'000'000);
  plan.threads = number_of<unsigned>("-t", typed.threads, 1, 1024);
  if (plan.threads > plan.connections) {
    throw UsageError(fmt::format("-t {}: there are only {} connections (-c), and a thread needs one at least",
                                 plan.threads, plan.connections));
  }
  if (typed.duration.empty() && typed.requests.empty()) {
    throw UsageError("how long is to be measured? -d 15s, or -n 10000 for a number of requests");
  }
  if (!typed.duration.empty()) plan.duration_ns = parse_duration_option("-d", typed.duration);
  if (!typed.requests.empty()) plan.requests = number_of<uint64_t>("-n", typed.requests, 1, UINT64_MAX);
  if (!typed.warmup.empty()) plan.warmup_ns = parse_duration_option("--warmup", typed.warmup);
  if (!typed.rate.empty()) plan.rate_per_s = number_of<double>("--rate", typed.rate, 0.001, 1e9);
  if (!typed.timeout.empty()) plan.timeout_ns = parse_duration_option("--timeout", typed.timeout);
  if (!typed.connect_timeout.empty()) {
    plan.connect_timeout_ns = parse_duration_option("--connect-timeout", typed.connect_timeout);
  }
  plan.http2 = typed.http2;
  plan.keep_alive = !typed.no_keepalive;
  plan.streams = number_of<unsigned>("--streams", typed.streams, 1, 10'000);
  if (plan.streams > 1 && !plan.http2) throw UsageError("--streams: HTTP/1.1 has one request in flight; take --http2");
  if (plan.http2 && !plan.keep_alive) throw UsageError("--no-keepalive is not for --http2");
}

loadgen::RequestDescription request_pattern(const Typed& typed) {
  loadgen::RequestDescription request;
  request.method = typed.method;
  for (char& each : request.method) each = static_cast<char>(std::toupper(static_cast<unsigned char>(each)));
  if (request.method.empty() ||
      !std::ranges::all_of(request.method, [](unsigned char c) { return std::isalpha(c) || c == '-'; })) {
    throw UsageError(fmt::format("-m {}: it is no method", typed.method));
  }
  for (const std::string& text : typed.headers) {
    const auto field = loadgen::parse_header_field(text);
    if (!field) throw UsageError(fmt::format("-H: {}", field.error()));
    request.headers.push_back(*field);
  }
  if (!typed.body.empty() && !typed.body_file.empty()) throw UsageError("-b and --body-file: there is one body");
  request.body = typed.body;
  if (!typed.body_file.empty()) {
    const auto body = loadgen::read_body(typed.body_file);
    if (!body) throw Error(fmt::format("--body-file: {}", body.error()));
    request.body = *body;
  }
  return request;
}

std::vector<loadgen::RequestDescription> requests_of(const Typed& typed) {
  const loadgen::RequestDescription pattern = request_pattern(typed);
  std::vector<loadgen::RequestDescription> requests;
  for (const std::string& host : typed.hosts) {
    const auto url = loadgen::parse_url(host);
    if (!url) throw UsageError(fmt::format("-h {}", url.error()));
    requests.push_back(pattern);
    requests.back().url = *url;
  }
  if (!typed.request_file.empty()) {
    const auto text = loadgen::read_body(typed.request_file);
    if (!text) throw Error(fmt::format("--request-file: {}", text.error()));
    const auto listed = loadgen::parse_request_file(*text, pattern);
    if (!listed) throw UsageError(fmt::format("--request-file {}: {}", typed.request_file, listed.error()));
    requests.insert(requests.end(), listed->begin(), listed->end());
  }
  if (requests.empty()) throw UsageError("what is to be asked for? -h http://127.0.0.1:8080");
  return requests;
}

// As the crate `colored`, which rewrk uses, decides.
bool wants_colours() {
  const auto is_set = [](const char* name) {
    const char* value = std::getenv(name);
    return value != nullptr && std::string_view(value) != "0";
  };
  if (is_set("CLICOLOR_FORCE")) return true;
  if (std::getenv("NO_COLOR") != nullptr) return false;
  const char* colour = std::getenv("CLICOLOR");
  return isatty(STDOUT_FILENO) == 1 && (colour == nullptr || std::string_view(colour) != "0");
}

std::string limit_text(const loadgen::Plan& plan) {
  std::string text;
  if (plan.duration_ns) text = fmt::format("for {}", loadgen::spell_out_duration(*plan.duration_ns));
  if (plan.requests) text += fmt::format("{}for {} request(s)", text.empty() ? "" : " or ", *plan.requests);
  return text;
}

BenchOptions bench_options(const Typed& typed) {
  BenchOptions options;
  set_load(options.plan, typed);
  options.plan.expected_statuses = parse_statuses(typed.expected_status.empty() ? "2xx,3xx" : typed.expected_status);
  options.plan.expected_body = typed.expected_body;
  options.plan.errors = parse_error_budget(typed.max_errors);
  options.plan.tls = {.verify = !typed.insecure, .authorities_file = typed.authorities_file};
  options.rounds = number_of<unsigned>("-r", typed.rounds, 1, 1'000'000);
  options.style = {.percentiles = typed.percentiles, .colours = wants_colours()};
  options.json = typed.json;
  options.quiet = typed.quiet;
  options.limit = limit_text(options.plan);
  options.output_file = typed.output_file;
  options.histogram_file = typed.histogram_file;

  const auto requests = requests_of(typed);
  options.subject = typed.hosts.empty() ? typed.request_file : typed.hosts.front();
  if (requests.size() > 1) options.subject += fmt::format(" and {} more", requests.size() - 1);
  if (const auto added = loadgen::add_targets(options.plan, requests, typed.unix_path); !added) {
    throw Error(added.error());
  }
  if (options.plan.origins.size() > options.plan.connections) {
    throw UsageError(fmt::format("-c {}: there are {} servers, and each needs a connection at least",
                                 options.plan.connections, options.plan.origins.size()));
  }
  return options;
}

}  // namespace

std::optional<BenchOptions> parse_bench_options(const Arguments& arguments) {
  CommandLine line(
      "shallop bench", "-h URL",
      "Loads an HTTP server and tells how it answered. The options of rewrk, and more; every response that is "
      "not whole and expected is an error and no request.");
  line.app().set_help_flag("--help", "Show this text");
  Typed typed;
  add_load_options(line.app(), typed);
  add_request_options(line.app(), typed);
  add_judgement_options(line.app(), typed);
  const auto operands = line.parse(arguments);
  if (!operands) return std::nullopt;
  if (!operands->empty()) {
    throw UsageError(fmt::format("bench takes options only, not '{}'; the URL is given as -h URL", operands->front()));
  }
  return bench_options(typed);
}

}  // namespace shallop::cli
