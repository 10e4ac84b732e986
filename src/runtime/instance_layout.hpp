// SPDX-License-Identifier: Apache-2.0
// Where native code finds what it reads of instances: offsets in bytes, for the compiler. Nothing but these members is
// addressed by generated code; their offsets are part of native_abi_fingerprint() (native_abi.hpp), so that code made
// for another layout is refused.
#pragma once

#include <cstddef>
#include <cstdint>

#include "runtime/function.hpp"
#include "runtime/global.hpp"
#include "runtime/instance.hpp"
#include "runtime/memory.hpp"
#include "runtime/native_context.hpp"
#include "runtime/table.hpp"

namespace shallop {

// A NativeContext lies before the context, so that its members' offsets are negative: numbers modulo 2^64.
constexpr uint64_t from_context(size_t member) { return member - sizeof(NativeContext); }

// These types are no standard-layout ones (they hold containers), for which offsetof is conditionally supported;
// without virtual bases clang lays them out like those.
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Winvalid-offsetof"
struct InstanceLayout {
  // From the context.
  static constexpr uint64_t context_instance = from_context(offsetof(NativeContext, instance));
  static constexpr uint64_t context_globals = from_context(offsetof(NativeContext, globals));  // GlobalInstance*[]
  static constexpr uint64_t context_functions =
      from_context(offsetof(NativeContext, functions));                                          // FunctionInstance*[]
  static constexpr uint64_t context_tables = from_context(offsetof(NativeContext, tables));      // Table*[]
  static constexpr uint64_t context_memories = from_context(offsetof(NativeContext, memories));  // Memory*[]
  static constexpr uint64_t context_tags = from_context(offsetof(NativeContext, tags));          // TagInstance*[]
  static constexpr uint64_t context_memory_base = from_context(offsetof(NativeContext, memory_base));
  static constexpr uint64_t context_canonical_types = from_context(offsetof(NativeContext, canonical_types));
  static constexpr uint64_t context_builtins = from_context(offsetof(NativeContext, builtins));
  static constexpr uint64_t context_stack_limit = from_context(offsetof(NativeContext, stack_limit));
  static constexpr uint64_t context_thrown = from_context(offsetof(NativeContext, thrown));
  // Of the value of a global before the memory.
  static constexpr uint64_t global_before_memory(uint32_t place) {
    return (globals_before_memory - 1 - place) * sizeof(GlobalInstance) + global_value - sizeof(BeforeMemory);
  }
  static_assert(offsetof(BeforeMemory, context) + sizeof(NativeContext) == sizeof(BeforeMemory));
  // FunctionInstance
  static constexpr uint32_t function_type = offsetof(FunctionInstance, type);
  static constexpr uint32_t function_instance = offsetof(FunctionInstance, instance);
  static constexpr uint32_t function_index = offsetof(FunctionInstance, index);
  static constexpr uint32_t function_entry = offsetof(FunctionInstance, entry);
  static constexpr uint32_t function_native_type = offsetof(FunctionInstance, native_type);
  static constexpr uint32_t function_native = offsetof(FunctionInstance, native);
  static constexpr uint32_t function_native_context = offsetof(FunctionInstance, native_context);
  static constexpr uint32_t function_host = offsetof(FunctionInstance, host);
  static constexpr uint32_t function_host_code = offsetof(FunctionInstance, host_code);
  // Memory: the size in bytes has 64 bits. Of a memory that is not guarded both change when it grows.
  static constexpr uint32_t memory_base = offsetof(Memory, base_);
  static constexpr uint32_t memory_size_bytes = offsetof(Memory, size_bytes_);
  // Table: the elements are Slots, the size has 32 bits. Both change when it grows.
  static constexpr uint32_t table_elements = offsetof(Table, elements_);
  static constexpr uint32_t table_size = offsetof(Table, size_);
  // ExceptionInstance
  static constexpr uint32_t exception_tag = offsetof(ExceptionInstance, tag);
  // GlobalInstance
  static constexpr uint32_t global_value = offsetof(GlobalInstance, value);
};
#pragma clang diagnostic pop

}  // namespace shallop
