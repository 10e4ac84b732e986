// SPDX-License-Identifier: Apache-2.0
#include "base/landlock.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>
#include <utility>

#include "base/unique_fd.hpp"

namespace shallop {
namespace {

// Newer than the headers of Linux 6.1.
constexpr uint64_t access_truncate = uint64_t{1} << 14;
constexpr uint64_t access_ioctl_of_device = uint64_t{1} << 15;

constexpr uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t changing = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                              LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                              LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER |
                              access_truncate;
// What a rule for something else than a directory may name.
constexpr uint64_t of_files =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | access_truncate;

// All that this version of the interface can take away.
uint64_t known_access(long version) {
  uint64_t access = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) access |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) access |= access_truncate;
  if (version >= 5) access |= access_ioctl_of_device;
  return access;
}

std::unexpected<std::string> host_error(const std::string& what) {
  return std::unexpected(what + ": " + std::generic_category().message(errno));
}

// All rights that the kernel knows are taken away but for what is added to it.
class Ruleset {
 public:
  static std::expected<Ruleset, std::string> make() {
    const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 0) return host_error("the kernel has no Landlock, or does not let it be used");
    landlock_ruleset_attr attributes{};
    attributes.handled_access_fs = known_access(version);
    UniqueFd fd(
        static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0)));
    if (!fd) return host_error("no set of rules can be made");
    return Ruleset(std::move(fd), attributes.handled_access_fs);
  }

  std::expected<void, std::string> allow(const AllowedPath& allowed) const {
    const UniqueFd place(::open(allowed.path.c_str(), O_PATH | O_CLOEXEC));
    if (!place) return {};
    struct stat status{};
    if (::fstat(place.get(), &status) != 0) return host_error(allowed.path);
    landlock_path_beneath_attr rule{};
    // No devices, sockets and pipes are made.
    rule.allowed_access = reading;
    if (!allowed.read_only) rule.allowed_access |= changing;
    if (allowed.executable) rule.allowed_access |= LANDLOCK_ACCESS_FS_EXECUTE;
    rule.allowed_access &= unwanted_;
    if (!S_ISDIR(status.st_mode)) rule.allowed_access &= of_files;
    rule.parent_fd = place.get();
    if (::syscall(SYS_landlock_add_rule, fd_.get(), LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
      return host_error(allowed.path);
    }
    return {};
  }

  std::expected<void, std::string> put_in_force() const {
    // Without it only a process with privileges may confine itself.
    if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::syscall(SYS_landlock_restrict_self, fd_.get(), 0) != 0) {
      return host_error("the rules cannot be put in force");
    }
    return {};
  }

 private:
  Ruleset(UniqueFd fd, uint64_t unwanted) : fd_(std::move(fd)), unwanted_(unwanted) {}

  UniqueFd fd_;
  uint64_t unwanted_;
};

}  // namespace

std::expected<void, std::string> confine_files(std::span<const AllowedPath> allowed) {
  const auto rules = Ruleset::make();
  if (!rules) return std::unexpected(rules.error());
  for (const AllowedPath& each : allowed) {
    if (auto added = rules->allow(each); !added) return added;
  }
  return rules->put_in_force();
}

}  // namespace shallop
