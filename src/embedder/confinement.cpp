// SPDX-License-Identifier: Apache-2.0
#include "embedder/confinement.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "base/unique_fd.hpp"

namespace shallop {
namespace {

// Newer than the headers of Linux 6.1.
constexpr uint64_t access_truncate = uint64_t{1} << 14;
constexpr uint64_t access_ioctl_of_device = uint64_t{1} << 15;

constexpr uint64_t reading = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
// Nothing is ever executed, and no devices, sockets and pipes are made.
constexpr uint64_t writing = reading | LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                             LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                             LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_MAKE_SYM | LANDLOCK_ACCESS_FS_REFER |
                             access_truncate;
constexpr uint64_t of_files = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_WRITE_FILE | access_truncate;

// All that this version of the interface can take away.
uint64_t known_access(long version) {
  uint64_t access = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;
  if (version >= 2) access |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) access |= access_truncate;
  if (version >= 5) access |= access_ioctl_of_device;
  return access;
}

std::unexpected<std::string> host_error(std::string_view what) {
  return std::unexpected(fmt::format("{}: {}", what, std::generic_category().message(errno)));
}

std::expected<void, std::string> allow(int ruleset, const AllowedPath& allowed, uint64_t known) {
  const UniqueFd place(::open(allowed.path.c_str(), O_PATH | O_CLOEXEC));
  if (!place) return {};
  struct stat status{};
  if (::fstat(place.get(), &status) != 0) return host_error(allowed.path);
  landlock_path_beneath_attr rule{};
  rule.allowed_access = (allowed.read_only ? reading : writing) & known;
  if (!S_ISDIR(status.st_mode)) rule.allowed_access &= of_files;
  rule.parent_fd = place.get();
  if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) {
    return host_error(allowed.path);
  }
  return {};
}

}  // namespace

std::expected<void, std::string> confine_files(std::span<const AllowedPath> allowed) {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 0) return host_error("the kernel has no Landlock, or does not let it be used");
  landlock_ruleset_attr attributes{};
  attributes.handled_access_fs = known_access(version);
  const UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0)));
  if (!ruleset) return host_error("no set of rules can be made");
  for (const AllowedPath& each : allowed) {
    if (auto added = allow(ruleset.get(), each, attributes.handled_access_fs); !added) return added;
  }
  // Without it only a process with privileges may confine itself.
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return host_error("the rules cannot be put in force");
  }
  return {};
}

}  // namespace shallop
