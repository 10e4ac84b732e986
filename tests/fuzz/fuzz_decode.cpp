// SPDX-License-Identifier: Apache-2.0
// Bytes either decode or are refused with an offset within them; names never throw.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "binary/decode.hpp"
#include "binary/names.hpp"
#include "wasm/error.hpp"

using namespace shallop;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  try {
    const Module module = decode({bytes, bytes + size});
    const Names names(module);
    // Reads every name, so that a sanitizer sees a view that leads astray.
    size_t characters = names.module().size();
    for (uint32_t i = 0; i < module.function_types.size(); ++i) {
      characters += names.describe({i}).size() + std::string(names.local({i}, {0})).size();
    }
    if (characters == SIZE_MAX) std::abort();
  } catch (const DecodeError& error) {
    if (error.offset() > size) std::abort();
  }
  return 0;
}
