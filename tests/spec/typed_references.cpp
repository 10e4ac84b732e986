// SPDX-License-Identifier: Apache-2.0
#include "spec/typed_references.hpp"

#include <iterator>
#include <ranges>
#include <utility>

#include "base/leb128.hpp"
#include "binary/decode.hpp"
#include "binary/preamble.hpp"
#include "binary/reader.hpp"
#include "wasm/error.hpp"
#include "wasm/types.hpp"

namespace shallop::spec {
namespace {

constexpr uint8_t nullable_form = 0x63;
constexpr uint8_t non_null_form = 0x64;
constexpr uint8_t ref_null = 0xD0;

// A section or a function body: where its size stands, and its contents, [first, end).
struct SizedPart {
  size_t size_at = 0;
  size_t first = 0;
  size_t end = 0;
};

SizedPart read_sized_part(Reader& reader) {
  const size_t size_at = reader.offset();
  const uint32_t size = reader.u32();
  const size_t first = reader.offset();
  reader.take(size);
  return {.size_at = size_at, .first = first, .end = first + size};
}

// Those that hold `offset`, from the outermost to the innermost.
std::vector<SizedPart> parts_around(const std::vector<std::byte>& module, size_t offset) {
  Reader reader(module, 0);
  read_preamble(reader);
  SectionId id{};
  SizedPart section;
  do {
    id = SectionId{reader.byte()};
    section = read_sized_part(reader);
  } while (section.end <= offset);
  if (id != SectionId::code) return {section};
  Reader bodies(Bytes(module).subspan(section.first), section.first);
  bodies.u32();  // how many they are
  SizedPart body;
  do body = read_sized_part(bodies);
  while (body.end <= offset);
  return {section, body};
}

// What stands in place of a type of the proposal, and how many bytes of the module it replaces.
struct Replacement {
  std::byte type;
  size_t replaced = 0;
};

// `forms` are the bytes before the heap type that are to be replaced too.
std::optional<Replacement> replace_heap_type(Bytes bytes, size_t forms) {
  const Bytes heap_type = bytes.subspan(forms);
  const auto index = leb128::decode<int64_t, 33>(heap_type.data(), heap_type.data() + heap_type.size());
  if (index.status != leb128::Status::ok) return std::nullopt;
  const size_t replaced = forms + static_cast<size_t>(index.next - heap_type.data());
  // All types that a module of ours can define are those of functions.
  if (index.value >= 0) return Replacement{static_cast<std::byte>(ValueType::funcref), replaced};
  if (forms == 0 || !is_reference(ValueType{std::to_integer<uint8_t>(heap_type[0])})) return std::nullopt;
  return Replacement{heap_type[0], replaced};
}

std::optional<Replacement> find_replacement(const std::vector<std::byte>& module, size_t offset) {
  if (offset == 0 || offset >= module.size()) return std::nullopt;
  const Bytes bytes = Bytes(module).subspan(offset);
  const auto code = std::to_integer<uint8_t>(bytes[0]);
  if (code == nullable_form || code == non_null_form) return replace_heap_type(bytes, 1);
  if (module[offset - 1] == std::byte{ref_null}) return replace_heap_type(bytes, 0);
  return std::nullopt;
}

// How many bytes the module becomes longer.
ptrdiff_t splice(std::vector<std::byte>& module, size_t at, size_t replaced, const std::vector<std::byte>& by) {
  const auto first = std::next(module.begin(), static_cast<ptrdiff_t>(at));
  module.insert(module.erase(first, std::next(first, static_cast<ptrdiff_t>(replaced))), by.begin(), by.end());
  return static_cast<ptrdiff_t>(by.size()) - static_cast<ptrdiff_t>(replaced);
}

}  // namespace

std::optional<std::vector<std::byte>> without_typed_reference(const std::vector<std::byte>& module, size_t offset) {
  const std::optional<Replacement> replacement = find_replacement(module, offset);
  if (!replacement) return std::nullopt;
  std::vector<std::byte> rewritten = module;
  ptrdiff_t growth = splice(rewritten, offset, replacement->replaced, {replacement->type});
  // From the innermost, as a part's own size lies in the one around it.
  for (const SizedPart& part : parts_around(module, offset) | std::views::reverse) {
    std::vector<std::byte> size;
    leb128::append(size, static_cast<uint32_t>(static_cast<ptrdiff_t>(part.end - part.first) + growth));
    growth += splice(rewritten, part.size_at, part.first - part.size_at, size);
  }
  return rewritten;
}

// The decoder finds the types: it refuses each where it stands.
std::shared_ptr<const ValidatedModule> load_without_typed_references(std::vector<std::byte> module, Features features) {
  for (;;) {
    size_t refused_at = 0;
    try {
      return validate(decode(module, features));
    } catch (const DecodeError& error) {
      refused_at = error.offset();
    } catch (const ValidationError&) {
      return nullptr;
    }
    std::optional<std::vector<std::byte>> rewritten = without_typed_reference(module, refused_at);
    if (!rewritten) return nullptr;
    module = std::move(*rewritten);
  }
}

}  // namespace shallop::spec
