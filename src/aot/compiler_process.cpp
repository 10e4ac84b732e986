// SPDX-License-Identifier: Apache-2.0
#include "aot/compiler_process.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>
#include <utility>

#include "base/file.hpp"
#include "base/system_call_filter.hpp"

namespace shallop::aot {
namespace {

constexpr const char* program_name = "shallop-compiler";

// --- Between fork and exec: only async-signal-safe calls ---

bool forbid_network() {
  constexpr ForbiddenCall network[] = {
      {.number = SYS_socket, .error = EACCES},
      {.number = SYS_socketpair, .error = EACCES},
      {.number = SYS_connect, .error = EACCES},
      {.number = call_io_uring_setup, .error = EACCES},
  };
  return forbid_calls(network);
}

struct Standard {
  int input;
  int output;
  int messages;
};

[[noreturn]] void become_compiler(const char* path, char* const arguments[], const Standard& standard,
                                  const CompilerOptions& options, pid_t parent) {
  constexpr int cannot_start = 127;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(cannot_start);  // it has ended already
  [[maybe_unused]] const rlimit memory{.rlim_cur = options.memory_bytes_max, .rlim_max = options.memory_bytes_max};
  const rlimit no_core{.rlim_cur = 0, .rlim_max = 0};
#if !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer)  // which reserve terabytes of addresses
  setrlimit(RLIMIT_AS, &memory);
#endif
  setrlimit(RLIMIT_CORE, &no_core);
  // What the kernel ends first when memory runs out, rather than a guest.
  const int score = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
  if (score >= 0) static_cast<void>(write(score, "500", 3));
  if (options.in_background) setpriority(PRIO_PROCESS, 0, 10);
  // Terminal signals are for the guest; the compiler ends with us.
  setpgid(0, 0);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  signal(SIGPIPE, SIG_DFL);
  if (dup2(standard.input, 0) < 0 || dup2(standard.output, 1) < 0 || dup2(standard.messages, 2) < 0) {
    _exit(cannot_start);
  }
  close_range(3, ~0U, 0);
  // Without it a hostile module that takes over the compiler could reach others; so rather no native code.
  if (!forbid_network()) _exit(cannot_start);
  constexpr char* const empty_environment[] = {nullptr};
  execve(path, arguments, empty_environment);
  _exit(cannot_start);
}

// --- Files in memory ---

UniqueFd memory_file(const char* name) { return UniqueFd(::memfd_create(name, MFD_CLOEXEC)); }

bool fill(int fd, std::span<const std::byte> bytes) { return !write_all(fd, bytes) && ::lseek(fd, 0, SEEK_SET) == 0; }

std::vector<std::byte> read_all(int fd) {
  struct stat status{};
  if (::fstat(fd, &status) != 0) return {};
  std::vector<std::byte> bytes(static_cast<size_t>(status.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t count = ::pread(fd, bytes.data() + done, bytes.size() - done, static_cast<off_t>(done));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

// The last line that was written, without the program's name in front.
std::string last_line(std::span<const std::byte> bytes) {
  constexpr std::string_view prefix = "shallop: ";
  std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  while (text.ends_with('\n')) text.remove_suffix(1);
  text.remove_prefix(text.rfind('\n') + 1);
  if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  return std::string(text);
}

std::string describe_end(int status, std::span<const std::byte> messages) {
  if (WIFSIGNALED(status)) {
    return fmt::format("the compiler was ended by signal {} ({})", WTERMSIG(status), strsignal(WTERMSIG(status)));
  }
  const std::string message = last_line(messages);
  return message.empty() ? "the compiler ended without a result: is there too little memory?"
                         : fmt::format("the compiler says: {}", message);
}

}  // namespace

std::optional<std::string> find_compiler() {
  std::array<char, 4096> buffer;
  const ssize_t size = ::readlink("/proc/self/exe", buffer.data(), buffer.size());
  if (size <= 0 || static_cast<size_t>(size) == buffer.size()) return std::nullopt;
  std::string path(buffer.data(), static_cast<size_t>(size));
  path.replace(path.rfind('/') + 1, path.npos, program_name);
  if (::access(path.c_str(), X_OK) != 0) return std::nullopt;
  return path;
}

std::expected<CompilerProcess, std::string> CompilerProcess::start(const std::string& compiler,
                                                                   std::span<const std::byte> module,
                                                                   const CompilerOptions& options) {
  CompilerProcess process;
  const UniqueFd input = memory_file("shallop-module");
  process.output_ = memory_file("shallop-native");
  process.messages_ = memory_file("shallop-messages");
  const auto failed = [] {
    return std::unexpected(fmt::format("the compiler could not be started: {}", std::strerror(errno)));
  };
  if (!input || !process.output_ || !process.messages_ || !fill(input.get(), module)) return failed();

  const std::string level = fmt::format("-O{}", options.optimization);
  const std::string cpu = fmt::format("--cpu={}", options.cpu);
  std::array<std::string, 6> words{program_name, level, cpu, "--section-only", "--output=-", "-"};
  std::array<char*, 7> arguments{};
  std::ranges::transform(words, arguments.begin(), [](std::string& each) { return each.data(); });
  const pid_t parent = ::getpid();
  process.process_ = ::fork();
  if (process.process_ < 0) return failed();
  if (process.process_ == 0) {
    become_compiler(compiler.c_str(), arguments.data(),
                    {.input = input.get(), .output = process.output_.get(), .messages = process.messages_.get()},
                    options, parent);
  }
  process.process_fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, process.process_, 0)));
  if (!process.process_fd_) return failed();  // and what was started is ended: nobody could end it later
  return process;
}

void CompilerProcess::end() const { ::syscall(SYS_pidfd_send_signal, process_fd_.get(), SIGKILL, nullptr, 0); }

CompilerProcess::CompilerProcess(CompilerProcess&& other) noexcept
    : process_(std::exchange(other.process_, -1)),
      process_fd_(std::move(other.process_fd_)),
      output_(std::move(other.output_)),
      messages_(std::move(other.messages_)) {}

CompilerProcess::~CompilerProcess() {
  if (process_ < 0) return;
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
}

std::expected<std::vector<std::byte>, std::string> CompilerProcess::wait() {
  int status = 0;
  while (::waitpid(process_, &status, 0) < 0) {
    if (errno != EINTR) {
      process_ = -1;
      return std::unexpected(fmt::format("the compiler was lost: {}", std::strerror(errno)));
    }
  }
  process_ = -1;
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    return std::unexpected(describe_end(status, read_all(messages_.get())));
  }
  return read_all(output_.get());
}

}  // namespace shallop::aot
