// SPDX-License-Identifier: Apache-2.0
#include "binary/instructions.hpp"

#include <fmt/format.h>

#include "wasm/error.hpp"

namespace shallop {
namespace {

// Instruction codes of proposals that are not supported, [first, last].
struct ProposalCodes {
  uint32_t first;
  uint32_t last;
  const char* proposal;
};
constexpr ProposalCodes proposal_codes[] = {
    {0x06, 0x0A, "exception-handling"},    {0x12, 0x13, "tail-call"},
    {0x14, 0x15, "function-references"},   {0x18, 0x19, "exception-handling"},
    {0x1F, 0x1F, "exception-handling"},    {0xD3, 0xD6, "function-references or garbage-collection"},
    {0xE0, 0xE6, "stack-switching"},       {0xFB000, 0xFBFFF, "garbage-collection"},
    {0xFC013, 0xFC016, "wide-arithmetic"}, {0xFD100, 0xFDFFF, "relaxed SIMD"},
    {0xFE000, 0xFEFFF, "threads"},
};

constexpr uint32_t subopcodes = 0x1000;  // as many fit behind a prefix in opcodes.def

}  // namespace

Opcode read_prefixed_opcode(uint8_t prefix, Reader& reader, size_t offset) {
  if (prefix == 0xFF) throw DecodeError(offset, "illegal opcode 0xff");
  const uint32_t subopcode = reader.u32();
  if (subopcode >= subopcodes)
    throw DecodeError(offset, fmt::format("illegal opcode {:#04x} {:#x}", prefix, subopcode));
  return Opcode{prefix * subopcodes + subopcode};
}

void fail_illegal_opcode(Opcode opcode, size_t offset) {
  const auto code = static_cast<uint32_t>(opcode);
  const std::string bytes = code <= 0xFF ? fmt::format("{:#04x}", code)
                                         : fmt::format("{:#04x} {:#04x}", code / subopcodes, code % subopcodes);
  for (const auto& [first, last, proposal] : proposal_codes) {
    if (code < first || code > last) continue;
    throw DecodeError(
        offset, fmt::format("illegal opcode {}: an instruction of the {} proposal, which is not supported yet", bytes,
                            proposal));
  }
  throw DecodeError(offset, fmt::format("illegal opcode {}", bytes));
}

void fail_nesting_depth(size_t offset) {
  throw DecodeError(offset, fmt::format("blocks are nested too deeply, the limit is {}", limits::nesting_depth));
}

void fail_behind_end(size_t offset) {
  throw DecodeError(offset, "END opcode expected at the function's last byte, found one before it");
}

}  // namespace shallop
