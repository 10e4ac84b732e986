// SPDX-License-Identifier: Apache-2.0
// A module that has passed validation. Only validate() can make one; engines and instantiate() accept nothing else, so
// whoever holds it may rely on every rule of the specification's chapter "Validation".
#pragma once

#include <memory>
#include <utility>

#include "wasm/module.hpp"

namespace shallop {

class ValidatedModule {
 public:
  const Module& operator*() const { return module_; }
  const Module* operator->() const { return &module_; }

 private:
  explicit ValidatedModule(Module module) : module_(std::move(module)) {}
  friend std::shared_ptr<const ValidatedModule> validate(Module module);

  Module module_;
};

// Checks `module`, for the features that it was decoded with, by
// https://webassembly.github.io/spec/core/valid/modules.html . Throws ValidationError with the offset of the offending
// instruction or entry.
std::shared_ptr<const ValidatedModule> validate(Module module);

}  // namespace shallop
