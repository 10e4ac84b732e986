// SPDX-License-Identifier: Apache-2.0
#include "binary/decode.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
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
  SectionId id;
  const char* name;
  void (*read)(Reader& reader, Module& module);
};

// In the order in which they have to stand; a custom section may stand anywhere.
// https://webassembly.github.io/spec/core/binary/modules.html#binary-module
constexpr Section sections[] = {
    {SectionId::type, "type", read_type_section},
    {SectionId::import, "import", read_import_section},
    {SectionId::function, "function", read_function_section},
    {SectionId::table, "table", read_table_section},
    {SectionId::memory, "memory", read_memory_section},
    {SectionId::tag, "tag", read_tag_section},
    {SectionId::global, "global", read_global_section},
    {SectionId::export_, "export", read_export_section},
    {SectionId::start, "start", read_start_section},
    {SectionId::element, "element", read_element_section},
    {SectionId::data_count, "data count", read_data_count_section},
    {SectionId::code, "code", read_code_section},
    {SectionId::data, "data", read_data_section},
};
constexpr Section custom_section{SectionId::custom, "custom", read_custom_section};

// Each section may stand once, behind those that come before it in `sections`.
class SectionOrder {
 public:
  const Section& next(uint8_t id, size_t offset) {
    if (SectionId{id} == SectionId::custom) return custom_section;
    for (size_t i = 0; i < std::size(sections); ++i) {
      if (sections[i].id != SectionId{id}) continue;
      if (i < allowed_from_) fail_out_of_order(sections[i], offset);
      allowed_from_ = i + 1;
      return sections[i];
    }
    throw DecodeError(offset, fmt::format("malformed section id {}", id));
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
  Reader contents = reader.part(size);
  module.section_offsets[static_cast<size_t>(section.id)] = contents_offset;
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

std::string_view section_name(SectionId id) {
  const auto* found = std::ranges::find(sections, id, &Section::id);
  return found == std::end(sections) ? custom_section.name : found->name;
}

Module decode(std::vector<std::byte> bytes, Features features) {
  if (bytes.size() > limits::module_size_bytes) {
    throw DecodeError(
        0, fmt::format("module of {} bytes is too large, the limit is {}", bytes.size(), limits::module_size_bytes));
  }
  Module module;
  module.features.allowed = features;
  module.bytes = std::make_shared<const std::vector<std::byte>>(std::move(bytes));

  Reader reader(*module.bytes, 0, &module.features);
  read_preamble(reader);
  SectionOrder order;
  while (!reader.at_end()) read_section(reader, order, module);
  check_counts(module, reader.offset());
  return module;
}

}  // namespace shallop
