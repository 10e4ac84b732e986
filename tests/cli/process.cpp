// SPDX-License-Identifier: Apache-2.0
#include "cli/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace shallop::cli {
namespace {

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Pipe open_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw std::system_error(errno, std::system_category(), "pipe2");
  return {.read_end = UniqueFd(ends[0]), .write_end = UniqueFd(ends[1])};
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> list;
  for (const std::string& each : strings) list.push_back(const_cast<char*>(each.c_str()));
  list.push_back(nullptr);
  return list;
}

// Appends what there is to read; closes `fd` at its end.
void read_into(std::string& text, UniqueFd& fd) {
  std::array<char, 4096> buffer{};
  const ssize_t size = ::read(fd.get(), buffer.data(), buffer.size());
  if (size > 0) {
    text.append(buffer.data(), static_cast<size_t>(size));
  } else if (size == 0 || errno != EINTR) {
    fd.reset();
  }
}

}  // namespace

Process::Process(const std::vector<std::string>& command, const std::string& directory,
                 const std::vector<std::string>& environment) {
  Pipe out = open_pipe();
  Pipe err = open_pipe();
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, directory.c_str());
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, out.write_end.get(), STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, err.write_end.get(), STDERR_FILENO);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  const std::vector<char*> arguments = pointers(command);
  const std::vector<char*> variables = pointers(environment);
  const int error = ::posix_spawn(&id_, arguments[0], &actions, &attributes, arguments.data(), variables.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error != 0) throw std::system_error(error, std::system_category(), command.front());
  out_ = std::move(out.read_end);
  err_ = std::move(err.read_end);
}

Process::~Process() {
  if (id_ <= 0) return;
  ::kill(-id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
}

void Process::send_signal(int signal) const { ::kill(id_, signal); }

bool Process::read_some(Clock::time_point deadline) {
  if (!out_ && !err_) return false;
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
  if (left <= 0) return false;
  std::array<pollfd, 2> streams{
      {{.fd = out_.get(), .events = POLLIN, .revents = 0}, {.fd = err_.get(), .events = POLLIN, .revents = 0}}};
  if (::poll(streams.data(), streams.size(), static_cast<int>(left)) <= 0) return errno == EINTR;
  if (streams[0].revents != 0) read_into(ending_.out, out_);
  if (streams[1].revents != 0) read_into(ending_.err, err_);
  return true;
}

bool Process::wait_for_output(std::string_view text) {
  const auto deadline = Clock::now() + std::chrono::seconds(30);
  while (ending_.out.find(text) == std::string::npos) {
    if (!read_some(deadline)) return false;
  }
  return true;
}

Process::Ending Process::wait(std::chrono::seconds timeout) {
  const auto deadline = Clock::now() + timeout;
  while (read_some(deadline)) {
  }
  if (out_ || err_) ::kill(-id_, SIGKILL);
  int status = 0;
  rusage usage{};
  ::wait4(id_, &status, 0, &usage);
  id_ = -1;
  peak_bytes_ = static_cast<uint64_t>(usage.ru_maxrss) << 10;
  ending_.status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return ending_;
}

}  // namespace shallop::cli
