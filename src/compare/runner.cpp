// SPDX-License-Identifier: Apache-2.0
#include "compare/runner.hpp"

#include <fmt/format.h>
#include <sched.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <ctime>
#include <random>
#include <thread>

#include "compare/generator_report.hpp"
#include "compare/statistics.hpp"
#include "loadgen/clock.hpp"

namespace shallop::compare {
namespace {

// A run in which others had more of the machine is repeated, and marked when that does not help.
constexpr double disturbance_max = 0.05;
constexpr unsigned attempts_max = 3;
// For variants that answer nothing within the plan's duration.
constexpr int64_t patient_ns = 10'000'000'000;

std::vector<int> allowed_cores() {
  cpu_set_t set;
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(static_cast<size_t>(core), &set)) cores.push_back(core);
  }
  return cores;
}

std::string utc_now() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  gmtime_r(&now, &parts);
  std::array<char, 32> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

bool is_of(const Measurement& run, const std::string& variant, unsigned block) {
  return run.variant == variant && run.block == block;
}

}  // namespace

Runner::Runner(const Plan& plan, const RunnerOptions& options) : plan_(plan), options_(options) {}

std::expected<Results, std::string> Runner::run(std::optional<Results> earlier) {
  begin();
  if (earlier) {
    if (auto resumed = resume(*std::move(earlier)); !resumed) return std::unexpected(resumed.error());
  }
  for (Subject& each : subjects_) {
    if (stops()) break;
    prepare(each);
  }
  if (!stops()) measure_starts();
  if (!stops()) measure_system_calls();
  if (!stops() && plan_.budget_ns && results_.runs.empty()) fit_into_budget();
  if (!stops()) measure_blocks();
  results_.complete = !stops();
  unload_images();
  if (auto saved = save(); !saved) return std::unexpected(saved.error());
  return results_;
}

void Runner::begin() {
  begin_ns_ = loadgen::now_ns();
  results_.shallop = options_.version;
  results_.title = plan_.title;
  results_.plan_hash = fingerprint(plan_);
  results_.arguments = options_.arguments;
  results_.started_at = utc_now();
  results_.seed = plan_.seed.value_or(std::random_device()());
  results_.blocks = plan_.blocks;
  results_.duration_s = static_cast<double>(plan_.duration_ns) / 1e9;
  results_.warmup_s = static_cast<double>(plan_.warmup_ns) / 1e9;
  results_.margin = plan_.margin;
  duration_ns_ = plan_.duration_ns;
  results_.machine = describe_machine();
  for (const Load& each : plan_.loads)
    results_.loads.push_back({each.name(), each.path, each.connections, each.places});
  for (Variant& each : variants_of(plan_, options_.tools)) {
    VariantResult result;
    result.name = each.name;
    result.service = each.service;
    result.engine = each.engine;
    result.place = each.place;
    result.optional = each.optional;
    subjects_.push_back({.variant = std::move(each), .result = std::move(result)});
  }
  choose_cores();
  probe_machine();
}

std::expected<void, std::string> Runner::resume(Results earlier) {
  if (earlier.plan_hash != results_.plan_hash) {
    return std::unexpected("its plan is another: only an interrupted comparison of the same plan can go on");
  }
  results_.seed = earlier.seed;
  results_.started_at = earlier.started_at;
  // As they were fitted into the budget, if there is one.
  results_.blocks = earlier.blocks;
  results_.duration_s = earlier.duration_s;
  duration_ns_ = static_cast<int64_t>(earlier.duration_s * 1e9);
  begin_ns_ -= static_cast<int64_t>(earlier.elapsed_s * 1e9);
  for (Subject& subject : subjects_) {
    for (VariantResult& each : earlier.variants) {
      if (each.name == subject.variant.name) {
        subject.result.starts_ms = std::move(each.starts_ms);
        subject.result.peak_resident_kib = each.peak_resident_kib;
        subject.result.system_calls_per_request = std::move(each.system_calls_per_request);
      }
    }
  }
  // What failed, or was cut off, is measured again, the whole life of the server.
  std::erase_if(earlier.runs, [&](const Measurement& run) {
    return std::ranges::any_of(results_.loads, [&](const LoadResult& load) {
      return std::ranges::none_of(earlier.runs, [&](const Measurement& other) {
        return is_of(other, run.variant, run.block) && other.load == load.name && other.failure.empty();
      });
    });
  });
  results_.runs = std::move(earlier.runs);
  return {};
}

// One processor for the server and one for the generator at least; of more, the generator gets a quarter.
void Runner::choose_cores() {
  const std::vector<int> cores = allowed_cores();
  if (cores.size() < 2) {
    results_.remarks.emplace_back(
        "Server and generator share one processor: requests per second tell little, processor time per request more.");
    return;
  }
  const size_t generator_count = std::max<size_t>(cores.size() / 4, 1);
  results_.server_cores.assign(cores.begin(), cores.end() - static_cast<std::ptrdiff_t>(generator_count));
  results_.generator_cores.assign(cores.end() - static_cast<std::ptrdiff_t>(generator_count), cores.end());
}

// How busy the machine is with other things before anything begins.
void Runner::probe_machine() {
  constexpr double probe_s = 1;
  const MachineTimes before = machine_times();
  std::this_thread::sleep_for(std::chrono::duration<double>(probe_s));
  const MachineTimes after = machine_times();
  const double capacity_s = probe_s * std::max(1U, std::thread::hardware_concurrency());
  const double busy = std::min(1.0, (after.busy_s - before.busy_s) / capacity_s);
  const double stolen = (after.stolen_s - before.stolen_s) / capacity_s;
  if (busy + stolen > disturbance_max) {
    results_.remarks.push_back(fmt::format(
        "The machine was busy before the comparison began: {:.0f} % of it with other processes, {:.0f} % taken by the "
        "hypervisor. Believe ratios more than absolute figures.",
        100 * busy, 100 * stolen));
  }
}

std::vector<size_t> Runner::shuffled(unsigned round) const {
  std::vector<size_t> order;
  for (size_t i = 0; i < subjects_.size(); ++i) {
    if (subjects_[i].is_usable) order.push_back(i);
  }
  // By hand: what std::shuffle() makes of a seed is left open by the standard.
  std::mt19937_64 random(results_.seed * 1'000'003 + round);
  for (size_t i = order.size(); i > 1; --i) std::swap(order[i - 1], order[random() % i]);
  return order;
}

std::vector<const Load*> Runner::loads_of(const Subject& subject) const {
  std::vector<const Load*> loads;
  for (const Load& each : plan_.loads) {
    if (each.is_for(subject.variant.place)) loads.push_back(&each);
  }
  return loads;
}

bool Runner::is_done(const Subject& subject, unsigned block) const {
  return std::ranges::all_of(loads_of(subject), [&](const Load* load) {
    return std::ranges::any_of(results_.runs, [&](const Measurement& run) {
      return is_of(run, subject.variant.name, block) && run.load == load->name() && run.failure.empty();
    });
  });
}

// As many blocks as there is time for; where three of them are too long, shorter measurements.
void Runner::fit_into_budget() {
  constexpr unsigned blocks_min = 3;
  constexpr double measurement_s_min = 0.5;
  constexpr double share_for_blocks = 0.85;  // the rest is for measurements that are repeated
  constexpr double around_measurement_s = 0.2;
  constexpr double around_life_s = 0.3;
  double around_s = 0;
  double measurements = 0;
  for (const Subject& subject : subjects_) {
    if (!subject.is_usable) continue;
    const auto loads = static_cast<double>(loads_of(subject).size());
    const double start_s = subject.result.starts_ms.empty() ? 0 : median(subject.result.starts_ms) / 1e3;
    around_s += around_life_s + 2 * start_s + loads * (around_measurement_s + results_.warmup_s);
    measurements += loads;
  }
  if (measurements == 0) return;
  const double elapsed_s = static_cast<double>(loadgen::now_ns() - begin_ns_) / 1e9;
  const double left_s = std::max(0.0, (static_cast<double>(*plan_.budget_ns) / 1e9 - elapsed_s) * share_for_blocks);
  const double block_s = around_s + measurements * results_.duration_s;
  if (block_s * plan_.blocks <= left_s) return;
  results_.blocks =
      std::clamp(static_cast<unsigned>(left_s / block_s), std::min(blocks_min, plan_.blocks), plan_.blocks);
  const double fitting_s = (left_s / results_.blocks - around_s) / measurements;
  results_.duration_s = std::clamp(fitting_s, std::min(measurement_s_min, results_.duration_s), results_.duration_s);
  results_.duration_s = std::round(results_.duration_s * 10) / 10;
  duration_ns_ = static_cast<int64_t>(results_.duration_s * 1e9);
}

void Runner::measure_blocks() {
  const auto usable = static_cast<unsigned>(std::ranges::count_if(subjects_, &Subject::is_usable));
  const auto loads = static_cast<unsigned>(plan_.loads.size());
  repeats_left_ = (usable * loads * results_.blocks + 3) / 4;
  for (unsigned block = 1; block <= results_.blocks; ++block) {
    unsigned position = 0;
    for (const size_t index : shuffled(block)) {
      ++position;
      Subject& subject = subjects_[index];
      if (stops() || is_done(subject, block) || !subject.is_usable) continue;
      measure_life(subject, block, position);
      if (const auto saved = save(); !saved) results_.remarks.push_back(saved.error());
    }
  }
}

bool Runner::is_beyond_budget() const { return plan_.budget_ns && loadgen::now_ns() - begin_ns_ > *plan_.budget_ns; }

// A server of its own in each block: what one start's memory layout makes of it is not taken for the variant's.
void Runner::measure_life(Subject& subject, unsigned block, unsigned position) {
  const size_t runs_before = results_.runs.size();
  std::optional<Server> server;
  for (const Load* const each : loads_of(subject)) {
    const Load& load = *each;
    for (unsigned attempt = 0; attempt < attempts_max && !stops(); ++attempt) {
      if (attempt > 0) {
        if (!results_.runs.back().is_disturbed || repeats_left_ == 0 || is_beyond_budget()) break;
        --repeats_left_;
      }
      options_.progress(fmt::format("block {}/{}: {}, {}{}", block, results_.blocks, subject.variant.name, load.name(),
                                    attempt == 0 ? "" : ", again: the machine was disturbed"));
      Measurement run;
      if (!server) {
        auto started = Server::start(server_options(subject), load.path, *options_.stop);
        if (started) {
          server.emplace(*std::move(started));
        } else {
          run.failure = "it did not start: " + started.error();
          subject.is_usable = false;  // it started once, when it was got ready; now something is wrong
        }
      }
      if (server) run = measure(subject, *server, load);
      run.block = block;
      run.position = position;
      run.attempt = attempt;
      run.variant = subject.variant.name;
      run.load = load.name();
      if (stops()) break;
      if (!run.failure.empty()) server.reset();
      results_.runs.push_back(std::move(run));
    }
  }
  if (stops()) {
    results_.runs.resize(runs_before);
    return;
  }
  if (!server) return;
  if (const std::string wrong = check_answers(subject, *server); !wrong.empty()) {
    results_.runs.back().failure = "after the load " + wrong;
  }
  subject.result.peak_resident_kib = std::max(subject.result.peak_resident_kib, server->usage().peak_resident_kib);
  server->end();
}

ServerOptions Runner::server_options(const Subject& subject) const {
  return {.command = subject.variant.recipe->serve,
          .cores = results_.server_cores,
          .log_file = work_file(subject, "log"),
          .container = subject.variant.recipe->container};
}

std::string Runner::work_file(const Subject& subject, std::string_view extension) const {
  std::string name = subject.variant.name;
  std::ranges::replace_if(name, [](unsigned char each) { return std::isalnum(each) == 0 && each != '-'; }, '_');
  return fmt::format("{}/{}.{}", options_.tools.work_directory, name, extension);
}

void Runner::fail(Subject& subject, const std::string& why) {
  if (stops()) return;
  subject.is_usable = false;
  subject.result.unavailable = why;
}

std::expected<void, std::string> Runner::save() {
  results_.elapsed_s = static_cast<double>(loadgen::now_ns() - begin_ns_) / 1e9;
  results_.variants.clear();
  for (const Subject& each : subjects_) results_.variants.push_back(each.result);
  return write_file(options_.output_directory + "/report.json", to_text(results_));
}

Measurement Runner::measure(Subject& subject, Server& server, const Load& load) {
  Measurement run;
  Child::Ending ending;
  const std::string body = load.any_body ? "" : expected_.at({subject.variant.service, load.path}).body;
  if (plan_.warmup_ns > 0) {
    if (!generate(server, load, plan_.warmup_ns, body, ending, run.failure)) return run;
  }
  const MachineTimes machine_before = machine_times();
  const double cpu_before_s = server.usage().cpu_s;
  const int64_t begin_ns = loadgen::now_ns();
  auto report = generate(server, load, duration_ns_, body, ending, run.failure);
  // Slower than the window is long: its first answers are waited for, and the window is told with the figures.
  if (report && report->at("requests_total") == 0 && duration_ns_ < patient_ns) {
    report = generate(server, load, patient_ns, body, ending, run.failure);
  }
  const double wall_s = static_cast<double>(loadgen::now_ns() - begin_ns) / 1e9;
  const double server_cpu_s = server.usage().cpu_s - cpu_before_s;
  const MachineTimes machine_after = machine_times();
  if (const std::string why = server.why_ended(*options_.stop); !why.empty()) run.failure = why;
  if (!report || !run.failure.empty()) return run;

  read_generator_report(*report, run);
  const double requests = std::max<double>(1, static_cast<double>(run.completed + run.failed));
  run.server_cpu_us_per_request = 1e6 * server_cpu_s / requests;
  run.generator_cpu_us_per_request = 1e6 * ending.cpu_s / requests;
  run.server_share = server_cpu_s / wall_s;
  const double capacity_s = wall_s * std::max(1U, std::thread::hardware_concurrency());
  run.foreign_share =
      std::max(0.0, (machine_after.busy_s - machine_before.busy_s - server_cpu_s - ending.cpu_s) / capacity_s);
  run.stolen_share = (machine_after.stolen_s - machine_before.stolen_s) / capacity_s;
  run.is_disturbed = run.foreign_share + run.stolen_share > disturbance_max;
  run.load_average = load_average();
  if (run.completed == 0) {
    run.failure = fmt::format("no request was answered{}", run.first_error.empty() ? "" : ": " + run.first_error);
  }
  return run;
}

}  // namespace shallop::compare
