// SPDX-License-Identifier: Apache-2.0
// Images as one tar archive that is both an OCI image layout and, by its manifest.json, what `docker save` writes, so
// that docker, podman, containerd and skopeo load it. https://github.com/opencontainers/image-spec/blob/main/spec.md
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "oci_image/image_name.hpp"
#include "oci_image/layer.hpp"

namespace shallop::oci_image {

struct Platform {
  std::string os = "linux";
  std::string architecture;  // by Go's names: "amd64", "arm64", "wasm"
};

// What a container is started with. https://github.com/opencontainers/image-spec/blob/main/config.md
// All strings are UTF-8.
struct Config {
  std::vector<std::string> entrypoint{};
  std::vector<std::string> command{};      // the arguments that `docker run IMAGE ARGS` replaces
  std::vector<std::string> environment{};  // "NAME=VALUE"
  std::string user{};                      // "65532:65532"
  std::string working_directory = "/";
  std::vector<std::string> exposed_ports{};  // "8080/tcp"
  std::vector<std::string> health_check{};   // a program and its arguments; of docker only
  std::vector<std::pair<std::string, std::string>> labels{};
};

struct Image {
  Platform platform;
  Config config;
  std::vector<std::shared_ptr<const Layer>> layers;  // the lowest first
};

// One image for several platforms is one per platform here; all get all of `names`. Engines that read manifest.json
// alone (docker before version 25) load the first. `time_s` is when the images were made, in seconds since 1970.
std::vector<std::byte> write_archive(std::span<const Image> images, std::span<const ImageName> names, int64_t time_s);

}  // namespace shallop::oci_image
