// SPDX-License-Identifier: Apache-2.0
#include "runtime/native_abi.hpp"

#include <array>

#include "runtime/instance_layout.hpp"
#include "wasm/trap.hpp"

namespace shallop {
namespace {

// FNV-1a over 64-bit values: http://www.isthe.com/chongo/tech/comp/fnv/
static_assert(sizeof(BeforeMemory) <= Memory::bytes_before);

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

std::optional<uint32_t> place_before_memory(const Module& module, GlobalIndex global) {
  if (!context_is_memory(module) || global.value < module.imported_globals) return std::nullopt;
  const uint32_t place = global.value - module.imported_globals;
  if (place >= globals_before_memory || is_reference(module.global_types[global.value].type)) return std::nullopt;
  return place;
}

uint64_t native_abi_fingerprint() {
  using Layout = InstanceLayout;
  constexpr std::array facts{
      uint64_t{native_abi_version},
      uint64_t{sizeof(NativeBuiltins)},
      uint64_t{sizeof(Slot)},
      uint64_t{globals_before_memory},
      uint64_t{Layout::global_before_memory(0)},
      uint64_t{Layout::global_before_memory(1)},
      uint64_t{Layout::context_instance},
      uint64_t{Layout::context_globals},
      uint64_t{Layout::context_functions},
      uint64_t{Layout::context_tables},
      uint64_t{Layout::context_memories},
      uint64_t{Layout::context_tags},
      uint64_t{Layout::context_memory_base},
      uint64_t{Layout::context_canonical_types},
      uint64_t{Layout::context_builtins},
      uint64_t{Layout::context_stack_limit},
      uint64_t{Layout::context_thrown},
      uint64_t{Layout::function_type},
      uint64_t{Layout::function_instance},
      uint64_t{Layout::function_index},
      uint64_t{Layout::function_entry},
      uint64_t{Layout::function_native_type},
      uint64_t{Layout::function_native},
      uint64_t{Layout::function_native_context},
      uint64_t{Layout::function_host},
      uint64_t{Layout::function_host_code},
      uint64_t{Layout::memory_base},
      uint64_t{Layout::memory_size_bytes},
      uint64_t{Layout::table_elements},
      uint64_t{Layout::table_size},
      uint64_t{Layout::exception_tag},
      uint64_t{Layout::global_value},
  };
  uint64_t hash = 0xCBF29CE484222325;
  for (const uint64_t each : facts) hash = mix(hash, each);
#define SHALLOP_TRAP(id, text) hash = mix(mix(hash, static_cast<uint64_t>(TrapCode::id)), #id);
#include "wasm/trap.def"
  return hash;
}

}  // namespace shallop
