// SPDX-License-Identifier: Apache-2.0
#include "binary/names.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "binary/reader.hpp"
#include "binary/utf8.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

enum class Subsection : uint8_t { module = 0, function = 1, local = 2 };

constexpr auto by_index = [](const auto& entry) { return entry.first; };

// Sorted with one entry for each index: a repeated one is a mistake of the section, any of its names will do.
template <class Map>
void sort_by_index(Map& map) {
  std::ranges::sort(map, {}, by_index);
  const auto repeated = std::ranges::unique(map, {}, by_index);
  map.erase(repeated.begin(), repeated.end());
}

template <class Map>
const typename Map::value_type* find(const Map& map, uint32_t index) {
  const auto found = std::ranges::lower_bound(map, index, {}, by_index);
  return found != map.end() && found->first == index ? &*found : nullptr;
}

std::string_view name_in(const NameMap& map, uint32_t index) {
  const auto* entry = find(map, index);
  return entry ? entry->second : std::string_view();
}

std::string_view read_name(Reader& reader) {
  Reader name = reader.sized();
  const size_t offset = name.offset();
  const std::string_view text(reinterpret_cast<const char*>(name.position()), name.remaining());
  if (find_malformed_utf8(text)) throw DecodeError(offset, "malformed UTF-8 encoding");
  return text;
}

// https://webassembly.github.io/spec/core/appendix/custom.html#binary-namemap
NameMap read_name_map(Reader& reader) {
  NameMap map;
  const uint32_t count = reader.count("names", limits::module_size_bytes);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t index = reader.u32();
    map.emplace_back(index, read_name(reader));
  }
  sort_by_index(map);
  return map;
}

// https://webassembly.github.io/spec/core/appendix/custom.html#binary-indirectnamemap
std::vector<std::pair<uint32_t, NameMap>> read_indirect_name_map(Reader& reader) {
  std::vector<std::pair<uint32_t, NameMap>> maps;
  const uint32_t count = reader.count("name maps", limits::module_size_bytes);
  for (uint32_t i = 0; i < count; ++i) {
    const uint32_t index = reader.u32();
    maps.emplace_back(index, read_name_map(reader));
  }
  sort_by_index(maps);
  return maps;
}

}  // namespace

Names::Names(const Module& module) {
  const auto section = std::ranges::find(module.custom_sections, "name", &CustomSection::name);
  if (section != module.custom_sections.end()) read_subsections(*section);
  add_extern_names(module);
}

void Names::read_subsections(const CustomSection& section) try {
  Reader reader(section.bytes, section.offset);
  while (!reader.at_end()) {
    const Subsection id{reader.byte()};
    Reader contents = reader.sized();
    switch (id) {
      case Subsection::module: module_ = read_name(contents); break;
      case Subsection::function: functions_ = read_name_map(contents); break;
      case Subsection::local: locals_ = read_indirect_name_map(contents); break;
      default: break;  // of the extended-name-section proposal
    }
  }
} catch (const DecodeError&) {
  return;  // What was read before the broken subsection is kept.
}

void Names::add_extern_names(const Module& module) {
  uint32_t function = 0;
  for (const Import& import : module.imports) {
    if (import.kind() == ExternKind::function) imports_.emplace_back(function++, import.name);
  }
  for (const Export& exported : module.exports) {
    if (exported.kind == ExternKind::function) exports_.emplace_back(exported.index, exported.name);
  }
  sort_by_index(exports_);
}

std::string_view Names::function(FuncIndex index) const { return name_in(functions_, index.value); }

std::string_view Names::local(FuncIndex function, LocalIndex index) const {
  const auto* map = find(locals_, function.value);
  return map ? name_in(map->second, index.value) : std::string_view();
}

std::string Names::describe(FuncIndex index) const {
  for (const NameMap* map : {&functions_, &exports_, &imports_}) {
    if (const std::string_view name = name_in(*map, index.value); !name.empty()) return std::string(name);
  }
  return fmt::format("function {}", index.value);
}

}  // namespace shallop
