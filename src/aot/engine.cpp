// SPDX-License-Identifier: Apache-2.0
#include "aot/engine.hpp"

#include <algorithm>

#include "aot/native_code.hpp"

namespace shallop::aot {
namespace {

// Whatever is wrong here, running the code would jump to where nothing is.
void check(const Module& module, const NativeImageView& image) {
  if (image.functions.size() != module.functions.size() || image.function_sizes.size() != module.functions.size() ||
      image.entries.size() != module.types.size() || image.callouts.size() != module.types.size()) {
    throw ImageError("the native code has another number of functions or types than the module");
  }
  if (!std::ranges::is_sorted(image.functions)) throw ImageError("the native code's functions are not in order");
  const auto is_inside = [&](uint32_t offset) { return offset < image.code.size(); };
  const auto is_inside_or_none = [&](uint32_t offset) { return offset == no_code || is_inside(offset); };
  bool fits = std::ranges::all_of(image.functions, is_inside) &&
              std::ranges::all_of(image.entries, is_inside_or_none) &&
              std::ranges::all_of(image.callouts, is_inside_or_none);
  for (size_t i = 0; i < image.functions.size(); ++i) {
    fits = fits && image.function_sizes[i] <= image.code.size() - image.functions[i];
  }
  for (uint32_t i = 0; i < module.function_types.size(); ++i) {
    const std::vector<uint32_t>& stubs = i < module.imported_functions ? image.callouts : image.entries;
    fits = fits && stubs[module.function_types[i].value] != no_code;
  }
  if (!module.table_types.empty()) fits = fits && std::ranges::find(image.callouts, no_code) == image.callouts.end();
  fits = fits && uint64_t{image.eh_frame_offset} + image.eh_frame_size <= image.data.size();
  if (!fits) throw ImageError("the native code does not have all that the module needs");
}

}  // namespace

std::shared_ptr<const Code> prepare(std::shared_ptr<const ValidatedModule> module, const NativeImageView& image,
                                    Fallback fallback) {
  check(**module, image);
  return std::make_shared<NativeCode>(std::move(module), image, fallback);
}

}  // namespace shallop::aot
