// SPDX-License-Identifier: Apache-2.0
// A bundle as an engine makes it, in a directory of its own.
#pragma once

#include <sys/stat.h>

#include <string>
#include <string_view>

#include "oci/bundle.hpp"
#include "oci/json.hpp"
#include "support/temporary_directory.hpp"

namespace shallop::oci {

inline constexpr std::string_view empty_module{"\0asm\1\0\0\0", 8};

struct BundleOnDisk {
  BundleOnDisk() {
    ::mkdir((directory / "rootfs").c_str(), 0755);
    write_file("/app.wasm", empty_module);
    config = Json::parse(R"({
      "ociVersion": "1.0.2",
      "process": {"args": ["/app.wasm", "8080"], "env": ["PATH=/usr/bin:/bin", "LEVEL=debug"], "cwd": "/"},
      "root": {"path": "rootfs"},
      "mounts": [{"destination": "/proc", "type": "proc", "source": "proc"},
                 {"destination": "/dev", "type": "tmpfs", "source": "tmpfs", "options": ["nosuid"]}],
      "linux": {"resources": {"memory": {"limit": 9223372036854771712}}}
    })");
  }

  // `path` is the container's.
  void write_file(std::string_view path, std::string_view content) const {
    directory.write("rootfs" + std::string(path), content);
  }
  void make_directory(std::string_view path) const {
    ::mkdir((directory / ("rootfs" + std::string(path))).c_str(), 0755);
  }
  std::string on_host(std::string_view path) const { return directory / ("rootfs" + std::string(path)); }
  void write_config() const { directory.write("config.json", config.dump()); }
  Bundle bundle() const { return {directory.path(), config}; }

  TemporaryDirectory directory;
  Json config;
};

}  // namespace shallop::oci
