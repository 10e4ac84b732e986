// SPDX-License-Identifier: Apache-2.0
#include "unit/aot/hand_assembled.hpp"

#include "binary/decode.hpp"
#include "runtime/instance_layout.hpp"
#include "runtime/native_abi.hpp"
#include "support/module_builder.hpp"

namespace shallop::aot {
namespace {

using Code = std::vector<uint8_t>;

constexpr uint8_t at(uint64_t offset) { return static_cast<uint8_t>(offset); }  // a displacement of 8 bits
static_assert(sizeof(NativeContext) <= 128 && InstanceLayout::function_native_context < 128);

using Layout = InstanceLayout;

// lea eax, [rsi + 1]; ret
const Code add_one{0x8D, 0x46, 0x01, 0xC3};
// mov rax, [rdi + memory_base]; mov esi, esi; mov eax, [rax + rsi]; ret
const Code load{0x48, 0x8B, 0x47, at(Layout::context_memory_base), 0x89, 0xF6, 0x8B, 0x04, 0x30, 0xC3};
// call recurse; ret
const Code recurse{0xE8, 0xFB, 0xFF, 0xFF, 0xFF, 0xC3};
// push rax; mov rax, [rdi + builtins]; mov rdi, [rdi + instance]; call [rax + raise_trap]; int3
const Code trap{0x50,
                0x48,
                0x8B,
                0x47,
                at(Layout::context_builtins),
                0x48,
                0x8B,
                0x7F,
                at(Layout::context_instance),
                0xFF,
                0x50,
                offsetof(NativeBuiltins, raise_trap),
                0xCC};
// xor eax, eax; mov rax, [rax + native_type]; ret
const Code call_null{0x31, 0xC0, 0x48, 0x8B, 0x40, at(Layout::function_native_type), 0xC3};
// mov rax, [rdi + functions]; mov rax, [rax]; mov r10, rdi; mov rdi, [rax + native_context]; jmp [rax + native]
const Code call_import{0x48,
                       0x8B,
                       0x47,
                       at(Layout::context_functions),
                       0x48,
                       0x8B,
                       0x00,
                       0x49,
                       0x89,
                       0xFA,
                       0x48,
                       0x8B,
                       0x78,
                       at(Layout::function_native_context),
                       0xFF,
                       0x60,
                       at(Layout::function_native)};
// The element of table 0 that the parameter names, without a bounds check:
// push rbx; push rsi; push rax; mov rbx, rdi; mov rax, [rdi + tables]; mov rax, [rax]; mov rax, [rax + elements];
// mov rsi, [rax + 8 * rsi]; mov [rsp], rsi; xor edx, edx; mov rax, [rdi + builtins]; mov rdi, [rdi + instance];
// call [rax + resolve_indirect]; pop rax; pop rsi; mov r10, rbx; mov rdi, [rax + native_context]; pop rbx;
// jmp [rax + native]
const Code call_indirect{0x53,
                         0x56,
                         0x50,
                         0x48,
                         0x89,
                         0xFB,
                         0x48,
                         0x8B,
                         0x47,
                         at(Layout::context_tables),
                         0x48,
                         0x8B,
                         0x00,
                         0x48,
                         0x8B,
                         0x40,
                         at(Layout::table_elements),
                         0x48,
                         0x8B,
                         0x34,
                         0xF0,
                         0x48,
                         0x89,
                         0x34,
                         0x24,
                         0x31,
                         0xD2,
                         0x48,
                         0x8B,
                         0x47,
                         at(Layout::context_builtins),
                         0x48,
                         0x8B,
                         0x7F,
                         at(Layout::context_instance),
                         0xFF,
                         0x50,
                         offsetof(NativeBuiltins, resolve_indirect),
                         0x58,
                         0x5E,
                         0x49,
                         0x89,
                         0xDA,
                         0x48,
                         0x8B,
                         0x78,
                         at(Layout::function_native_context),
                         0x5B,
                         0xFF,
                         0x60,
                         at(Layout::function_native)};
// push rbx; mov rbx, rdi; mov rax, rsi; mov esi, [rdi]; mov rdi, rdx; xor r10d, r10d; call rax; mov [rbx], eax; pop
// rbx; ret
const Code entry{0x53, 0x48, 0x89, 0xFB, 0x48, 0x89, 0xF0, 0x8B, 0x37, 0x48, 0x89,
                 0xD7, 0x45, 0x31, 0xD2, 0xFF, 0xD0, 0x89, 0x03, 0x5B, 0xC3};
// sub rsp, 24; mov [rsp], rsi; mov [rsp + 8], r10; mov rsi, [r10 + instance]; mov rdx, rsp; call [rdi + entry]; test
// eax, eax; jnz + 8; mov eax, [rsp]; add rsp, 24; ret; mov rdi, [rsp + 8]; mov esi, eax; mov rax, [rdi + builtins]; mov
// rdi, [rdi + instance]; call [rax + raise]; int3
const Code callout{0x48,
                   0x83,
                   0xEC,
                   0x18,
                   0x48,
                   0x89,
                   0x34,
                   0x24,
                   0x4C,
                   0x89,
                   0x54,
                   0x24,
                   0x08,
                   0x49,
                   0x8B,
                   0x72,
                   at(Layout::context_instance),
                   0x48,
                   0x89,
                   0xE2,
                   0xFF,
                   0x57,
                   at(Layout::function_entry),
                   0x85,
                   0xC0,
                   0x75,
                   0x08,
                   0x8B,
                   0x04,
                   0x24,
                   0x48,
                   0x83,
                   0xC4,
                   0x18,
                   0xC3,
                   0x48,
                   0x8B,
                   0x7C,
                   0x24,
                   0x08,
                   0x89,
                   0xC6,
                   0x48,
                   0x8B,
                   0x47,
                   at(Layout::context_builtins),
                   0x48,
                   0x8B,
                   0x7F,
                   at(Layout::context_instance),
                   0xFF,
                   0x50,
                   offsetof(NativeBuiltins, raise),
                   0xCC};

uint32_t append(NativeImage& image, const Code& code) {
  while (image.code.size() % 16 != 0) image.code.push_back(std::byte{0xCC});
  const auto offset = static_cast<uint32_t>(image.code.size());
  for (const uint8_t each : code) image.code.push_back(static_cast<std::byte>(each));
  return offset;
}

}  // namespace

std::shared_ptr<const ValidatedModule> hand_assembled_module() {
  using enum ValueType;
  ModuleBuilder module;
  const TypeIndex type = module.type({i32}, {i32});
  const TypeIndex other_type = module.type({i64}, {i32});
  module.import_function("host", "f", type);
  module.import_function("host", "g", other_type);
  module.memory({.minimum = 1, .maximum = 1});
  const TableIndex table = module.table({.element = funcref, .limits = {.minimum = 4, .maximum = 4}});
  for (const char* name : hand_assembled_functions) {
    module.export_function(name, module.function(type, Body().op(Opcode::unreachable)));
  }
  module.active_elements(table, Body().i32(0), {FuncIndex{2}, FuncIndex{0}, FuncIndex{1}});
  return validate(decode(module.build()));
}

NativeImage hand_assembled_image() {
  NativeImage image;
  image.target = {.architecture = "x86_64", .cpu = "x86-64-v2", .features = {"sse4.2"}};
  for (const Code& each : {add_one, load, recurse, trap, call_null, call_import, call_indirect}) {
    image.functions.push_back(append(image, each));
    image.function_sizes.push_back(static_cast<uint32_t>(each.size()));
  }
  image.entries = {append(image, entry), no_code};
  image.callouts.push_back(append(image, callout));
  image.callouts.push_back(append(image, callout));
  image.data.resize(sizeof(uint32_t));  // an unwind table that ends at once
  image.eh_frame_size = sizeof(uint32_t);
  return image;
}

}  // namespace shallop::aot
