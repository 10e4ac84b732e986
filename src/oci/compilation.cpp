// SPDX-License-Identifier: Apache-2.0
#include "oci/compilation.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <sstream>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/unique_fd.hpp"
#include "oci/compiler_confinement.hpp"
#include "oci/module_store.hpp"

namespace shallop::oci {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::minutes time_max{30};  // by the clock; the processor time is limited besides
constexpr uint64_t entry_bytes_max = uint64_t{2} << 30;

// --- Who may compile: a file of the store whose bytes are locked (fcntl(2), open file description locks) ---

constexpr const char* turns_name = "turns";
constexpr off_t compiling = 0;
constexpr off_t waiting_max = 32;  // the bytes from 1 on
constexpr off_t copied = 64;       // from here on, each byte of a module that waits

bool lock_byte(int file, off_t byte, int command) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = byte;
  lock.l_len = 1;
  while (::fcntl(file, command, &lock) != 0) {
    if (errno != EINTR) return false;
  }
  return true;
}

// A place among those that wait; nothing where all are taken.
std::optional<UniqueFd> take_turn(const std::string& store) {
  UniqueFd turns(
      ::open(fmt::format("{}/{}", store, turns_name).c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!turns) return std::nullopt;
  for (off_t byte = 1; byte <= waiting_max; ++byte) {
    if (lock_byte(turns.get(), byte, F_OFD_SETLK)) return turns;
  }
  return std::nullopt;
}

// Of the store's bytes, those for the copies of modules that wait and of the one that is compiled. The others are for
// native code.
uint64_t room_for_copies(uint64_t store_bytes_max) { return store_bytes_max / 4; }

// Room for a copy, for as long as the file is open: the first that is free. False where there is none.
bool take_room(int turns, uint64_t size_bytes, uint64_t room_bytes) {
  constexpr off_t block_bytes = 4'096;
  struct flock wanted{};
  wanted.l_type = F_WRLCK;
  wanted.l_whence = SEEK_SET;
  wanted.l_start = copied;
  wanted.l_len = std::max<off_t>((static_cast<off_t>(size_bytes) + block_bytes - 1) / block_bytes, 1) * block_bytes;
  while (wanted.l_start + wanted.l_len <= copied + static_cast<off_t>(room_bytes)) {
    if (::fcntl(turns, F_OFD_SETLK, &wanted) == 0) return true;
    struct flock taken = wanted;
    if (::fcntl(turns, F_OFD_GETLK, &taken) != 0) return false;
    if (taken.l_type == F_UNLCK) continue;  // it was given back meanwhile
    if (taken.l_len == 0) return false;     // all from there on
    wanted.l_start = taken.l_start + taken.l_len;
  }
  return false;
}

// --- Out of the container's surroundings ---

// Where a process of this one's control groups joins the root of each hierarchy (cgroups(7)).
std::vector<std::string> roots_of_control_groups() {
  std::vector<std::string> roots;
  const auto bytes = read_file("/proc/self/cgroup", size_t{1} << 20);
  std::istringstream lines(bytes ? std::string(reinterpret_cast<const char*>(bytes->data()), bytes->size()) : "");
  for (std::string line; std::getline(lines, line);) {
    const size_t first = line.find(':');
    const size_t second = line.find(':', first + 1);
    if (first == line.npos || second == line.npos) continue;
    std::string controllers = line.substr(first + 1, second - first - 1);
    if (controllers.starts_with("name=")) controllers.erase(0, 5);
    roots.push_back(fmt::format("/sys/fs/cgroup/{}/cgroup.procs", controllers.empty() ? "unified" : controllers));
    if (controllers.empty()) roots.emplace_back("/sys/fs/cgroup/cgroup.procs");  // the only hierarchy
  }
  return roots;
}

struct Held {
  int module;
  uint64_t module_bytes;  // for which there is room
  int turns;
  int directory;
};

// Pipes of the engine are closed: it waits until all who hold them have closed them.
Held keep_only(const Held& held) {
  const int nothing = ::open("/dev/null", O_RDWR);
  // Above the numbers that they are to have, so that none takes the place of another.
  const int module = ::fcntl(held.module, F_DUPFD, 10);
  const int turns = ::fcntl(held.turns, F_DUPFD, 10);
  const int directory = ::fcntl(held.directory, F_DUPFD, 10);
  if (nothing < 0 || module < 0 || turns < 0 || directory < 0) ::_exit(1);  // the next start tries it again
  for (const int standard : {0, 1, 2}) ::dup2(nothing, standard);
  ::dup2(module, 3);
  ::dup2(turns, 4);
  ::dup2(directory, 5);
  ::close_range(6, ~0U, 0);
  return {.module = 3, .module_bytes = held.module_bytes, .turns = 4, .directory = 5};
}

bool copy_bytes(int from, int to, uint64_t size_bytes) {
  while (size_bytes > 0) {
    const ssize_t count = ::sendfile(to, from, nullptr, size_bytes);
    if (count == 0) break;  // it has become shorter
    if (count < 0 && errno != EINTR) return false;
    size_bytes -= static_cast<uint64_t>(std::max<ssize_t>(count, 0));
  }
  return true;
}

// The container, with its file systems, may be gone before its module's turn comes.
UniqueFd copy_of(const Held& held) {
  const std::string name = fmt::format("tmp.{}.module", ::getpid());
  UniqueFd copy(::openat(held.directory, name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  ::unlinkat(held.directory, name.c_str(), 0);
  // For whoever compiles, who opens it again as /dev/stdin.
  if (!copy || ::fchmod(copy.get(), 0644) != 0 || !copy_bytes(held.module, copy.get(), held.module_bytes) ||
      ::lseek(copy.get(), 0, SEEK_SET) != 0) {
    copy.reset();
  }
  return copy;
}

// --- The process without rights ---

struct Ends {
  int module;
  int entry;     // where the entry is written
  int messages;  // what it says otherwise
};

[[noreturn]] void become_precompiler(const Compilation& compilation, const Ends& ends, pid_t parent) {
  constexpr int cannot_start = 127;
  ::dup2(ends.module, STDIN_FILENO);
  ::dup2(ends.entry, STDOUT_FILENO);
  ::dup2(ends.messages, STDERR_FILENO);
  ::close_range(3, ~0U, 0);
  const auto give_up = [](std::string_view why) {
    static_cast<void>(write_all(STDERR_FILENO, fmt::format("{}\n", why)));
    ::_exit(cannot_start);
  };
  if (!confine_compiler(compilation.user, compilation.precompiler))
    give_up("the process that compiles could not give up its rights");
  // Behind the change of the user, which takes it back.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(cannot_start);  // it has ended already
  const char* program = compilation.precompiler.c_str();
  const char* const words[] = {program, "precompile", "--store", "-", "-", nullptr};
  const char* const environment[] = {"PATH=/usr/bin:/bin", nullptr};
  ::execve(program, const_cast<char* const*>(words), const_cast<char* const*>(environment));
  give_up(fmt::format("{}: {}", program, std::strerror(errno)));
  ::_exit(cannot_start);
}

// --- What it says ---

std::string last_line_of(int file) {
  constexpr size_t size_max = 2'000;
  struct stat status{};
  if (::fstat(file, &status) != 0) return {};
  std::string text(std::min(static_cast<size_t>(status.st_size), size_max), '\0');
  const ssize_t count = ::pread(file, text.data(), text.size(), status.st_size - static_cast<off_t>(text.size()));
  text.resize(static_cast<size_t>(std::max<ssize_t>(count, 0)));
  while (text.ends_with('\n')) text.pop_back();
  text.erase(0, text.rfind('\n') + 1);
  std::ranges::replace_if(text, [](unsigned char each) { return each < 0x20 || each >= 0x7F; }, '?');
  return text;
}

bool is_entry_name(std::string_view name) {
  constexpr size_t digits = 64;
  return name.size() == digits + entry_suffix.size() && name.ends_with(entry_suffix) &&
         name.find_first_not_of("0123456789abcdef") == digits;
}

// The entry as it comes: "HASH.native", a line's end, and what the file is to contain.
class Incoming {
 public:
  enum class State : uint8_t { begun, known_already, refused };

  explicit Incoming(int directory) : directory_(directory), entry_(directory) {}

  State take(std::string_view bytes) {
    if (name_.empty()) {
      beginning_ += bytes;
      const size_t end = beginning_.find('\n');
      constexpr size_t name_bytes_max = 100;
      if (end == beginning_.npos) return beginning_.size() > name_bytes_max ? State::refused : State::begun;
      if (!is_entry_name(std::string_view(beginning_).substr(0, end))) return State::refused;
      name_ = beginning_.substr(0, end);
      // Of the same compiler and processor: it was only to be asked whether they are the same still.
      if (::utimensat(directory_, name_.c_str(), nullptr, AT_SYMLINK_NOFOLLOW) == 0) return State::known_already;
      bytes = std::string_view(beginning_).substr(end + 1);
    }
    size_bytes_ += bytes.size();
    return size_bytes_ <= entry_bytes_max && entry_ && entry_.write(bytes) ? State::begun : State::refused;
  }
  bool finish() { return !name_.empty() && size_bytes_ > 0 && entry_.finish(name_); }

 private:
  int directory_;
  NewEntry entry_;
  std::string beginning_;
  std::string name_;
  uint64_t size_bytes_ = 0;
};

// --- The process that keeps the entry ---

class Keeper {
 public:
  Keeper(const Compilation& compilation, const Held& held) : compilation_(compilation), held_(held) {}

  // What is said of a failure; nothing where there is native code now.
  std::optional<std::string> work() {
    int ends[2];
    const UniqueFd messages(::memfd_create("messages", MFD_CLOEXEC));
    if (!messages || ::pipe2(ends, O_CLOEXEC) != 0) return "there is too little memory";
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0) return "there can be no process";
    if (process_ == 0) {
      become_precompiler(compilation_, {.module = held_.module, .entry = writing.get(), .messages = messages.get()},
                         parent);
    }
    writing.reset();
    Incoming incoming(held_.directory);
    auto refusal = read_all(reading.get(), incoming);
    if (refusal || is_known_already_) ::kill(process_, SIGKILL);
    const int status = wait();
    if (is_known_already_) return std::nullopt;
    if (refusal) return refusal;
    if (WIFSIGNALED(status)) return fmt::format("the compiler was ended by signal {}", WTERMSIG(status));
    if (const std::string line = last_line_of(messages.get()); WEXITSTATUS(status) != 0) {
      return line.empty() ? fmt::format("the compiler ended with status {}", WEXITSTATUS(status)) : line;
    }
    if (!incoming.finish()) return fmt::format("the native code could not be kept: {}", std::strerror(errno));
    return std::nullopt;
  }

 private:
  // To the end of what it writes.
  std::optional<std::string> read_all(int pipe, Incoming& incoming) {
    const auto end = Clock::now() + time_max;
    std::vector<char> chunk(size_t{1} << 16);
    for (;;) {
      const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
      pollfd readable{.fd = pipe, .events = POLLIN, .revents = 0};
      const int ready = left.count() > 0 ? ::poll(&readable, 1, static_cast<int>(left.count())) : 0;
      if (ready == 0) return "the compiler took more than half an hour";
      const ssize_t count = ready < 0 ? ready : ::read(pipe, chunk.data(), chunk.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) return std::nullopt;
      switch (incoming.take({chunk.data(), static_cast<size_t>(count)})) {
        case Incoming::State::begun: break;
        case Incoming::State::known_already: is_known_already_ = true; return std::nullopt;
        case Incoming::State::refused: return "what the compiler wrote could not be kept";
      }
    }
  }

  // It has closed its output; then it has no more to do.
  int wait() const {
    int status = 0;
    for (int tries = 0; tries < 100; ++tries) {
      const pid_t ended = ::waitpid(process_, &status, WNOHANG);
      if (ended == process_) return status;
      ::poll(nullptr, 0, 50);
    }
    ::kill(process_, SIGKILL);
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }

  const Compilation& compilation_;
  Held held_;
  pid_t process_ = -1;
  bool is_known_already_ = false;
};

[[noreturn]] void keep(const Compilation& compilation, const Held& given) {
  ::setsid();
  // A pod's control groups could not be removed, and its limits are not the host's.
  for (const std::string& each : roots_of_control_groups()) {
    const UniqueFd group(::open(each.c_str(), O_WRONLY | O_CLOEXEC));
    if (group) static_cast<void>(::write(group.get(), "0", 1));
  }
  ::setpriority(PRIO_PROCESS, 0, 10);
  Held held = keep_only(given);
  static_cast<void>(!::chdir("/"));
  const UniqueFd module = copy_of(held);
  ::close(held.module);
  held.module = module.get();
  if (module && lock_byte(held.turns, compiling, F_OFD_SETLKW)) {
    if (const auto failure = Keeper(compilation, held).work()) mark_as_failed(held.directory, *failure);
    evict(compilation.store, compilation.store_bytes_max - room_for_copies(compilation.store_bytes_max),
          compilation.directory);
  }
  ::_exit(0);
}

std::unexpected<std::string> not_compiled(std::string_view why) {
  return std::unexpected(fmt::format("the module cannot be compiled: {}", why));
}

}  // namespace

std::expected<void, std::string> start_compilation(const Compilation& compilation, int module) {
  struct stat status{};
  if (::fstat(module, &status) != 0 || ::lseek(module, 0, SEEK_SET) != 0) return not_compiled(std::strerror(errno));
  const UniqueFd directory(::open(compilation.directory.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory) return not_compiled(std::strerror(errno));
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) return {};  // by another one
  const auto turns = take_turn(compilation.store);
  if (!turns) return not_compiled(fmt::format("{} others wait to be", waiting_max));
  const auto module_bytes = static_cast<uint64_t>(status.st_size);
  const uint64_t room_bytes = room_for_copies(compilation.store_bytes_max);
  if (!take_room(turns->get(), module_bytes, room_bytes)) {
    return not_compiled(fmt::format(
        "its {} bytes find no room among the modules that wait to be, which have {}, a quarter of the store "
        "(member 'native_store_mib' of /etc/shallop/oci.json)",
        module_bytes, room_bytes));
  }
  ::unlinkat(directory.get(), failure_name, 0);  // that of another compiler
  const pid_t process = ::fork();
  if (process == 0) {
    // An orphan: nobody gets a signal when it ends.
    if (::fork() != 0) ::_exit(0);
    keep(compilation,
         {.module = module, .module_bytes = module_bytes, .turns = turns->get(), .directory = directory.get()});
  }
  if (process < 0) return not_compiled(std::strerror(errno));
  while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
  return {};
}

}  // namespace shallop::oci
