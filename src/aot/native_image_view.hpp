// SPDX-License-Identifier: Apache-2.0
// A NativeImage whose code and data are somewhere else: in a compiler's result, or in the bytes of a file that holds
// them.
#pragma once

#include <span>

#include "aot/native_image.hpp"

namespace shallop::aot {

struct NativeImageView {
  NativeTarget target;
  uint8_t optimization = 3;
  bool guarded_memory = true;
  std::span<const std::byte> code;
  std::span<const std::byte> data;
  uint32_t eh_frame_offset = 0;
  uint32_t eh_frame_size = 0;
  std::vector<uint32_t> functions;
  std::vector<uint32_t> function_sizes;
  std::vector<uint32_t> entries;
  std::vector<uint32_t> callouts;
};

// Valid while `image` is.
inline NativeImageView view(const NativeImage& image) {
  return {.target = image.target,
          .optimization = image.optimization,
          .guarded_memory = image.guarded_memory,
          .code = image.code,
          .data = image.data,
          .eh_frame_offset = image.eh_frame_offset,
          .eh_frame_size = image.eh_frame_size,
          .functions = image.functions,
          .function_sizes = image.function_sizes,
          .entries = image.entries,
          .callouts = image.callouts};
}

}  // namespace shallop::aot
