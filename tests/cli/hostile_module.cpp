// SPDX-License-Identifier: Apache-2.0
#include "cli/hostile_module.hpp"

#include <algorithm>
#include <array>
#include <map>

namespace shallop::cli {
namespace {

// Sections stand in this order; custom ones last.
size_t place(SectionId id) {
  constexpr std::array order{SectionId::type,   SectionId::import,  SectionId::function,   SectionId::table,
                             SectionId::memory, SectionId::tag,     SectionId::global,     SectionId::export_,
                             SectionId::start,  SectionId::element, SectionId::data_count, SectionId::code,
                             SectionId::data,   SectionId::custom};
  return static_cast<size_t>(std::ranges::find(order, id) - order.begin());
}

}  // namespace

std::string repeat(std::string_view bytes, size_t times) {
  std::string repeated;
  repeated.reserve(bytes.size() * times);
  for (size_t i = 0; i < times; ++i) repeated += bytes;
  return repeated;
}

std::string leb(uint64_t number) {
  std::string bytes;
  for (; number >= 0x80; number >>= 7) bytes += static_cast<char>(number | 0x80);
  return bytes + static_cast<char>(number);
}

std::string vector(size_t count, std::string_view element) { return leb(count) + repeat(element, count); }

std::string function_type(std::string_view parameters, std::string_view results) {
  return "\x60" + leb(parameters.size()) + std::string(parameters) + leb(results.size()) + std::string(results);
}

std::string body(std::string_view code, std::string_view locals) {
  return leb(locals.size() + code.size() + 1) + std::string(locals) + std::string(code) + "\x0b";
}

std::string module(const std::vector<Section>& sections) {
  std::multimap<size_t, const Section*> in_place;  // of equal places in the order given
  for (const Section& each : sections) in_place.emplace(place(each.id), &each);
  std::string bytes("\0asm\1\0\0\0", 8);
  for (const auto& [_, each] : in_place) {
    bytes += static_cast<char>(each->id);
    bytes += leb(each->contents.size()) + each->contents;
  }
  return bytes;
}

std::string command(std::string_view code, const std::vector<Section>& others, std::string_view locals) {
  std::vector<Section> sections = others;
  const auto need = [&sections](SectionId id, const std::string& contents) {
    if (std::ranges::find(sections, id, &Section::id) == sections.end()) sections.push_back({id, contents});
  };
  need(SectionId::type, vector(1, function_type("", "")));
  need(SectionId::function, vector(1, {"\0", 1}));
  need(SectionId::export_, vector(1, leb(6) + "_start" + std::string(2, '\0')));
  need(SectionId::code, vector(1, body(code, locals)));
  return module(std::move(sections));
}

}  // namespace shallop::cli
