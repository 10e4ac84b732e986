// SPDX-License-Identifier: Apache-2.0
#include "compare/usage.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <ctime>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "base/parse_number.hpp"

namespace shallop::compare {
namespace {

double ticks_per_s() { return static_cast<double>(sysconf(_SC_CLK_TCK)); }

std::string first_line(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// To the nanosecond, which /proc tells only to the hundredth of a second: clock_getcpuclockid(3).
std::optional<double> own_cpu_s(pid_t id) {
  clockid_t clock{};
  timespec time{};
  if (clock_getcpuclockid(id, &clock) != 0 || clock_gettime(clock, &time) != 0) return std::nullopt;
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

struct ProcessTimes {
  pid_t id = 0;
  pid_t parent = 0;
  double cpu_s = 0;
};

std::optional<ProcessTimes> times_of(pid_t id) {
  std::ifstream file(fmt::format("/proc/{}/stat", id));
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  // The name, in parentheses, may hold anything.
  const size_t name_end = text.rfind(')');
  if (name_end == text.npos) return std::nullopt;
  std::istringstream fields(text.substr(name_end + 1));
  ProcessTimes times{.id = id};
  std::string skipped;
  fields >> skipped >> times.parent;
  for (int field = 5; field < 14; ++field) fields >> skipped;
  double user = 0;
  double system = 0;
  double user_of_children = 0;
  double system_of_children = 0;
  fields >> user >> system >> user_of_children >> system_of_children;
  if (!fields) return std::nullopt;
  times.cpu_s = own_cpu_s(id).value_or((user + system) / ticks_per_s());
  times.cpu_s += (user_of_children + system_of_children) / ticks_per_s();
  return times;
}

std::vector<ProcessTimes> all_processes() {
  std::vector<ProcessTimes> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const auto id = parse_number<pid_t>(entry.path().filename().string());
    if (!id) continue;
    if (const auto times = times_of(*id)) all.push_back(*times);
  }
  return all;
}

uint64_t peak_resident_kib(pid_t id) {
  std::ifstream file(fmt::format("/proc/{}/status", id));
  for (std::string word; file >> word;) {
    uint64_t kib = 0;
    if (word == "VmHWM:" && file >> kib) return kib;
  }
  return 0;
}

std::string processor_model() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("model name")) return line.substr(line.find(':') + 2);
  }
  return "unknown";
}

bool is_virtual() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("flags")) return line.contains(" hypervisor");
  }
  return false;
}

std::string distribution() {
  std::ifstream file("/etc/os-release");
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("PRETTY_NAME=")) return line.substr(13, line.size() - 14);
  }
  return "unknown";
}

}  // namespace

std::vector<pid_t> tree_of(pid_t root) {
  const std::vector<ProcessTimes> all = all_processes();
  std::vector<pid_t> tree{root};
  for (size_t i = 0; i < tree.size(); ++i) {
    for (const ProcessTimes& each : all) {
      if (each.parent == tree[i]) tree.push_back(each.id);
    }
  }
  return tree;
}

TreeUsage usage_of_tree(pid_t root) {
  TreeUsage usage;
  const std::vector<ProcessTimes> all = all_processes();
  std::vector<pid_t> tree{root};
  for (size_t i = 0; i < tree.size(); ++i) {
    for (const ProcessTimes& each : all) {
      if (each.id == tree[i]) usage.cpu_s += each.cpu_s;
      if (each.parent == tree[i]) tree.push_back(each.id);
    }
    usage.peak_resident_kib += peak_resident_kib(tree[i]);
  }
  return usage;
}

MachineTimes machine_times() {
  std::istringstream fields(first_line("/proc/stat"));
  std::string name;
  double user = 0;
  double nice = 0;
  double system = 0;
  double idle = 0;
  double waiting = 0;
  double interrupts = 0;
  double soft_interrupts = 0;
  double stolen = 0;
  fields >> name >> user >> nice >> system >> idle >> waiting >> interrupts >> soft_interrupts >> stolen;
  return {.busy_s = (user + nice + system + interrupts + soft_interrupts) / ticks_per_s(),
          .stolen_s = stolen / ticks_per_s()};
}

double load_average() {
  double value = 0;
  std::istringstream(first_line("/proc/loadavg")) >> value;
  return value;
}

std::map<std::string, std::string> describe_machine() {
  utsname names{};
  uname(&names);
  rlimit descriptors{};
  getrlimit(RLIMIT_NOFILE, &descriptors);
  const std::string governor = first_line("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  const std::string cgroup_limit = first_line("/sys/fs/cgroup/cpu.max");
  const double memory_gib = static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE)) /
                            (1024.0 * 1024 * 1024);
  return {{"processor", processor_model()},
          {"processors", std::to_string(std::thread::hardware_concurrency())},
          {"virtual machine", is_virtual() ? "yes" : "no"},
          {"memory", fmt::format("{:.1f} GiB", memory_gib)},
          {"system", distribution()},
          {"kernel", fmt::format("{} {} {}", names.sysname, names.release, names.machine)},
          {"frequency governor", governor.empty() ? "not exposed" : governor},
          {"clock source", first_line("/sys/devices/system/clocksource/clocksource0/current_clocksource")},
          {"descriptor limit", std::to_string(descriptors.rlim_cur)},
          {"cgroup processor limit", cgroup_limit.empty() ? "none" : cgroup_limit},
          {"load average at the start", fmt::format("{:.2f}", load_average())}};
}

}  // namespace shallop::compare
