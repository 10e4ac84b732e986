// SPDX-License-Identifier: Apache-2.0
#include "binary/decode.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <utility>

#include "binary/preamble.hpp"
#include "binary/reader.hpp"
#include "binary/sections.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

struct Section {
  uint8_t id;
  const char* name;
  void (*read)(Reader& reader, Module& module);
};

// In the order in which they have to stand; a custom section may stand anywhere.
// https://webassembly.github.io/spec/core/binary/modules.html#binary-module
constexpr Section sections[] = {
    {1, "type", read_type_section},         {2, "import", read_import_section},
    {3, "function", read_function_section}, {4, "table", read_table_section},
    {5, "memory", read_memory_section},     {6, "global", read_global_section},
    {7, "export", read_export_section},     {8, "start", read_start_section},
    {9, "element", read_element_section},   {12, "data count", read_data_count_section},
    {10, "code", read_code_section},        {11, "data", read_data_section},
};
constexpr Section custom_section{0, "custom", read_custom_section};

// How often each of `sections` ended the search; the first one that is still allowed comes after the last one read.
class SectionOrder {
 public:
  const Section& next(uint8_t id, size_t offset) {
    if (id == custom_section.id) return custom_section;
    for (size_t i = 0; i < std::size(sections); ++i) {
      if (sections[i].id != id) continue;
      if (i < allowed_from_) fail_out_of_order(sections[i], offset);
      allowed_from_ = i + 1;
      return sections[i];
    }
    constexpr uint8_t tag_section = 13;
    throw DecodeError(offset,
                      id == tag_section
                          ? "malformed section id 13: a tag section needs the exception-handling proposal, which "
                            "is not supported yet"
                          : fmt::format("malformed section id {}", id));
  }

 private:
  [[noreturn]] void fail_out_of_order(const Section& section, size_t offset) const {
    throw DecodeError(offset, fmt::format("unexpected content after last section: the {} section may not follow the {} "
                                          "section",
                                          section.name, sections[allowed_from_ - 1].name));
  }

  size_t allowed_from_ = 0;
};

// https://webassembly.github.io/spec/core/binary/modules.html#sections
void read_section(Reader& reader, SectionOrder& order, Module& module) {
  const size_t id_offset = reader.offset();
  const Section& section = order.next(reader.byte(), id_offset);
  const size_t size_offset = reader.offset();
  const uint32_t size = reader.u32();
  if (size > reader.remaining()) {
    throw DecodeError(size_offset,
                      fmt::format("length out of bounds: the {} section announces {} bytes, {} are left: is the "
                                  "file truncated?",
                                  section.name, size, reader.remaining()));
  }
  const size_t contents_offset = reader.offset();
  Reader contents(reader.take(size), contents_offset);
  section.read(contents, module);
  if (!contents.at_end()) {
    throw DecodeError(contents.offset(),
                      fmt::format("section size mismatch: the {} section ends {} bytes before the {} that "
                                  "it announces",
                                  section.name, contents.remaining(), size));
  }
}

void check_counts(const Module& module, size_t end_offset) {
  const size_t declared = module.function_types.size() - module.imported_functions;
  if (module.functions.size() != declared) fail_function_count(declared, module.functions.size(), end_offset);
  if (module.data_count && *module.data_count != module.data.size()) {
    fail_data_count(*module.data_count, module.data.size(), end_offset);
  }
}

}  // namespace

Module decode(std::vector<std::byte> bytes) {
  if (bytes.size() > limits::module_size_bytes) {
    throw DecodeError(
        0, fmt::format("module of {} bytes is too large, the limit is {}", bytes.size(), limits::module_size_bytes));
  }
  Module module;
  module.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes));

  Reader reader(*module.bytes, 0);
  read_preamble(reader);
  SectionOrder order;
  while (!reader.at_end()) read_section(reader, order, module);
  check_counts(module, reader.offset());
  return module;
}

}  // namespace shallop
