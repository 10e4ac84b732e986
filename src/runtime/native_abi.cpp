// SPDX-License-Identifier: Apache-2.0
#include "runtime/native_abi.hpp"

#include <array>

#include "runtime/instance_layout.hpp"
#include "wasm/trap.hpp"

namespace shallop {
namespace {

// FNV-1a over 64-bit values: http://www.isthe.com/chongo/tech/comp/fnv/
constexpr uint64_t mix(uint64_t hash, uint64_t value) { return (hash ^ value) * 0x100000001B3; }

constexpr uint64_t mix(uint64_t hash, std::string_view text) {
  for (const char each : text) hash = mix(hash, static_cast<uint8_t>(each));
  return hash;
}

}  // namespace

bool has_own_convention(const Module& module) {
  const Features& used = module.features.used;
  return used.has(Feature::tail_call) || used.has(Feature::exception_handling);
}

uint64_t native_abi_fingerprint() {
  using Layout = InstanceLayout;
  constexpr std::array<uint64_t, 28> facts{native_abi_version,
                                           sizeof(NativeBuiltins),
                                           sizeof(Slot),
                                           Layout::instance_globals,
                                           Layout::instance_functions,
                                           Layout::instance_tables,
                                           Layout::instance_memories,
                                           Layout::instance_tags,
                                           Layout::instance_memory_base,
                                           Layout::instance_canonical_types,
                                           Layout::instance_builtins,
                                           Layout::instance_native_stack_limit,
                                           Layout::instance_thrown,
                                           Layout::function_type,
                                           Layout::function_instance,
                                           Layout::function_index,
                                           Layout::function_entry,
                                           Layout::function_native_type,
                                           Layout::function_native,
                                           Layout::function_native_context,
                                           Layout::function_host,
                                           Layout::function_host_code,
                                           Layout::memory_base,
                                           Layout::memory_size_bytes,
                                           Layout::table_elements,
                                           Layout::table_size,
                                           Layout::exception_tag,
                                           Layout::global_value};
  uint64_t hash = 0xCBF29CE484222325;
  for (const uint64_t each : facts) hash = mix(hash, each);
#define SHALLOP_TRAP(id, text) hash = mix(mix(hash, static_cast<uint64_t>(TrapCode::id)), #id);
#include "wasm/trap.def"
  return hash;
}

}  // namespace shallop
