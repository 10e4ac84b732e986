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
  UnsupportedProposal proposal;
};
using enum UnsupportedProposal;
constexpr ProposalCodes proposal_codes[] = {
    {0x06, 0x07, legacy_exception_handling},
    {0x09, 0x09, legacy_exception_handling},
    {0x14, 0x15, function_references},
    {0x18, 0x19, legacy_exception_handling},
    {0xD3, 0xD3, garbage_collection},
    {0xD4, 0xD6, function_references},
    {0xE0, 0xE6, stack_switching},
    {0xFB000, 0xFBFFF, garbage_collection},
    {0xFC013, 0xFC016, wide_arithmetic},
    {0xFD100, 0xFDFFF, relaxed_simd},
    {0xFE04F, 0xFE0FF, shared_everything_threads},
};

constexpr uint32_t subopcodes = 0x1000;  // as many fit behind a prefix in opcodes.def

std::string encoded(Opcode opcode) {
  const auto code = static_cast<uint32_t>(opcode);
  return code <= 0xFF ? fmt::format("{:#04x}", code)
                      : fmt::format("{:#04x} {:#04x}", code / subopcodes, code % subopcodes);
}

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
  for (const auto& [first, last, proposal] : proposal_codes) {
    if (code < first || code > last) continue;
    throw UnsupportedError(
        offset, fmt::format("illegal opcode {}: an instruction of {}", encoded(opcode), missing(proposal)), proposal);
  }
  throw DecodeError(offset, fmt::format("illegal opcode {}", encoded(opcode)));
}

void fail_disabled_opcode(Opcode opcode, Feature feature, size_t offset) {
  throw DecodeError(offset, fmt::format("illegal opcode {}: {} is an instruction of {}", encoded(opcode), text(opcode),
                                        missing(feature)));
}

void fail_nesting_depth(size_t offset) {
  throw DecodeError(offset, fmt::format("blocks are nested too deeply, the limit is {}", limits::nesting_depth));
}

void fail_behind_end(size_t offset) {
  throw DecodeError(offset, "END opcode expected at the function's last byte, found one before it");
}

}  // namespace shallop
