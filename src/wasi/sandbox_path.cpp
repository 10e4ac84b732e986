// SPDX-License-Identifier: Apache-2.0
#include "wasi/sandbox_path.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "wasi/errno.hpp"

namespace shallop::wasi {
namespace {

constexpr uint32_t link_limit = 40;  // as Linux has it

int call_openat2(int root, const char* path, int flags, mode_t mode) {
  open_how how{};
  how.flags = static_cast<uint64_t>(flags | O_CLOEXEC);
  how.mode = (flags & O_CREAT) != 0 ? mode : 0;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: something was renamed, anywhere on the host, while ".." was resolved, so that the kernel cannot tell
  // whether it leads outside. Who renames without a pause can make that last.
  constexpr int attempts = 16;
  for (int attempt = 0;; ++attempt) {
    const long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));
    const bool again = errno == EINTR ? !is_interrupted() : errno == EAGAIN && attempt < attempts;
    if (fd >= 0 || !again) return static_cast<int>(fd);
  }
}

// Resolution beneath `root` without the kernel's help. Every directory on the way is held open, so ".." goes back to
// where we came from, wherever that directory has been moved since.
class Walk {
 public:
  Walk(int root, const char* path, bool follow) : root_(root), rest_(path), follow_(follow) {}

  // On success name() in directory() is what the path names.
  Errno run();
  int directory() const { return directories_.empty() ? root_ : directories_.back().get(); }
  const std::string& name() const { return name_; }
  UniqueFd take_directory() { return directories_.empty() ? UniqueFd() : std::move(directories_.back()); }

 private:
  // The next component; sets whether nothing but slashes may follow.
  std::string next_component();
  Errno enter(const std::string& component);
  // Success with an empty target when `component` is no link.
  Errno read_link(const std::string& component, std::string& target) const;
  Errno expand(const std::string& target);

  int root_;
  std::string rest_;
  bool follow_;
  bool is_last_ = false;
  std::string name_ = ".";
  uint32_t links_ = 0;
  std::vector<UniqueFd> directories_;
};

Errno Walk::run() {
  if (rest_.empty()) return Errno::noent;
  if (rest_.starts_with('/')) return Errno::perm;
  while (!rest_.empty()) {
    const std::string component = next_component();
    if (component.empty() || component == ".") continue;
    if (component == "..") {
      if (directories_.empty()) return Errno::perm;
      directories_.pop_back();
      continue;
    }
    const bool is_final = is_last_ && rest_.empty();  // "name/" must be a directory, so it is entered
    std::string target;
    if (!is_final || follow_) {
      if (const Errno error = read_link(component, target); error != Errno::success) return error;
    }
    if (!target.empty()) {
      if (const Errno error = expand(target); error != Errno::success) return error;
    } else if (is_final) {
      name_ = component;
    } else if (const Errno error = enter(component); error != Errno::success) {
      return error;
    }
  }
  return Errno::success;
}

std::string Walk::next_component() {
  const size_t slash = rest_.find('/');
  std::string component = rest_.substr(0, slash);
  is_last_ = slash == std::string::npos;
  rest_ = is_last_ ? std::string() : rest_.substr(slash + 1);
  return component;
}

Errno Walk::enter(const std::string& component) {
  UniqueFd fd(::openat(directory(), component.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!fd) return last_errno();
  directories_.push_back(std::move(fd));
  return Errno::success;
}

Errno Walk::read_link(const std::string& component, std::string& target) const {
  std::array<char, PATH_MAX> text;
  const ssize_t size = ::readlinkat(directory(), component.c_str(), text.data(), text.size());
  if (size >= 0) {
    if (static_cast<size_t>(size) == text.size()) return Errno::nametoolong;
    target.assign(text.data(), static_cast<size_t>(size));
    return Errno::success;
  }
  // EINVAL: no link. ENOENT: nothing there, which is for the caller to judge; entering it will say so.
  return errno == EINVAL || errno == ENOENT ? Errno::success : last_errno();
}

Errno Walk::expand(const std::string& target) {
  if (target.starts_with('/')) return Errno::perm;
  if (++links_ > link_limit) return Errno::loop;
  const bool had_slash = !is_last_;
  rest_ = had_slash ? target + "/" + rest_ : target;
  return rest_.size() < PATH_MAX * 2 ? Errno::success : Errno::nametoolong;
}

// As openat2 answers, but without it.
std::expected<UniqueFd, Errno> open_by_walk(int root, const char* path, int flags, mode_t mode) {
  const bool exclusive = (flags & O_CREAT) != 0 && (flags & O_EXCL) != 0;
  Walk walk(root, path, (flags & O_NOFOLLOW) == 0 && !exclusive);
  const Errno error = walk.run();
  // As the kernel has it: a name with a slash behind it is a directory's, and open(2) makes none.
  const bool creates_directory = (flags & O_CREAT) != 0 && std::string_view(path).ends_with('/');
  if (creates_directory && (error == Errno::success || error == Errno::noent)) return std::unexpected(Errno::isdir);
  if (error != Errno::success) return std::unexpected(error);
  UniqueFd fd(retry_interrupted(
      [&] { return ::openat(walk.directory(), walk.name().c_str(), flags | O_NOFOLLOW | O_CLOEXEC, mode); }));
  if (!fd) return std::unexpected(last_errno());
  return fd;
}

// The last component of `path`, with the slashes behind it.
char* last_component(char* path) {
  char* start = path + std::strlen(path);
  while (start > path && start[-1] == '/') --start;
  while (start > path && start[-1] != '/') --start;
  return start;
}

bool is_parent_name(std::string_view name) {
  return name.starts_with("..") && name.find_first_not_of('/', 2) == std::string_view::npos;
}

bool is_plain_name(const char* name) {
  return std::strchr(name, '/') == nullptr && std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0;
}

bool is_symbolic_link(int directory, const char* name) {
  char byte = 0;
  return ::readlinkat(directory, name, &byte, 1) >= 0;
}

}  // namespace

PathResolver host_path_resolver() {
  static const PathResolver resolver = [] {
    const UniqueFd fd(call_openat2(AT_FDCWD, ".", O_PATH, 0));
    return fd || (errno != ENOSYS && errno != EPERM) ? PathResolver::openat2 : PathResolver::walk;
  }();
  return resolver;
}

Errno SandboxPath::assign(std::span<const std::byte> bytes) {
  if (bytes.size() >= text_.size()) return Errno::nametoolong;
  if (std::ranges::find(bytes, std::byte{0}) != bytes.end()) return Errno::inval;
  std::memcpy(text_.data(), bytes.data(), bytes.size());
  text_[bytes.size()] = '\0';
  return Errno::success;
}

std::expected<UniqueFd, Errno> Sandbox::open(const char* path, int flags, mode_t mode) const {
  if (resolver_ == PathResolver::openat2) {
    UniqueFd fd(call_openat2(root_, path, flags, mode));
    if (fd) return fd;
    // EXDEV: the path would leave. EAGAIN: our own walk holds every directory, so renames do not confuse it.
    if (errno != EAGAIN) return std::unexpected(errno == EXDEV ? Errno::perm : last_errno());
  }
  return open_by_walk(root_, path, flags, mode);
}

std::expected<DirectoryEntry, Errno> Sandbox::parent(SandboxPath& path) const {
  if (path.c_str()[0] == '\0') return std::unexpected(Errno::noent);
  if (path.c_str()[0] == '/') return std::unexpected(Errno::perm);
  char* name = last_component(path.data());
  DirectoryEntry entry{.owned = {}, .directory = root_, .name = name};
  if (name == path.c_str()) {
    if (is_parent_name(name)) return std::unexpected(Errno::perm);
    return entry;
  }
  name[-1] = '\0';  // ends the path of the parent
  auto directory = open(path.c_str(), O_PATH | O_DIRECTORY, 0);
  name[-1] = '/';
  if (!directory) return std::unexpected(directory.error());
  if (is_kernel_interface(directory->get())) return std::unexpected(Errno::acces);
  entry.owned = std::move(*directory);
  entry.directory = entry.owned.get();
  return entry;
}

std::expected<DirectoryEntry, Errno> Sandbox::entry(SandboxPath& path, bool follow) const {
  auto entry = parent(path);
  if (!entry) return entry;
  if (is_plain_name(entry->name) && (!follow || !is_symbolic_link(entry->directory, entry->name))) return entry;

  // The rare rest: "..", "name/", links to follow.
  Walk walk(root_, path.c_str(), follow);
  if (const Errno error = walk.run(); error != Errno::success) return std::unexpected(error);
  const int directory = walk.directory();
  if (directory != root_ && is_kernel_interface(directory)) return std::unexpected(Errno::acces);
  std::memcpy(path.data(), walk.name().c_str(), walk.name().size() + 1);
  return DirectoryEntry{.owned = walk.take_directory(), .directory = directory, .name = path.c_str()};
}

bool stays_beneath(const char* path, const char* target) {
  if (target[0] == '/') return false;
  std::string_view link = path;
  while (link.ends_with('/')) link.remove_suffix(1);
  const size_t slash = link.rfind('/');
  const std::string whole =
      std::string(slash == std::string_view::npos ? std::string_view() : link.substr(0, slash + 1)) + target;
  int depth = 0;
  for (size_t at = 0; at <= whole.size();) {
    const size_t end = std::min(whole.find('/', at), whole.size());
    const std::string_view component = std::string_view(whole).substr(at, end - at);
    if (component == "..")
      --depth;
    else if (!component.empty() && component != ".")
      ++depth;
    if (depth < 0) return false;
    at = end + 1;
  }
  return true;
}

bool is_machine_device(const struct stat& stat) {
  if (S_ISBLK(stat.st_mode)) return true;
  if (!S_ISCHR(stat.st_mode)) return false;
  // https://docs.kernel.org/admin-guide/devices.html : null, zero, full, random, urandom
  constexpr unsigned memory_devices = 1;
  constexpr std::array<unsigned, 5> harmless{3, 5, 7, 8, 9};
  return major(stat.st_rdev) != memory_devices || std::ranges::find(harmless, minor(stat.st_rdev)) == harmless.end();
}

bool is_kernel_interface(int fd) {
  struct statfs info{};
  if (::fstatfs(fd, &info) != 0) return false;
  // linux/magic.h has all but these two.
  constexpr long configfs_magic = 0x6265'6570;
  constexpr long mqueue_magic = 0x1980'0202;
  switch (info.f_type) {
    case PROC_SUPER_MAGIC:
    case SYSFS_MAGIC:
    case CGROUP_SUPER_MAGIC:
    case CGROUP2_SUPER_MAGIC:
    case DEBUGFS_MAGIC:
    case TRACEFS_MAGIC:
    case SECURITYFS_MAGIC:
    case SELINUX_MAGIC:
    case SMACK_MAGIC:
    case BPF_FS_MAGIC:
    case PSTOREFS_MAGIC:
    case EFIVARFS_MAGIC:
    case BINFMTFS_MAGIC:
    case RDTGROUP_SUPER_MAGIC:
    case DEVPTS_SUPER_MAGIC:
    case mqueue_magic:
    case configfs_magic: return true;
    default: return false;
  }
}

}  // namespace shallop::wasi
