// SPDX-License-Identifier: Apache-2.0
// A decoded module is valid or refused with an offset within it, and whoever walks a body after validation meets no
// error: lowering and compilers rely on that.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

#include "binary/decode.hpp"
#include "binary/default_visitor.hpp"
#include "binary/instructions.hpp"
#include "validation/validated_module.hpp"
#include "wasm/error.hpp"

using namespace shallop;

namespace {

struct Counter : DefaultVisitor<Counter> {
  void other() { ++instructions; }
  size_t instructions = 0;
};

void walk_again(const Module& module) {
  for (const Function& function : module.functions) {
    Counter counter;
    visit_instructions(function.body, counter);
    if (counter.instructions == 0) std::abort();  // there is an end at least
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  std::shared_ptr<const ValidatedModule> module;
  try {
    module = validate(decode({bytes, bytes + size}));
  } catch (const OffsetError& error) {
    if (error.offset() > size) std::abort();
    return 0;
  }
  walk_again(**module);
  return 0;
}
