// SPDX-License-Identifier: Apache-2.0
// Images of one module, from nothing: with the runner before it, for any engine, or of the module alone, for engines
// whose runtime brings a runner.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "oci_image/archive.hpp"
#include "oci_image/tar_writer.hpp"

namespace shallop::oci_image {

// Nobody in particular: the user that images without a shell are run as by custom.
inline constexpr Owner default_user{.user = 65532, .group = 65532};
inline constexpr std::string_view runner_path = "/usr/bin/shallop-run";

// The path in the image of the module that was in the file `path`: "/service.wasm".
std::string module_path_of(std::string_view path);

struct Module {
  std::string path;  // in the image, as module_path_of() has it
  std::span<const std::byte> bytes;
};

// The runner's layer does not depend on the module, so that all images of a host share it.
std::shared_ptr<const Layer> runner_layer(std::span<const std::byte> runner, int64_t time_s);
// `directories` are absolute; they are made empty and belong to `user`, for volumes to be mounted there.
std::shared_ptr<const Layer> module_layer(const Module& module, const std::vector<std::string>& directories, Owner user,
                                          int64_t time_s);

// The options of `shallop run` with which every image's runner starts.
std::vector<std::string> runner_options(bool has_native_code);

// Sets what starts the module, and where programs are looked for. `config` holds the rest.
Config config_with_runner(Config config, const std::vector<std::string>& runner_options, const Module& module);
Config config_of_module_alone(Config config, const Module& module);

}  // namespace shallop::oci_image
