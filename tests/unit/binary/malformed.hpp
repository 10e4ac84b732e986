// SPDX-License-Identifier: Apache-2.0
// What the decoder says about bytes that are no module.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "binary/decode.hpp"
#include "support/module_builder.hpp"
#include "support/refusal.hpp"

namespace shallop {

// The bytes behind magic and version, which are eight.
inline std::vector<std::byte> module_of(std::initializer_list<uint8_t> sections) {
  std::vector<std::byte> module = ModuleBuilder().build();
  for (const uint8_t each : sections) module.push_back(std::byte{each});
  return module;
}

// "OFFSET: MESSAGE", or "accepted".
inline std::string malformed(std::vector<std::byte> bytes) {
  return refusal<DecodeError>([&bytes] { decode(std::move(bytes)); });
}
inline std::string malformed(const ModuleBuilder& module) { return malformed(module.build()); }
inline std::string malformed(std::initializer_list<uint8_t> sections) { return malformed(module_of(sections)); }

}  // namespace shallop
