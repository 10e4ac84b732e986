// SPDX-License-Identifier: Apache-2.0
#include "oci_image/layer.hpp"

#include <fmt/format.h>

#include <iterator>
#include <span>
#include <utility>

namespace shallop::oci_image {

Layer make_layer(std::vector<std::byte> tar, std::string made_by) {
  const Digest digest = sha256(std::span<const std::byte>(tar));
  return {.tar = std::move(tar), .digest = digest, .made_by = std::move(made_by)};
}

std::string text_of(const Digest& digest) { return "sha256:" + hexadecimal(digest); }

std::string hexadecimal(const Digest& digest) {
  std::string text;
  for (const std::byte each : digest) {
    fmt::format_to(std::back_inserter(text), "{:02x}", std::to_integer<unsigned>(each));
  }
  return text;
}

}  // namespace shallop::oci_image
