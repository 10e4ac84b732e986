// SPDX-License-Identifier: Apache-2.0
#include "binary/reader.hpp"

#include <fmt/format.h>

#include "binary/utf8.hpp"
#include "wasm/error.hpp"
#include "wasm/limits.hpp"

namespace shallop {
namespace {

// Type codes of proposals that are not supported, [first, last].
struct ProposalTypes {
  uint8_t first;
  uint8_t last;
  UnsupportedProposal proposal;
};
constexpr ProposalTypes proposal_types[] = {
    {0x63, 0x64, UnsupportedProposal::function_references},
    {0x6A, 0x6E, UnsupportedProposal::garbage_collection},
    {0x71, 0x74, UnsupportedProposal::garbage_collection},
};

[[noreturn]] void fail_in_type(const char* what, const char* expected, uint8_t code, size_t offset) {
  for (const auto& [first, last, proposal] : proposal_types) {
    if (code < first || code > last) continue;
    throw UnsupportedError(offset, fmt::format("malformed {}: {:#04x} needs {}", what, code, missing(proposal)),
                           proposal);
  }
  throw DecodeError(offset, fmt::format("malformed {}: expected {}, found {:#04x}", what, expected, code));
}

}  // namespace

Bytes Reader::take(size_t size) {
  if (size > remaining()) {
    throw DecodeError(offset(), fmt::format("unexpected end of section or function: {} bytes are needed, {} are left",
                                            size, remaining()));
  }
  const Bytes taken(position_, size);
  position_ += size;
  return taken;
}

Reader Reader::sized() {
  const size_t size_offset = offset();
  const uint32_t size = u32();
  if (size > remaining()) {
    throw DecodeError(size_offset,
                      fmt::format("length out of bounds: {} bytes are announced, {} are left", size, remaining()));
  }
  return part(size);
}

uint32_t Reader::count(const char* what, uint32_t maximum) {
  const size_t count_offset = offset();
  const uint32_t elements = u32();
  if (elements > remaining()) {
    throw DecodeError(
        count_offset,
        fmt::format("unexpected end of section or function: the number of {} is {}, but only {} bytes are left", what,
                    elements, remaining()));
  }
  if (elements > maximum) {
    throw DecodeError(count_offset, fmt::format("too many {}: {}, the limit is {}", what, elements, maximum));
  }
  return elements;
}

std::string Reader::name() {
  const size_t size_offset = offset();
  Reader bytes = sized();
  if (bytes.remaining() > limits::name_size_bytes) {
    throw DecodeError(size_offset, fmt::format("name of {} bytes is too long, the limit is {}", bytes.remaining(),
                                               limits::name_size_bytes));
  }
  std::string text(reinterpret_cast<const char*>(bytes.position()), bytes.remaining());
  if (const auto wrong = find_malformed_utf8(text)) {
    throw DecodeError(size_offset, fmt::format("malformed UTF-8 encoding in byte {} of a name", *wrong));
  }
  return text;
}

ValueType Reader::value_type() {
  const size_t type_offset = offset();
  const uint8_t code = byte();
  switch (ValueType{code}) {
    case ValueType::i32:
    case ValueType::i64:
    case ValueType::f32:
    case ValueType::f64: break;
    case ValueType::v128: use(Feature::simd, type_offset, "malformed value type: v128 needs"); break;
    case ValueType::funcref:
    case ValueType::externref:
      use(Feature::reference_types, type_offset, "malformed value type: a reference needs");
      break;
    case ValueType::exnref: use(Feature::exception_handling, type_offset, "malformed value type: exnref needs"); break;
    default: fail_in_type("value type", "i32, i64, f32, f64, v128, funcref, externref or exnref", code, type_offset);
  }
  return ValueType{code};
}

ValueType Reader::reference_type() {
  const size_t type_offset = offset();
  const uint8_t code = byte();
  if (!is_reference(ValueType{code})) {
    fail_in_type("reference type", "funcref (0x70), externref (0x6f) or exnref (0x69)", code, type_offset);
  }
  if (ValueType{code} == ValueType::exnref) {
    use(Feature::exception_handling, type_offset, "malformed reference type: exnref needs");
  } else if (ValueType{code} != ValueType::funcref) {
    use(Feature::reference_types, type_offset, "malformed reference type: externref needs");
  }
  return ValueType{code};
}

void Reader::fail_feature(Feature feature, size_t offset, const char* what) {
  throw DecodeError(offset, fmt::format("{} {}", what, missing(feature)));
}

uint32_t Reader::long_u32_or_u64() {
  const auto narrow = leb128::decode<uint32_t>(position_, last_);
  if (narrow.status != leb128::Status::ok) {
    if (leb128::decode<uint64_t>(position_, last_).status != leb128::Status::ok)
      fail_in_integer(narrow.status, offset());
    constexpr auto proposal = UnsupportedProposal::memory64;
    throw UnsupportedError(offset(), fmt::format("integer too large: one of 64 bits needs {}", missing(proposal)),
                           proposal);
  }
  position_ = narrow.next;
  return narrow.value;
}

void Reader::fail_at_end(size_t offset) { throw DecodeError(offset, "unexpected end of section or function"); }

void Reader::fail_in_integer(leb128::Status status, size_t offset) {
  switch (status) {
    case leb128::Status::too_long: throw DecodeError(offset, "integer representation too long");
    case leb128::Status::too_large: throw DecodeError(offset, "integer too large");
    case leb128::Status::truncated:
    case leb128::Status::ok: break;
  }
  throw DecodeError(offset, "unexpected end of section or function, inside an integer");
}

}  // namespace shallop
