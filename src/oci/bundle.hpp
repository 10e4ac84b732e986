// SPDX-License-Identifier: Apache-2.0
// A bundle: a directory with config.json and the container's root file system.
// https://github.com/opencontainers/runtime-spec/blob/main/bundle.md
#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "oci/json.hpp"

namespace shallop::oci {

struct Mount {
  std::string destination;  // in the container, without "." and ".." and doubled slashes
  std::string source;       // on the host; absolute if it is a path
  std::string type;
  bool is_bind = false;
  bool is_read_only = false;
};

class Bundle {
 public:
  // Reads config.json. The error is a sentence.
  static std::expected<Bundle, std::string> load(const std::string& directory);
  // For a configuration that is there already.
  Bundle(std::string directory, Json config) : directory_(std::move(directory)), config_(std::move(config)) {}

  const Json& config() const { return config_; }
  // The root file system on the host.
  std::string root() const;
  std::vector<Mount> mounts() const;
  std::string annotation(std::string_view name) const;

  // Replaces config.json as a whole: whoever reads it gets the old one or `config`. The error is a sentence.
  std::expected<void, std::string> replace_config(const Json& config) const;

 private:
  std::string on_host(const std::string& path) const;

  std::string directory_;
  Json config_;
};

// "/a//b/./../c/" becomes "/a/c"; what is relative is taken as beneath "/".
std::string normal_path(std::string_view path);

}  // namespace shallop::oci
