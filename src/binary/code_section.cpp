// SPDX-License-Identifier: Apache-2.0
// https://webassembly.github.io/spec/core/binary/modules.html#code-section
#include <fmt/format.h>

#include "binary/sections.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

std::vector<LocalGroup> read_locals(Reader& reader) {
  std::vector<LocalGroup> groups;
  uint64_t locals = 0;
  const uint32_t count = reader.count("groups of locals", limits::locals);
  for (uint32_t i = 0; i < count; ++i) {
    const size_t offset = reader.offset();
    const uint32_t size = reader.u32();
    locals += size;
    if (locals > limits::locals) {
      throw DecodeError(offset, fmt::format("too many locals: {}, the limit is {}", locals, limits::locals));
    }
    groups.push_back({.count = size, .type = reader.value_type()});
  }
  return groups;
}

Function read_function(Reader& reader, TypeIndex type) {
  const size_t offset = reader.offset();
  Reader code = reader.sized();
  if (code.remaining() > limits::function_body_size_bytes) {
    throw DecodeError(offset, fmt::format("function body of {} bytes is too large, the limit is {}", code.remaining(),
                                          limits::function_body_size_bytes));
  }
  Function function{.type = type, .locals = read_locals(code), .body = {}};
  function.body.offset = code.offset();
  function.body.bytes = code.take(code.remaining());
  return function;
}

}  // namespace

void read_code_section(Reader& reader, Module& module) {
  const size_t count_offset = reader.offset();
  const uint32_t count = reader.count("function bodies", limits::functions);
  const size_t declared = module.function_types.size() - module.imported_functions;
  if (count != declared) fail_function_count(declared, count, count_offset);
  module.functions.reserve(count);
  for (uint32_t i = 0; i < count; ++i) {
    module.functions.push_back(read_function(reader, module.function_types[module.imported_functions + i]));
  }
}

void fail_function_count(size_t declared, size_t bodies, size_t offset) {
  throw DecodeError(offset,
                    fmt::format("function and code section have inconsistent lengths: {} functions are declared, {} "
                                "have a body",
                                declared, bodies));
}

}  // namespace shallop
