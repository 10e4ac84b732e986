// SPDX-License-Identifier: Apache-2.0
// What `shallop pack` was asked for.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "oci_image/archive.hpp"
#include "oci_image/image_name.hpp"
#include "oci_image/tar_writer.hpp"

namespace shallop::cli {

struct RunnerFile {
  std::string architecture;  // empty: as the file says
  std::string path;
};

struct PackOptions {
  std::string file;
  std::string output;
  std::vector<oci_image::ImageName> names;  // at least one
  std::vector<RunnerFile> runners;          // at least one, unless module_only
  bool module_only = false;
  oci_image::Platform platform;             // of module_only
  std::optional<std::string> native_cpu;    // compile for this processor
  std::vector<std::string> runner_options;  // of `shallop run`
  std::vector<std::string> directories;     // in the image, absolute
  oci_image::Owner user;
  oci_image::Config config;  // all but what starts the module
  int64_t time_s = 0;
};

// Nothing when help was asked for, which it prints. Throws UsageError.
std::optional<PackOptions> parse_pack_options(const Arguments& arguments);

}  // namespace shallop::cli
