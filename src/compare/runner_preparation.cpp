// SPDX-License-Identifier: Apache-2.0
// Before the blocks: compiling, images, the first look at the answers, starts, system calls.
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/file.hpp"
#include "base/sha256.hpp"
#include "compare/generator_report.hpp"
#include "compare/runner.hpp"
#include "loadgen/clock.hpp"

namespace shallop::compare {
namespace {

constexpr size_t artefact_size_max = size_t{1} << 30;
constexpr int64_t compile_limit_ms = 600'000;
constexpr int64_t load_limit_ms = 120'000;
constexpr int answer_limit_s = 30;
constexpr int64_t traced_ns = 500'000'000;
// As an argument of the generator.
constexpr size_t checked_body_size_max = 64 << 10;

std::string first_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// Some programs call themselves by the path of their file.
std::string without_folder(std::string line) {
  const size_t slash = line.rfind('/', line.find(' '));
  if (slash != std::string::npos) line.erase(0, slash + 1);
  return line;
}

// A path beneath the current directory from there on: where on a machine a project lies is nothing for its reports.
std::string seen_from_here(const std::string& word) {
  std::error_code error;
  const std::string here = std::filesystem::current_path(error).string() + '/';
  return !error && word.starts_with(here) ? word.substr(here.size()) : word;
}

// From the table that `strace -c` writes: the number before the word "total", or before the errors before it.
double total_of_calls(const std::string& path) {
  std::istringstream fields(last_line_of(path));
  double share = 0;
  double seconds = 0;
  double each_us = 0;
  double calls = 0;
  fields >> share >> seconds >> each_us >> calls;
  return fields ? calls : 0;
}

}  // namespace

void Runner::prepare(Subject& subject) {
  options_.progress(fmt::format("getting ready: {}", subject.variant.name));
  if (!subject.variant.recipe) return fail(subject, subject.variant.recipe.error());
  const Recipe& recipe = *subject.variant.recipe;
  VariantResult& result = subject.result;
  for (const std::string& word : recipe.serve) result.command.push_back(seen_from_here(word));
  if (recipe.container && !engine_answers(subject)) return;
  if (!make_artefact(subject)) return;
  if (recipe.container && !load_image(subject)) return;
  result.artefact = seen_from_here(recipe.artefact);
  const auto bytes = read_file(recipe.artefact, artefact_size_max);
  if (!bytes) return fail(subject, fmt::format("{}: it cannot be read: {}", recipe.artefact, bytes.error().message()));
  result.artefact_bytes = bytes->size();
  result.artefact_sha256 = hexadecimal(sha256(*bytes));
  if (!recipe.program.empty()) {
    const std::string file = work_file(subject, "version");
    auto child =
        Child::start({.command = {recipe.program, "--version"}, .cores = {}, .output_file = file, .error_file = {}});
    if (child && child->wait(10'000, *options_.stop)) result.engine_version = without_folder(first_line_of(file));
  }

  auto server = Server::start(server_options(subject), loads_of(subject).front()->path, *options_.stop);
  if (!server) return fail(subject, "it did not start: " + server.error());
  if (!server->why_not_pinned().empty()) {
    results_.remarks.push_back(fmt::format("{} could not be held to the server's processors: {}.", subject.variant.name,
                                           server->why_not_pinned()));
  }
  for (const Load* load : loads_of(subject)) {
    auto answer = fetch(server->port(), load->path, answer_limit_s);
    if (!answer) return fail(subject, fmt::format("asked for {}, {}", load->path, answer.error()));
    expected_.try_emplace({subject.variant.service, load->path}, *std::move(answer));
  }
  if (const std::string wrong = check_answers(subject, *server); !wrong.empty()) fail(subject, wrong);
  server->end();
}

// What an image for one place is, is the same for all.
bool Runner::make_artefact(Subject& subject) {
  const Recipe& recipe = *subject.variant.recipe;
  if (const auto made = made_.find(recipe.artefact); made != made_.end()) {
    subject.result.compile_s = made->second;
    return true;
  }
  if (recipe.program_image) {
    if (auto written = write_program_image(*recipe.program_image); !written) {
      fail(subject, written.error());
      return false;
    }
    made_[recipe.artefact] = 0;
  } else if (!recipe.prepare.empty()) {
    const int64_t begin_ns = loadgen::now_ns();
    const auto done = run_command(recipe.prepare, work_file(subject, "compile"), compile_limit_ms, *options_.stop);
    if (!done) {
      fail(subject, "making what runs failed: " + done.error());
      return false;
    }
    subject.result.compile_s = static_cast<double>(loadgen::now_ns() - begin_ns) / 1e9;
    made_[recipe.artefact] = subject.result.compile_s;
  }
  return true;
}

// False when the engine does not answer, or does not take the image.
bool Runner::load_image(Subject& subject) {
  const ContainerCommands& commands = *subject.variant.recipe->container;
  if (std::ranges::find(loaded_, commands.unload) != loaded_.end()) return true;
  const std::string file = work_file(subject, "engine");
  // Also what fails may have left something of the image.
  loaded_.push_back(commands.unload);
  if (const auto done = run_command(commands.load, file, load_limit_ms, *options_.stop); !done) {
    fail(subject, "its image was not taken: " + done.error());
    return false;
  }
  return true;
}

bool Runner::engine_answers(Subject& subject) {
  const Command& probe = subject.variant.recipe->container->probe;
  auto answer = engines_.find(probe);
  if (answer == engines_.end()) {
    const auto done = run_command(probe, work_file(subject, "engine"), load_limit_ms, *options_.stop);
    answer = engines_.emplace(probe, done ? "" : done.error()).first;
  }
  if (!answer->second.empty()) fail(subject, answer->second);
  return answer->second.empty();
}

void Runner::unload_images() {
  const std::atomic<bool> to_the_end = false;
  for (const Command& each : loaded_) {
    const auto done = run_command(each, options_.tools.work_directory + "/unload.log", load_limit_ms, to_the_end);
    if (!done) results_.remarks.push_back("An image is left with its engine: " + done.error() + ".");
  }
  loaded_.clear();
}

// Empty when each path is answered as the service's first variant did.
std::string Runner::check_answers(const Subject& subject, const Server& server) {
  for (const Load* load : loads_of(subject)) {
    const auto answer = fetch(server.port(), load->path, answer_limit_s);
    if (!answer) return fmt::format("asked for {}, {}", load->path, answer.error());
    const ProbeAnswer& expected = expected_.at({subject.variant.service, load->path});
    if (answer->status != expected.status) {
      return fmt::format("it answers {} with status {} instead of {}", load->path, answer->status, expected.status);
    }
    if (!load->any_body && answer->body != expected.body) {
      return fmt::format("it answers {} with another body than the first variant ({} bytes, {} bytes)", load->path,
                         answer->body.size(), expected.body.size());
    }
  }
  return "";
}

void Runner::measure_starts() {
  // What an interrupted comparison has measured is kept.
  for (unsigned round = 0; round < plan_.starts; ++round) {
    for (const size_t index : shuffled(1'000'000 + round)) {
      Subject& subject = subjects_[index];
      if (stops() || subject.result.starts_ms.size() > round) continue;
      options_.progress(fmt::format("starts {}/{}: {}", round + 1, plan_.starts, subject.variant.name));
      auto server = Server::start(server_options(subject), loads_of(subject).front()->path, *options_.stop);
      if (!server) {
        fail(subject, "it did not start: " + server.error());
        continue;
      }
      subject.result.starts_ms.push_back(server->start_ms());
      server->end();
    }
  }
}

void Runner::measure_system_calls() {
  constexpr const char* strace = "/usr/bin/strace";
  if (access(strace, X_OK) != 0) {
    results_.remarks.emplace_back("System calls were not counted: strace is not installed.");
    return;
  }
  for (Subject& subject : subjects_) {
    // In a container the same program makes the same calls.
    const bool is_needed = subject.is_usable && !subject.variant.recipe->container;
    if (!is_needed || !subject.result.system_calls_per_request.empty() || stops()) continue;
    options_.progress(fmt::format("counting system calls: {}", subject.variant.name));
    for (const Load* const each : loads_of(subject)) {
      const Load& load = *each;
      auto server = Server::start(server_options(subject), load.path, *options_.stop);
      if (!server) break;
      const std::string table = work_file(subject, "strace");
      auto tracer = Child::start({.command = {strace, "-f", "-c", "-o", table, "-p", std::to_string(server->id())},
                                  .cores = results_.generator_cores,
                                  .output_file = work_file(subject, "strace.log"),
                                  .error_file = {}});
      if (!tracer || tracer->wait(200, *options_.stop)) break;  // it may not trace
      Child::Ending ending;
      std::string failure;
      const auto report = generate(*server, load, traced_ns, "", ending, failure);
      tracer->end(5'000);
      server->end();
      if (!report) continue;
      Measurement run;
      read_generator_report(*report, run);
      const double calls = total_of_calls(table);
      if (run.completed >= 20 && calls > 0) {
        subject.result.system_calls_per_request[load.name()] = calls / static_cast<double>(run.completed);
      }
    }
  }
}

// One run of the load generator; nothing, and why, when it has no report.
std::optional<nlohmann::json> Runner::generate(const Server& server, const Load& load, int64_t duration_ns,
                                               const std::string& body, Child::Ending& ending, std::string& failure) {
  const std::string output = options_.tools.work_directory + "/generator.json";
  const size_t threads = std::min<size_t>(std::max<size_t>(results_.generator_cores.size(), 1), load.connections);
  Command command{options_.generator,
                  "--connections",
                  std::to_string(load.connections),
                  "--threads",
                  std::to_string(threads),
                  "--duration",
                  fmt::format("{}ms", duration_ns / 1'000'000),
                  "--host",
                  fmt::format("http://127.0.0.1:{}{}", server.port(), load.path),
                  "--max-errors",
                  "100%",
                  "--json",
                  "--quiet"};
  if (!body.empty() && body.size() <= checked_body_size_max && !body.contains('\0')) {
    command.insert(command.end(), {"--expect-body", body});
  }
  const std::string errors = options_.tools.work_directory + "/generator.log";
  auto child = Child::start(
      {.command = command, .cores = results_.generator_cores, .output_file = output, .error_file = errors});
  if (!child) {
    failure = child.error();
    return std::nullopt;
  }
  const auto ended = child->wait(duration_ns / 1'000'000 + 60'000, *options_.stop);
  if (!ended) {
    failure = "the load generator did not end";
    return std::nullopt;
  }
  ending = *ended;
  nlohmann::json report = nlohmann::json::parse(first_line_of(output), nullptr, false);
  if (report.is_discarded() || !report.contains("shallop")) {
    failure = fmt::format("the load generator has no report: {}", last_line_of(errors));
    return std::nullopt;
  }
  return report;
}

}  // namespace shallop::compare
