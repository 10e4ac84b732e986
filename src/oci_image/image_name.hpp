// SPDX-License-Identifier: Apache-2.0
// Names of images, as engines read them: [DOMAIN/]PATH[:TAG].
// https://github.com/distribution/reference/blob/main/reference.go
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace shallop::oci_image {

struct ImageName {
  std::string short_name;  // "service:latest", "localhost:5000/service:1"
  std::string full_name;   // "docker.io/library/service:latest": what containerd stores
  std::string tag;
};

// Without a tag it is "latest". The error is the rest of a sentence that says what is wrong.
std::expected<ImageName, std::string> parse_image_name(std::string_view text);

// A path of one component that comes nearest to a file's name: "My Service.wasm" gives "my-service".
std::string image_path_of(std::string_view file_name);

}  // namespace shallop::oci_image
