// SPDX-License-Identifier: Apache-2.0
// Files as a container will see them, looked for on the host: beneath its root and in its bind mounts. Symbolic links
// lead to where they will lead in the container, never to a file of the host.
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/unique_fd.hpp"
#include "oci/bundle.hpp"

namespace shallop::oci {

struct ContainerFile {
  UniqueFd fd;
  std::string place;  // absolute in the container, through no link
};

class ContainerFiles {
 public:
  // Of a container that is not there yet.
  explicit ContainerFiles(const Bundle& bundle);
  // Of one that runs: `root` is /proc/PID/root, where everything is mounted already.
  explicit ContainerFiles(const std::string& root);

  // Opens a regular file for reading; a relative path is meant from `directory`. Nothing else is opened, as opening a
  // device or a pipe can do something.
  std::expected<ContainerFile, std::error_code> open(std::string_view path, std::string_view directory) const;

 private:
  const Mount* mounted_at(std::string_view path) const;
  bool is_above_a_mount(std::string_view path) const;

  std::string root_;
  std::vector<Mount> mounts_;
};

}  // namespace shallop::oci
