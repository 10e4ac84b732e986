// SPDX-License-Identifier: Apache-2.0
#include "compare/child.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

#include "loadgen/clock.hpp"

namespace shallop::compare {
namespace {

std::string reason(int error) { return std::generic_category().message(error); }

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

int open_output(const std::string& path) { return open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644); }

// Between fork() and execv(): only what is safe after a fork of a process with one thread.
[[noreturn]] void become(const ChildOptions& options, char* const* words, int input, int output, int errors,
                         int report) {
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!options.cores.empty()) {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int core : options.cores) CPU_SET(static_cast<size_t>(core), &set);
    sched_setaffinity(0, sizeof set, &set);
  }
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  for (const int each : {SIGINT, SIGTERM, SIGPIPE}) signal(each, SIG_DFL);
  execvp(words[0], words);
  const int error = errno;
  [[maybe_unused]] const ssize_t written = write(report, &error, sizeof error);
  _exit(127);
}

}  // namespace

std::expected<Child, std::string> Child::start(const ChildOptions& options) {
  Command command = options.command;
  std::vector<char*> words;
  for (std::string& word : command) words.push_back(word.data());
  words.push_back(nullptr);

  const auto cannot = [](std::string_view file, std::string_view what) {
    return std::unexpected(fmt::format("{}: it cannot be {}: {}", file, what, reason(errno)));
  };
  constexpr const char* nothing = "/dev/null";
  const UniqueFd input(open(nothing, O_RDONLY | O_CLOEXEC));
  if (!input) return cannot(nothing, "read");
  const UniqueFd output(open_output(options.output_file));
  if (!output) return cannot(options.output_file, "written");
  const bool has_error_file = !options.error_file.empty();
  const UniqueFd errors(has_error_file ? open_output(options.error_file) : -1);
  if (has_error_file && !errors) return cannot(options.error_file, "written");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(fmt::format("no pipe can be made: {}", reason(errno)));
  const UniqueFd report_read(ends[0]);
  UniqueFd report_write(ends[1]);
  const pid_t id = fork();
  if (id < 0) return std::unexpected(fmt::format("no process can be started: {}", reason(errno)));
  if (id == 0) {
    become(options, words.data(), input.get(), output.get(), errors ? errors.get() : output.get(), report_write.get());
  }
  report_write.reset();
  Child child(id, UniqueFd(static_cast<int>(syscall(SYS_pidfd_open, id, 0))));
  int error = 0;
  if (read(report_read.get(), &error, sizeof error) == sizeof error) {
    child.end(0);
    return std::unexpected(fmt::format("{} cannot be started: {}", command.front(), reason(error)));
  }
  return child;
}

Child::~Child() {
  if (handle_) end(0);
}

std::optional<Child::Ending> Child::wait_until(int64_t deadline_ns, const std::atomic<bool>* stop) {
  while (handle_) {
    const int64_t left_ms = std::max<int64_t>((deadline_ns - loadgen::now_ns()) / 1'000'000, 0);
    pollfd entry{.fd = handle_.get(), .events = POLLIN, .revents = 0};
    // A signal that comes just before poll() is noticed a moment later.
    const int ready = poll(&entry, 1, static_cast<int>(std::min<int64_t>(left_ms, 100)));
    if (ready > 0) {
      int status = 0;
      rusage usage{};
      wait4(id_, &status, 0, &usage);
      ending_ = Ending{.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
                       .cpu_s = seconds(usage.ru_utime) + seconds(usage.ru_stime)};
      handle_.reset();
      break;
    }
    if (stop != nullptr && *stop) return std::nullopt;
    if (left_ms == 0) return std::nullopt;
  }
  return ending_;
}

std::optional<Child::Ending> Child::wait(int64_t timeout_ms, const std::atomic<bool>& stop) {
  return wait_until(loadgen::now_ns() + timeout_ms * 1'000'000, &stop);
}

Child::Ending Child::end(int64_t grace_ms) {
  if (handle_ && grace_ms > 0) {
    kill(-id_, SIGTERM);
    kill(id_, SIGTERM);  // it may not be a group's head yet
    wait_until(loadgen::now_ns() + grace_ms * 1'000'000, nullptr);
  }
  if (handle_) {
    kill(-id_, SIGKILL);
    kill(id_, SIGKILL);
    wait_until(INT64_MAX, nullptr);
  }
  return ending_.value_or(Ending{});
}

std::expected<void, std::string> run_command(const Command& command, const std::string& file, int64_t limit_ms,
                                             const std::atomic<bool>& stop) {
  auto child = Child::start({.command = command, .cores = {}, .output_file = file, .error_file = {}});
  if (!child) return std::unexpected(child.error());
  const std::string name = fmt::format("{} {}", command.front(), command.size() > 1 ? command[1] : "");
  const auto ending = child->wait(limit_ms, stop);
  if (!ending)
    return std::unexpected(stop ? "interrupted" : fmt::format("{} took longer than {} s", name, limit_ms / 1000));
  if (ending->status == 0) return {};
  return std::unexpected(fmt::format("{} ended with status {}: {}", name, ending->status, last_line_of(file)));
}

std::expected<std::string, std::string> output_of(const Command& command, const std::string& file, int64_t limit_ms,
                                                  const std::atomic<bool>& stop) {
  if (auto done = run_command(command, file, limit_ms, stop); !done) return std::unexpected(done.error());
  std::ifstream stream(file);
  return std::string(std::istreambuf_iterator<char>(stream), {});
}

std::string last_line_of(const std::string& path) {
  std::ifstream file(path);
  std::string last;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty()) last = line;
  }
  return last;
}

}  // namespace shallop::compare
