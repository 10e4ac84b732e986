// SPDX-License-Identifier: Apache-2.0
// Native code as an engine (runtime/engine.hpp).
#pragma once

#include <memory>

#include "aot/native_image_view.hpp"
#include "runtime/engine.hpp"
#include "validation/validated_module.hpp"
#include "wasm/error.hpp"

namespace shallop::aot {

// The image cannot be that of the module: a number of functions, an offset out of bounds.
class ImageError : public Error {
 public:
  using Error::Error;
};

// Another engine's prepare().
using Fallback = std::shared_ptr<const Code> (*)(std::shared_ptr<const ValidatedModule> module);

// Maps `image`, which the caller trusts: it is code that will run in this process. What `fallback` makes is bound to an
// instance whose memory is not of the kind that the image was compiled for; without one, binding throws ResourceError.
// Throws ImageError, and ResourceError when the host has no room.
std::shared_ptr<const Code> prepare(std::shared_ptr<const ValidatedModule> module, const NativeImageView& image,
                                    Fallback fallback = nullptr);

}  // namespace shallop::aot
