// SPDX-License-Identifier: Apache-2.0
// What the control groups that this process is in leave it of the machine: in a container the limits that its engine
// was given. Both versions of control groups are read, as either may be mounted.
// https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace shallop {

class ControlGroups {
 public:
  // `root` is where the hierarchies are mounted, `membership` the file that names this process's groups.
  explicit ControlGroups(std::string root = "/sys/fs/cgroup", std::string membership = "/proc/self/cgroup");

  // The quota of processor time in processors, rounded up; nothing for no limit. At least 1.
  std::optional<uint32_t> processors() const;
  // Beyond so much memory, processes of the group are killed; nothing for no limit.
  std::optional<uint64_t> memory_bytes() const;

 private:
  std::optional<std::string> group_of(const std::string& controller) const;
  template <class LimitOf>
  auto smallest(const std::string& controller, LimitOf limit_of) const;

  std::string root_;
  std::string membership_;
};

}  // namespace shallop
