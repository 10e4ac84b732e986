// SPDX-License-Identifier: Apache-2.0
// A layer of an image: a tar archive of files, and its digest. Layers are not compressed, so that their bytes do not
// depend on a version of zlib; registries get them compressed by whoever pushes them.
// https://github.com/opencontainers/image-spec/blob/main/layer.md
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/sha256.hpp"

namespace shallop::oci_image {

struct Layer {
  std::vector<std::byte> tar;
  Digest digest;        // of `tar`; being uncompressed, it is the "diff id" as well
  std::string made_by;  // for the image's history
};

Layer make_layer(std::vector<std::byte> tar, std::string made_by);

// "sha256:9f86d0..."
std::string text_of(const Digest& digest);
// The same without the algorithm.
std::string hexadecimal(const Digest& digest);

}  // namespace shallop::oci_image
